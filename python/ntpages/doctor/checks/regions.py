"""Checks of address spaces, and of memory that is reserved, committed, locked and offered."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING

from ntpages import regions, system, working_sets
from ntpages.doctor.checks.check import NotHereError, Room, Seen, code_of, needs
from ntpages.doctor.checks.child import child
from ntpages.errors import NtError
from ntpages.heaps import Heap
from ntpages.processes import Process, list_processes
from ntpages.regions import Placeholder, Protection, Region, Traits, Type, Use

if TYPE_CHECKING:
    from ntpages.regions import RegionRow

_room = Room("regions")
CHECKS = _room.checks

_PAGE = 4096
_GRAIN = 1 << 16
_LOCK = "SeLockMemoryPrivilege"
_WORKING_SET_QUOTA = 1453
_INVALID_ADDRESS = 487
_SEGMENT_HEAP = b"\xee\xdd\xee\xdd"  # how such a heap is known,
_SIGNATURE_AT = 0x10  # and where
_ENOUGH = 8


@_room.check()
def traits() -> Seen:
    """The kernel tells private memory from images, in its own words."""
    with Region(_PAGE) as region:
        rows = list(regions.walk())
        mine = next(row for row in rows if row.address == region.address)
    images = [row for row in rows if row.type is Type.IMAGE and row.name]
    told = [row for row in images if row.traits & Traits.MAPPED_IMAGE]
    holds = bool(mine.traits & Traits.PRIVATE) and len(told) == len(images) > 0
    return Seen(holds, f"own {int(mine.traits):#x}; {len(told)} of {len(images)} images")


@_room.check()
def heaps_in_peb() -> Seen:
    """A new heap is found by way of the PEB."""
    with Heap.create() as heap:
        uses = {row.address: row.use for row in regions.walk()}
        use = uses.get(heap.address)
    return Seen(use is Use.HEAP, use.value if use else "not found")


@_room.check()
def heap_segments() -> Seen:
    """Segments of a heap that grew are found through the heap."""
    with Heap.create() as heap:
        kept = [heap.allocate(100_000) for _ in range(100)]
        walked = [row.address for row in heap.walk() if row.kind == "region"]
        uses = {row.allocation_base: row.use for row in regions.walk()}
        found = [uses.get(address) for address in walked]
        missed = len(found) - found.count(Use.HEAP) - found.count(Use.HEAP_SEGMENT)
        del kept
    return Seen(not missed, f"{len(walked)} segments, {missed} of them missed")


@_room.check()
def heap_blocks() -> Seen:
    """Blocks that a heap gets from the system on their own are found through the heap."""
    with Heap.create() as heap:
        kept = [heap.allocate(4 << 20) for _ in range(3)]
        rows = list(regions.walk())
        of_block = [_use_at(rows, block.address) for block in kept]
        kind = heap.kind
        del kept
    told = [use.value if use else "not found" for use in of_block]
    return Seen(of_block == [Use.HEAP_BLOCK] * 3, f"{kind.value} heap: {', '.join(told)}")


def _use_at(rows: list[RegionRow], address: int) -> Use | None:
    return next((row.use for row in rows if row.address <= address < row.address + row.size), None)


@_room.check()
def segment_heaps() -> Seen:
    """Segments of the heaps that packaged apps have are found through the heap."""
    found: Counter[bool] = Counter()
    for pid in list_processes().column("pid").tolist():
        try:
            rows = list(regions.walk(pid))
            with Process(pid) as process:
                heaps = {row.allocation_base for row in rows if row.use is Use.HEAP}
                kinds = [process.read(heap + _SIGNATURE_AT, 4) for heap in heaps]
        except (NtError, ValueError):  # it is somebody else's, or has exited
            continue
        if _SEGMENT_HEAP in kinds:
            found[any(row.use is Use.HEAP_SEGMENT for row in rows)] += 1
        if sum(found.values()) >= _ENOUGH:
            break
    if not found:
        msg = "no process that can be read has such a heap"
        raise NotHereError(msg)
    return Seen(not found[False], f"{found[True]} processes with segments, {found[False]} without")


@_room.check()
def unusable() -> Seen:
    """What is left of the 64 KiB behind an allocation is free, and can't be allocated."""
    with Region(_PAGE) as region, Process(os.getpid()) as own:
        behind = region.address + _PAGE
        row = next(row for row in regions.walk() if row.address == behind)
        code = code_of(lambda: own.commit(behind, _PAGE))
    holds = row.use is Use.UNUSABLE and row.size == _GRAIN - _PAGE and code != 0
    return Seen(holds, f"{row.use.value}, {row.size} bytes; committing: error {code}")


def _landmarks(folder: str, *wanted: Use) -> Seen:
    with child(folder) as pid:
        uses = [row.use for row in regions.walk(pid)]
    found = {use.value: uses.count(use) for use in wanted}
    return Seen(all(found.values()), ", ".join(f"{n} {use}" for use, n in found.items()))


@_room.check()
def landmarks() -> Seen:
    """PEB, TEBs, stacks and heaps of a 64-bit process."""
    return _landmarks("System32", Use.PEB, Use.TEB, Use.STACK, Use.HEAP)


@_room.check()
def landmarks_wow64() -> Seen:
    """PEBs, TEBs, stacks and heaps of a 32-bit process, those of both widths."""
    narrow = (Use.PEB32, Use.TEB32, Use.STACK32, Use.HEAP32)
    return _landmarks("SysWOW64", Use.PEB, Use.TEB, Use.STACK, *narrow)


