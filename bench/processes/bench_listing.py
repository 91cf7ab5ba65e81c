"""How fast is the process table?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ntpages.processes import list_processes

from .._bare import processes as bare
from .target import Crowd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..conftest import Race


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    crowd = Crowd()
    yield crowd
    crowd.become(0)


def _by_psutil() -> Callable[[], int]:
    psutil = pytest.importorskip("psutil")

    def count() -> int:
        # With "name" it would do the same work; but that fails under Wine.
        return sum(1 for _ in psutil.process_iter(["pid", "memory_info"]))

    return count


WAYS: dict[str, Callable[[], Callable[[], int]]] = {
    "bare": lambda: bare.list_processes,
    "ntpages": lambda: lambda: len(list_processes()),
    "psutil": _by_psutil,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.sizes(10, 100, 300)
def bench_list_processes(race: Race, crowd: Crowd, way: str, size: int) -> None:
    """How much memory does each of so many processes use?"""
    crowd.become(size)
    race(WAYS[way](), answer=lambda count: count > size - 5)  # some may end meanwhile
