"""Checks of working sets: that limits, locks and trims are more than words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ntpages import privileges, working_sets
from ntpages.doctor.checks.check import Room, Seen
from ntpages.doctor.checks.child import child
from ntpages.processes import Process
from ntpages.regions import Protection, Region
from ntpages.working_sets import MemoryPriority

if TYPE_CHECKING:
    from collections.abc import Iterator

_room = Room("working_sets")
CHECKS = _room.checks

_PAGE = 4096
_MIB = 1 << 20
_MUCH = 64 * _MIB
_RAISE = "SeIncreaseWorkingSetPrivilege"


@contextmanager
def _large_child() -> Iterator[Process]:
    """A child with much in its working set."""
    with child() as pid, Process(pid) as process:
        address = process.allocate(_MUCH)
        for offset in range(0, _MUCH, _MIB):
            process.write(address + offset, b"x" * _MIB)
        yield process


@_room.check()
def trim() -> Seen:
    """Trimming takes most of a child's memory out of its working set."""
    with _large_child() as process:
        trimmed = working_sets.trim(process.pid)
    if trimmed.after is None:
        return Seen(holds=False, came="accepted, and the working set can't be read")
    gone = trimmed.before - trimmed.after
    return Seen(gone > _MUCH // 2, f"{trimmed.before} to {trimmed.after} bytes")


@_room.check()
def hard_maximum() -> Seen:
    """A hard maximum holds at once."""
    most = 16 * _MIB
    with _large_child() as process:
        working_sets.set_limits(
            process.pid, minimum=_MIB, maximum=most, hard_minimum=False, hard_maximum=True
        )
        after = process.counters().working_set
    return Seen(after <= most, f"{after} bytes at a maximum of {most}")


@_room.check()
def untouched_pages() -> Seen:
    """A page that was never touched is not valid, and a touched one is."""
    with Region(4 * _PAGE) as region:
        region.view(_PAGE, 1)[0] = 1
        valid = list(working_sets.pages(address=region.address, size=4 * _PAGE).column("valid"))
    return Seen(valid == [False, True, False, False], repr(valid))


@_room.check()
def locked_pages() -> Seen:
    """A page that is locked is told as locked, the others are not."""
    with Region(4 * _PAGE) as region, region.locked(0, 2 * _PAGE):
        found = working_sets.pages(address=region.address, size=4 * _PAGE)
        locked = list(found.column("locked"))
    return Seen(locked == [True, True, False, False], repr(locked))


@_room.check()
def resident() -> Seen:
    """What is counted page by page of a child is what Windows says of it, tables of pages aside."""
    with _large_child() as process:
        counted = working_sets.resident(process.pid)
        told = process.counters()
    walked = (counted.total, counted.private)
    known = (told.working_set, told.private_working_set)
    holds = all(abs(one - other) <= other // 8 for one, other in zip(walked, known, strict=True))
    return Seen(holds, f"{walked} bytes counted, {known} told; {counted.shared} shared")


@_room.check()
def inaccessible_pages() -> Seen:
    """A page that was made inaccessible is not valid."""
    with Region(_PAGE) as region:
        region.view()[0] = 1
        region.protect(Protection.NOACCESS)
        [page] = working_sets.pages(address=region.address, size=_PAGE)
    return Seen(not page.valid, f"valid {page.valid}, protection {int(page.protection):#x}")


@_room.check()
def raised_maximum() -> Seen:
    """The maximum of a child can be raised, and the privilege for it is off again afterwards."""
    before = privileges.state(_RAISE)
    with child() as pid:
        maximum = 2 * working_sets.limits(pid).maximum
        now = working_sets.set_limits(pid, maximum=maximum).maximum
    after = privileges.state(_RAISE)
    return Seen(now >= maximum and after is before, f"{now} of {maximum}, {after.value}")


@_room.check()
def trimmed_range() -> Seen:
    """A range leaves the working set of this process, and of a child; its neighbours stay."""
    with Region(4 * _PAGE) as region:
        region.view()[::_PAGE] = b"abcd"
        done = working_sets.trim_range(address=region.address + _PAGE, size=2 * _PAGE)
        own = list(working_sets.pages(address=region.address, size=4 * _PAGE).column("valid"))
    with child() as pid, Process(pid) as process:
        address = process.allocate(4 * _PAGE)
        process.write(address, b"x" * 4 * _PAGE)
        working_sets.trim_range(pid, address=address + _PAGE, size=2 * _PAGE)
        others = list(working_sets.pages(pid, address=address, size=4 * _PAGE).column("valid"))
    wanted = [True, False, False, True]
    return Seen(own == others == wanted and done.after == 0, f"own {own}, a child's {others}")


@_room.check()
def memory_priority() -> Seen:
    """The memory priority of a child is 5, can be lowered, and is told as it was set."""
    with child() as pid:
        before = working_sets.set_memory_priority(pid, MemoryPriority.LOW)
        after = working_sets.memory_priority(pid)
    holds = (before, after) == (MemoryPriority.NORMAL, MemoryPriority.LOW)
    return Seen(holds, f"{int(before)}, then {int(after)}")


@_room.check()
def page_priority() -> Seen:
    """Pages of this process, and of a child, have the priority that they are given."""
    low = MemoryPriority.LOW
    with Region(_PAGE) as region:
        region.view(0, 1)[0] = 1
        working_sets.set_page_priority(address=region.address, size=_PAGE, priority=low)
        [own] = working_sets.pages(address=region.address, size=_PAGE).column("priority")
    with child() as pid, Process(pid) as process:
        address = process.allocate(_PAGE)
        process.write(address, b"x")
        working_sets.set_page_priority(pid, address=address, size=_PAGE, priority=low)
        [others] = working_sets.pages(pid, address=address, size=_PAGE).column("priority")
    return Seen(own == others == low, f"own {own}, a child's {others}")
