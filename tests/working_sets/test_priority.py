"""Memory priority of processes, threads and pages, on the modelled machine."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from ntpages import working_sets
from ntpages.errors import AccessDeniedError, NoSuchProcessError, NtError, UnavailableError
from ntpages.regions import Region
from ntpages.working_sets import MemoryPriority
from target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntlab import Lab

PAGE = 4096
ME = os.getpid()


@pytest.fixture(autouse=True)
def machine(lab: Lab) -> None:
    lab.model("working_sets")


@pytest.fixture
def pid() -> Iterator[int]:
    with Target("idle") as target:
        yield target.pid


def test_the_priority_of_a_process_is_told_changed_and_given_back(pid: int) -> None:
    assert working_sets.memory_priority(pid) is MemoryPriority.NORMAL
    before = working_sets.set_memory_priority(pid, MemoryPriority.VERY_LOW)
    assert before is MemoryPriority.NORMAL
    assert working_sets.memory_priority(pid) is MemoryPriority.VERY_LOW
    assert working_sets.memory_priority(ME) is MemoryPriority.NORMAL
    assert working_sets.set_memory_priority(pid, before) is MemoryPriority.VERY_LOW


def test_the_priority_of_a_thread_is_its_own() -> None:
    thread = threading.get_native_id()
    before = working_sets.set_thread_memory_priority(thread, MemoryPriority.LOW)
    assert before is MemoryPriority.NORMAL
    assert working_sets.thread_memory_priority(thread) is MemoryPriority.LOW
    assert working_sets.memory_priority(ME) is MemoryPriority.NORMAL


# processthreadsapi.h: MEMORY_PRIORITY_...
@pytest.mark.parametrize(
    ("priority", "number"),
    [("LOWEST", 0), ("VERY_LOW", 1), ("LOW", 2), ("MEDIUM", 3), ("BELOW_NORMAL", 4), ("NORMAL", 5)],
)
def test_priorities_have_windows_own_numbers(priority: str, number: int) -> None:
    working_sets.set_memory_priority(ME, MemoryPriority[priority])
    assert int(working_sets.memory_priority(ME)) == number


@pytest.mark.parametrize("priority", [MemoryPriority.ABOVE_NORMAL, MemoryPriority.HIGH])
def test_the_two_highest_are_not_to_be_had(priority: MemoryPriority) -> None:
    with Region(PAGE) as region:
        for change in (
            lambda: working_sets.set_memory_priority(ME, priority),
            lambda: working_sets.set_thread_memory_priority(threading.get_native_id(), priority),
            lambda: working_sets.set_page_priority(
                address=region.address, size=PAGE, priority=priority
            ),
        ):
            with pytest.raises(NtError):
                change()


@pytest.mark.parametrize("wrong", [8, -1, "low"])
def test_what_is_no_priority_is_refused_before_windows_is_asked(lab: Lab, wrong: object) -> None:
    lab.record("SetProcessInformation")
    with pytest.raises((ValueError, TypeError), match="priority must be"):
        working_sets.set_memory_priority(ME, wrong)  # type: ignore[arg-type]
    assert lab.calls("SetProcessInformation") == []


def test_no_more_rights_are_asked_for_than_are_needed(lab: Lab, pid: int) -> None:
    lab.record("OpenProcess")
    working_sets.memory_priority(pid)
    working_sets.set_memory_priority(pid, MemoryPriority.LOW)
    asked = {call.arguments[0] & 0xFFFFFFFF for call in lab.calls("OpenProcess")}
    assert asked - {0x0010_0000} == {0x1000, 0x1200}  # waiting shows whether it is there


def test_who_refuses_is_told(lab: Lab, pid: int) -> None:
    lab.model("processes").deny(pid, 0x0200)
    with pytest.raises(AccessDeniedError):
        working_sets.set_memory_priority(pid, MemoryPriority.LOW)
    with pytest.raises(NoSuchProcessError):
        working_sets.memory_priority(0x7FFF_FFFC)
    with pytest.raises(NtError, match="thread 2147483644: there is none"):
        working_sets.thread_memory_priority(0x7FFF_FFFC)


@pytest.mark.parametrize(
    ("call", "function"),
    [
        (lambda: working_sets.memory_priority(ME), "GetProcessInformation"),
        (
            lambda: working_sets.set_page_priority(
                address=1 << 32, size=1, priority=MemoryPriority.LOW
            ),
            "NtSetInformationVirtualMemory",
        ),
    ],
)
def test_an_older_windows_says_so(lab: Lab, call: Callable[[], object], function: str) -> None:
    lab.hide(function)
    with pytest.raises(UnavailableError, match=function):
        call()


def priorities(region: Region) -> list[int]:
    return list(working_sets.pages(address=region.address, size=region.size).column("priority"))


def test_pages_are_given_a_priority() -> None:
    with Region(4 * PAGE) as region:
        region.view()[::PAGE] = bytes(4)
        region.view()[::PAGE] = b"abcd"
        working_sets.set_page_priority(
            address=region.address + PAGE + 5, size=PAGE, priority=MemoryPriority.LOW
        )
        assert priorities(region) == [0, 2, 2, 0]  # every page with a byte of the range in it
        working_sets.set_page_priority(
            address=region.address, size=4 * PAGE, priority=MemoryPriority.MEDIUM
        )
        assert priorities(region) == [3, 3, 3, 3]
