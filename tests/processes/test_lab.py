"""Memory in another process, asked for with every wish, locked and reset, against strict models."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.errors import (
    AccessDeniedError,
    InvalidAddressError,
    NoSuchProcessError,
    NtError,
    OutOfMemoryError,
    PrivilegeNotHeldError,
    UnavailableError,
)
from ntpages.processes import Process
from ntpages.regions import Attribute, Region, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab
    from ntpages.regions import Attempt
    from target import Target

pytestmark = pytest.mark.lab

PAGE = 4096
GRAIN = 64 * 1024
LARGE = 2 << 20
LOCK_MEMORY = "SeLockMemoryPrivilege"
VM_OPERATION, QUERY_INFORMATION = 0x0008, 0x0400


@pytest.fixture(autouse=True)
def pages(lab: Lab) -> Any:
    """The models, of a token that may lock memory; the door of other processes' pages."""
    lab.model("regions")
    lab.model("numa")
    lab.model("privileges").hold(LOCK_MEMORY)
    return lab.model("processes_pages")


@pytest.fixture
def process(target: Target, pages: Any) -> Iterator[Process]:
    assert pages  # before the process is opened
    with Process(target.pid) as opened:
        yield opened


@pytest.fixture
def there(process: Process) -> Iterator[int]:
    """Committed pages in the process."""
    address = process.allocate(8 * PAGE)
    yield address
    process.free(address)


# ---- Wishes ------------------------------------------------------------------------------------


WISHES: dict[str, tuple[str, dict[str, Any]]] = {
    "at": ("VirtualAllocEx", {"at": 2**41}),
    "top_down": ("VirtualAllocEx", {"top_down": True}),
    "reserve": ("VirtualAllocEx", {"commit": False}),
    "write_watch": ("VirtualAllocEx", {"write_watch": True}),
    "node": ("VirtualAllocExNuma", {"node": 1}),
    "only_node": ("VirtualAlloc2", {"node": 1, "only_node": True}),
    "alignment": ("VirtualAlloc2", {"alignment": 1 << 20}),
    "lowest": ("VirtualAlloc2", {"lowest": 2**42}),
    "highest": ("VirtualAlloc2", {"highest": 2**41 - 1}),
    "attributes": ("VirtualAlloc2", {"attributes": Attribute.SOFT_FAULT_PAGES}),
    "nonpaged": ("VirtualAlloc2", {"attributes": Attribute.NONPAGED}),
    "machine": ("VirtualAlloc2", {"machine": 0x8664}),
    "large_pages": ("VirtualAllocEx", {"large_pages": True}),
}


@pytest.mark.parametrize(("call", "wish"), WISHES.values(), ids=WISHES)
def test_every_wish_is_one_for_the_other_process(
    lab: Lab, process: Process, call: str, wish: dict[str, Any]
) -> None:
    before = lab.count(call)
    address = process.allocate(LARGE, **wish)
    assert lab.count(call) == before + 1
    [row] = [row for row in walk(process.pid) if row.address == address]
    assert row.size == LARGE
    assert row.state.name == ("RESERVE" if wish == {"commit": False} else "COMMIT")
    process.free(address)


@pytest.mark.parametrize("is_new", [True, False])
def test_wishes_of_an_address_are_kept_with_and_without_the_newer_call(
    lab: Lab, process: Process, *, is_new: bool
) -> None:
    if not is_new:
        lab.hide("VirtualAlloc2")
    first = process.allocate(GRAIN, lowest=2**42, highest=2**43 - 1, alignment=1 << 24)
    second = process.allocate(GRAIN, lowest=2**42, highest=2**43 - 1, top_down=True)
    assert 2**42 <= first < 2**43
    assert first % (1 << 24) == 0
    assert 2**42 <= second < 2**43
    assert process.read(first, 4) == b"\0\0\0\0"
    process.free(first)
    process.free(second)


def test_what_only_the_newer_call_can_do_is_unavailable_without_it(
    lab: Lab, process: Process
) -> None:
    lab.hide("VirtualAlloc2")
    with pytest.raises(UnavailableError, match="VirtualAlloc2"):
        process.allocate(PAGE, node=1, only_node=True)


