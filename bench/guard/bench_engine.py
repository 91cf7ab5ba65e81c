"""What does it take to guard a machine, a look each second?"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from ntpages import privileges
from ntpages._native import memory_lists, processes, system
from ntpages.errors import NtError
from ntpages.guard import Policy
from ntpages.guard.engine import Engine
from ntpages.guard.host import Host
from ntpages.guard.store import Store

from ..processes.target import Crowd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..conftest import Race

LISTS = """
[[rule]]
name = "a number"
when = { free = "< 1", hard-faults = "> 1000000/s" }
do = "purge-low-priority-standby"
"""
PROCESSES = """
[[rule]]
name = "a number and a program"
when = { free = "< 1", hard-faults = "> 1000000/s", runs = "nobody.exe", idle = "1h" }
do = "purge-low-priority-standby"
"""


def _bare(policy: str) -> Callable[[], int]:
    """The questions alone, and nothing of what they answer."""

    def ask() -> int:
        with suppress(NtError):
            memory_lists.query_memory_lists()
        system.query_fault_counters()
        if policy == PROCESSES:
            processes.list_processes(full=False, limits=False, known_limits=None)
        return 0

    return ask


def _guarded(policy: str) -> Callable[[], int]:
    host = Host()
    engine = Engine(Policy.parse(policy), host, Store(":memory:"))

    def look() -> int:
        engine.step()
        return 0

    return look


WAYS: dict[str, Callable[[str], Callable[[], int]]] = {"bare": _bare, "ntpages": _guarded}


@pytest.fixture(autouse=True)
def as_a_guard_runs() -> Iterator[None]:
    with privileges.enabled_if_held("SeProfileSingleProcessPrivilege"):
        yield


@pytest.mark.parametrize("way", WAYS)
def bench_numbers(race: Race, way: str) -> None:
    """What does a look take where rules ask for the machine's numbers?"""
    race(WAYS[way](LISTS))


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    crowd = Crowd()
    yield crowd
    crowd.become(0)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.sizes(10, 300)
def bench_programs(race: Race, crowd: Crowd, way: str, size: int) -> None:
    """What does a look take where rules ask for programs, too, at so many processes?"""
    crowd.become(size)
    race(WAYS[way](PROCESSES))