def _pointed_at(folder: str) -> Seen:
    with child(folder) as pid:
        found = {row.use for row in regions.walk(pid)}
    always = (Use.API_SETS, Use.SERVER_MEMORY, Use.CODE_PAGES, Use.SHARED_DATA)
    others = [use.value for use in Use if use in found and use not in always]
    missed = [use.value for use in always if use not in found]
    return Seen(not missed, f"missed {missed}; besides there are {', '.join(others)}")


@_room.check()
def pointed_at() -> Seen:
    """What the PEB of a 64-bit process points at: API sets, code pages and the like."""
    return _pointed_at("System32")


@_room.check()
def pointed_at_wow64() -> Seen:
    """What the two PEBs of a 32-bit process point at."""
    return _pointed_at("SysWOW64")


@_room.check()
def bounds() -> Seen:
    """An address aligned and bounded as asked for."""
    alignment, lowest, highest = 1 << 21, 1 << 32, (1 << 40) - 1
    with Region(_GRAIN, alignment=alignment, lowest=lowest, highest=highest) as region:
        address = region.address
    holds = address % alignment == 0 and lowest <= address <= highest
    return Seen(holds, f"0x{address:012X}")


@_room.check()
def placeholders() -> Seen:
    """Placeholders are split, replaced, given back and merged."""
    with Placeholder(4 * _GRAIN) as first:
        base = first.address
        second = first.split(_GRAIN)
        with first.replace() as region:
            region.view()[0] = 1
            there = region.address == base
            back = Placeholder.of(region)
        back.merge(second)
        whole = back.size
        back.close()
    return Seen(there and whole == 4 * _GRAIN, f"in place {there}, {whole} bytes merged")


@_room.check()
def placeholder_commit() -> Seen:
    """A placeholder is no memory: committing it is refused with error 487."""
    with Placeholder(_GRAIN) as place, Process(os.getpid()) as own:
        code = code_of(lambda: own.commit(place.address, _PAGE))
    return Seen(code == _INVALID_ADDRESS, f"error {code}")


@_room.check()
def offer() -> Seen:
    """Memory that was offered and not needed is as it was."""
    pattern = bytes(range(256)) * (_PAGE // 256)
    with Region(_PAGE) as region:
        region.view()[:] = pattern
        region.offer()
        kept = region.reclaim()
        same = bytes(region.view()) == pattern
    return Seen(kept == same, f"kept {kept}, the same {same}")


@_room.check()
def reclaim_unoffered() -> Seen:
    """Reclaiming what was never offered is refused."""
    with Region(_PAGE) as region:
        code = code_of(region.reclaim)
    return Seen(code != 0, f"error {code}")


@_room.check()
def reset() -> Seen:
    """Undoing a reset tells whether the content is still there."""
    with Region(_PAGE) as region:
        region.view()[:] = b"x" * _PAGE
        region.reset()
        kept = region.undo_reset()
        same = bytes(region.view()) == b"x" * _PAGE
    return Seen(not kept or same, f"kept {kept}, the same {same}")


@_room.check()
def lock_quota() -> Seen:
    """Locking beyond the minimum working set is refused with error 1453."""
    minimum = working_sets.limits(os.getpid()).minimum
    with Region(minimum + _GRAIN) as region:
        code = code_of(lambda: region.lock(raise_limit=False))
        most = _most_that_locks(region, minimum // _PAGE)
    said = f"error {code}; {most} pages lock at a minimum of {minimum // _PAGE}"
    return Seen(code == _WORKING_SET_QUOTA, said)


def _most_that_locks(region: Region, most: int) -> int:
    """How many pages lock without raising any limit."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        try:
            region.lock(0, middle * _PAGE, raise_limit=False)
        except NtError:
            most = middle - 1
        else:
            region.unlock(0, middle * _PAGE)
            least = middle
    return least


@_room.check()
def call_targets() -> Seen:
    """Pages of code become executable without opening them to indirect calls."""
    with Region(_PAGE) as region:
        quiet = Protection.EXECUTE_READ | Protection.TARGETS_NO_UPDATE
        region.protect(quiet)
        [span] = region.spans()
    came = f"protection {int(span.protection):#x}"
    return Seen(span.protection == Protection.EXECUTE_READ, came)


@_room.check()
def large_pages() -> Seen:
    """A large page can be had, and can't be decommitted."""
    needs(_LOCK)
    size = system.large_page_size()
    if not size:
        msg = "this processor has no large pages"
        raise NotHereError(msg)
    with Region(size, large_pages=True) as region:
        region.view()[0] = 1
        [page] = working_sets.pages(address=region.address, size=_PAGE)
        code = code_of(lambda: region.decommit(0, size))
    return Seen(page.large and code != 0, f"large {page.large}, decommitting: error {code}")


@_room.check()
def program() -> Seen:
    """The program itself is an image of this walk."""
    names = {row.name.casefold() for row in regions.walk() if row.type is Type.IMAGE}
    return Seen(sys.executable.casefold() in names, f"{len(names)} images")


@_room.check()
def app_container_calls() -> Seen:
    """Memory comes by the calls of app containers, and code by none of them."""
    with Region(_PAGE, from_app=True) as region:
        region.view()[0] = 1
        region.protect(Protection.READONLY)
        codes = [
            code_of(lambda: region.protect(Protection.EXECUTE_READWRITE)),
            code_of(lambda: Region(_PAGE, from_app=True, protection=Protection.EXECUTE_READ)),
        ]
    return Seen(all(codes), f"errors {codes}")


@_room.check()
def machine() -> Seen:
    """A machine that code is for is taken with an allocation, and a bogus one is not."""
    Region(_PAGE, machine=0x8664).close()
    code = code_of(lambda: Region(_PAGE, machine=0x1234))
    return Seen(code != 0, f"error {code}")