def test_a_search_for_an_address_needs_a_look_at_the_process_and_nothing_else_does(
    lab: Lab, target: Target
) -> None:
    lab.model("processes").deny(target.pid, QUERY_INFORMATION)
    with Process(target.pid) as process:
        process.free(process.allocate(PAGE, alignment=1 << 20))
        lab.hide("VirtualAlloc2")
        with pytest.raises(AccessDeniedError, match="OpenProcess"):
            process.allocate(PAGE, alignment=1 << 20)


def test_memory_prefers_its_node(lab: Lab, process: Process) -> None:
    with pytest.raises(NtError) as refused:
        process.allocate(PAGE, node=7)
    assert (refused.value.call, refused.value.code) == ("VirtualAllocExNuma", 87)
    lab.record("VirtualAllocExNuma")
    process.free(process.allocate(PAGE, node=1))
    assert lab.calls("VirtualAllocExNuma")[0].arguments[5] & 0xFFFFFFFF == 1


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"at": 4097}, "at must be a multiple of 65536"),
        ({"at": 0}, "at must be a multiple of 65536"),
        ({"at": GRAIN, "alignment": GRAIN}, "at names the place"),
        ({"only_node": True}, "only_node needs a node"),
        ({"lowest": 2**41, "highest": 2**41 + PAGE - 1}, "do not fit between"),
        ({"large_pages": True, "commit": False}, "committed when they are reserved"),
        ({"machine": 0}, "machine must be from 1 to 65535"),
    ],
)
def test_one_rule_holds_here_and_in_a_region(
    process: Process, wish: dict[str, Any], words: str
) -> None:
    refusals = []
    for ask in (process.allocate, Region):
        with pytest.raises(ValueError, match=words) as refused:
            ask(LARGE, **wish)
        refusals.append(str(refused.value))
    assert refusals[0] == refusals[1]


def test_large_pages_without_the_privilege_say_how_to_get_it(lab: Lab, process: Process) -> None:
    lab.model("privileges").drop(LOCK_MEMORY)
    for wish in ({"large_pages": True}, {"attributes": Attribute.NONPAGED}):
        with pytest.raises(PrivilegeNotHeldError, match="ntpages privileges grant"):
            process.allocate(LARGE, **wish)


def test_the_ladder_goes_down_to_small_pages(lab: Lab, process: Process) -> None:
    lab.model("regions").fragment_for_good()
    attempts: list[Attempt] = []
    with pytest.raises(OutOfMemoryError):
        process.allocate(LARGE, large_pages=True)
    address = process.allocate(LARGE, large_pages=True, defragment=True, on_attempt=attempts.append)
    assert [(each.page_size, each.error is None) for each in attempts][-1] == (PAGE, True)
    process.free(address)


def test_memory_is_given_back_where_the_privilege_can_not_be(lab: Lab, process: Process) -> None:
    lab.fail("AdjustTokenPrivileges", nth=2, code=5)
    with pytest.raises(NtError, match="AdjustTokenPrivileges"):
        process.allocate(LARGE, large_pages=True)
    assert lab.count("VirtualFreeEx") == 1


def test_a_process_that_may_not_be_changed_is_denied(lab: Lab, target: Target) -> None:
    lab.model("processes").deny(target.pid, VM_OPERATION)
    with Process(target.pid) as process:
        for call in (process.lock, process.unlock, process.reset, process.undo_reset):
            with pytest.raises(AccessDeniedError, match="OpenProcess"):
                call(GRAIN, PAGE)
        with pytest.raises(AccessDeniedError, match="OpenProcess"):
            process.allocate(PAGE, alignment=1 << 20)
        with pytest.raises(AccessDeniedError, match="OpenProcess"):
            process.prefetch([(GRAIN, PAGE)])


# ---- Locking -----------------------------------------------------------------------------------


