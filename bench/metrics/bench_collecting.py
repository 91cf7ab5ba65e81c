"""How long does a scrape take?"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from ntpages import metrics
from ntpages._native import memory_lists, numa, physical, processes, system
from ntpages.errors import NtError

from ..processes.target import Crowd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..conftest import Race

_QUESTIONS: tuple[Callable[[], object], ...] = (
    system.query_version,
    system.query_memory,
    system.query_fault_counters,
    memory_lists.query_memory_lists,
    system.query_page_files,
    numa.query_numa_nodes,
    physical.query_store,
    physical.list_pools,
    lambda: processes.list_processes(full=False, limits=False, known_limits=None),
)


def _bare() -> int:
    """The questions alone, and nothing of what they answer."""
    for question in _QUESTIONS:
        with suppress(NtError):
            question()
    return 0


def _by_psutil() -> Callable[[], int]:
    psutil = pytest.importorskip("psutil")

    def each() -> int:  # without names and page files, which it can't tell under Wine
        for process in psutil.process_iter(["memory_info", "num_handles", "cpu_times"]):
            assert process.info
        psutil.virtual_memory()
        return 0

    return each


def _collected() -> Callable[[], int]:
    collector = metrics.Collector()

    def look() -> int:
        collector.collect()
        return 0

    return look


WAYS: dict[str, Callable[[], Callable[[], int]]] = {
    "bare": lambda: _bare,
    "ntpages": _collected,
    "psutil": _by_psutil,
}


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    crowd = Crowd()
    yield crowd
    crowd.become(0)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.sizes(10, 300)
def bench_collect(race: Race, crowd: Crowd, way: str, size: int) -> None:
    """How long does a look at the whole machine and at so many processes take?"""
    crowd.become(size)
    race(WAYS[way]())