def test_pages_are_locked_and_unlocked(process: Process, there: int, pages: Any) -> None:
    process.lock(there + 10, PAGE)
    assert pages.locked == 2 * PAGE
    process.lock(there, 2 * PAGE)  # again: no harm
    process.unlock(there, 2 * PAGE)
    assert pages.locked == 0
    with pytest.raises(NtError) as refused:
        process.unlock(there, PAGE)
    assert (refused.value.call, refused.value.status) == ("NtUnlockVirtualMemory", 0xC000002A)
    assert f"pid {process.pid}" in str(refused.value)


def test_no_more_is_locked_than_the_minimum_working_set_holds(process: Process) -> None:
    address = process.allocate(1 << 30)
    with pytest.raises(OutOfMemoryError) as refused:
        process.lock(address, 1 << 26)
    assert refused.value.status == 0xC00000A1
    process.free(address)


def test_what_is_not_committed_is_not_locked(process: Process, there: int) -> None:
    process.decommit(there + PAGE, PAGE)
    with pytest.raises(InvalidAddressError):
        process.lock(there, 2 * PAGE)


def test_freed_pages_are_not_locked_any_more(process: Process, pages: Any) -> None:
    address = process.allocate(PAGE)
    process.lock(address, PAGE)
    process.free(address)
    assert pages.locked == 0


# ---- Resetting ---------------------------------------------------------------------------------


def test_a_reset_is_undone_unless_memory_ran_short(
    process: Process, there: int, pages: Any
) -> None:
    process.reset(there, 2 * PAGE)
    assert process.undo_reset(there, 2 * PAGE)
    process.reset(there, 2 * PAGE)
    pages.take()
    assert not process.undo_reset(there, 2 * PAGE)


def test_undoing_what_was_never_reset_is_refused(process: Process, there: int) -> None:
    with pytest.raises(NtError) as refused:
        process.undo_reset(there, PAGE)
    assert (refused.value.call, refused.value.code) == ("VirtualAllocEx", 87)


@pytest.mark.parametrize("part", [(1, PAGE), (0, 1), (0, 0), (0, PAGE + 1)])
def test_contents_are_given_up_by_whole_pages(
    process: Process, there: int, part: tuple[int, int]
) -> None:
    offset, size = part
    for call in (process.reset, process.undo_reset):
        with pytest.raises(ValueError, match="must be a multiple of 4096"):
            call(there + offset, size)


# ---- Prefetching -------------------------------------------------------------------------------


def test_many_ranges_are_prefetched_with_one_call(lab: Lab, process: Process, there: int) -> None:
    process.prefetch([(there, PAGE), (there + 4 * PAGE, 10), (GRAIN, PAGE)])
    assert lab.count("PrefetchVirtualMemory") == 1


def test_ranges_to_prefetch_are_addresses_and_sizes(process: Process) -> None:
    with pytest.raises(ValueError, match="at least one range"):
        process.prefetch([])
    with pytest.raises(TypeError, match=r"ranges\[0\] must be an address and a size, not 5"):
        process.prefetch([5])  # type: ignore[list-item]
    with pytest.raises(ValueError, match=r"ranges\[1\] must be from 1 to \d+ bytes"):
        process.prefetch([(0, 1), (0, 0)])


def test_prefetching_that_is_refused_says_for_whom(lab: Lab, process: Process) -> None:
    lab.fail("PrefetchVirtualMemory")
    with pytest.raises(NtError, match=rf"PrefetchVirtualMemory.*pid {process.pid}"):
        process.prefetch([(GRAIN, PAGE)])


# ---- One's own, and the dead -------------------------------------------------------------------


def test_one_s_own_process_is_one_like_any_other() -> None:
    with Process(os.getpid()) as own:
        address = own.allocate(PAGE, alignment=1 << 20, node=1)
        own.lock(address, PAGE)
        own.unlock(address, PAGE)
        own.free(address)


def test_the_dead_have_no_memory(process: Process, target: Target) -> None:
    address = process.allocate(PAGE)
    target.end()
    for call in (process.lock, process.unlock, process.reset, process.undo_reset):
        with pytest.raises(NoSuchProcessError):
            call(address, PAGE)
    with pytest.raises(NoSuchProcessError):
        process.allocate(PAGE, alignment=1 << 20)
