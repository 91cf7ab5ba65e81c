"""Stacks, TEBs, PEBs and heaps of another process, 64-bit or 32-bit, where it says they are."""

from __future__ import annotations

import ctypes
import struct
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import regions, system
from ntpages.processes import Process
from ntpages.regions import Region, State, Type, Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab
    from target import Target

PAGE = 4096
WINE = system.windows().wine is not None
SIGNATURE = 0xFFEEFFEE  # of a heap's segment


POINTED_AT = {  # by the PEB: what, and where it says so in the 64-bit one and in the 32-bit one
    Use.API_SETS: (0x68, 0x38),
    Use.SERVER_MEMORY: (0x88, 0x4C),
    Use.CODE_PAGES: (0xA0, 0x58),
    Use.GDI_HANDLES: (0xF8, 0x94),
    Use.SHIMS: (0x2D8, 0x1E8),
    Use.ACTIVATION_CONTEXT: (0x2F8, 0x1F8),
    Use.ASSEMBLY_STORAGE: (0x300, 0x1FC),
    Use.DEFAULT_CONTEXT: (0x308, 0x200),
    Use.ERROR_REPORTING: (0x358, 0x230),
}


@dataclass(frozen=True)
class Width:
    """How wide the pointers of a process are, and where its structures have what."""

    fixture: str
    pointer: str
    """For ``struct``."""
    heaps: int
    """NumberOfHeaps, MaximumNumberOfHeaps and ProcessHeaps in the PEB."""
    segment: str
    """Start of a heap's segment: entry, signature, flags, list entry, heap."""
    entry: int
    """Of it, where the list entry is."""
    list_head: int
    """Where a heap keeps the head of that list: anywhere behind its first segment."""
    stack_base: int
    """In the TEB, and so the next two."""
    self: int
    thread: int


BITS64 = Width("target", "<Q", 0xE8, "<16xIIQQQ", 0x18, 0x120, 0x08, 0x30, 0x48)
BITS32 = Width("target32", "<I", 0x88, "<8xIIIII", 0x10, 0xA4, 0x04, 0x18, 0x24)


@pytest.fixture(params=[BITS64, BITS32], ids=["64-bit", "32-bit"])
def width(request: pytest.FixtureRequest) -> Width:
    chosen: Width = request.param
    return chosen


@pytest.fixture
def target(width: Width, request: pytest.FixtureRequest) -> Target:
    """A running target of this width."""
    running: Target = request.getfixturevalue(width.fixture)
    return running


def row_at(target: Target, address: int) -> Any:
    """What the walk says of the region that an address lies in."""
    table = regions.walk(target.pid)
    (row,) = (row for row in table if row.address <= address < row.address + row.size)
    return row


def rows_of(target: Target, use: Use) -> list[Any]:
    return [row for row in regions.walk(target.pid) if row.use is use]


def test_the_stack_that_the_program_runs_on_is_its_threads(target: Target) -> None:
    row = row_at(target, target["stack"])
    assert (row.use, row.thread, row.state) == (Use.STACK, target["thread"], State.COMMIT)


def test_a_32_bit_thread_has_two_stacks(target: Target, width: Width) -> None:
    mine = [row for row in rows_of(target, Use.STACK) if row.thread == target["thread"]]
    assert len({row.allocation_base for row in mine}) == (1 if width is BITS64 else 2)


def test_a_32_bit_thread_has_two_tebs(target: Target, width: Width) -> None:
    row = row_at(target, target["teb"])
    assert (row.use, row.thread) == (Use.TEB, target["thread"])
    mine = [row for row in rows_of(target, Use.TEB) if row.thread == target["thread"]]
    assert sum(row.size for row in mine) == (2 if width is BITS64 else 3) * PAGE


@contextmanager
def written_over(target: Target, address: int, content: bytes) -> Iterator[None]:
    """Other bytes in the target, for as long as it waits for its next line."""
    with Process(target.pid) as process:
        before = process.read(address, len(content))
        process.write(address, content)
        try:
            yield
        finally:
            process.write(address, before)


@pytest.mark.parametrize("field", ["self", "thread"])
def test_a_teb_that_is_no_longer_the_threads_marks_nothing(
    target: Target, width: Width, field: str
) -> None:
    place = target["teb"] + getattr(width, field)
    with written_over(target, place, struct.pack(width.pointer, 4)):
        assert row_at(target, target["teb"]).use is not Use.TEB
        assert row_at(target, target["stack"]).use is not Use.STACK
    assert row_at(target, target["stack"]).use is Use.STACK


def test_a_stack_is_private_memory_whatever_the_teb_says(target: Target, width: Width) -> None:
    image = struct.pack(width.pointer, target["program"] + PAGE)
    with written_over(target, target["teb"] + width.stack_base, image):
        assert row_at(target, target["program"]).use is Use.IMAGE


def test_a_32_bit_process_has_two_pebs(target: Target, width: Width) -> None:
    assert row_at(target, target["peb"]).use is Use.PEB
    assert sum(row.size for row in rows_of(target, Use.PEB)) == (1 if width is BITS64 else 2) * PAGE


def test_the_default_heap_is_a_heap(target: Target) -> None:
    row = row_at(target, target["heap"])
    assert (row.use, row.type) == (Use.HEAP, Type.PRIVATE)


def test_every_heap_that_the_peb_lists_is_a_heap(target: Target, width: Width) -> None:
    if WINE:  # it lists none: then we do, as Windows does
        heaps = b"".join(struct.pack(width.pointer, target[h]) for h in ("heap", "second_heap"))
        place = struct.pack(width.pointer, target["numbers"])
        with Process(target.pid) as process:
            process.write(target["numbers"], heaps)
            process.write(target["peb"] + width.heaps, struct.pack("<II", 2, 16) + place)
    assert row_at(target, target["second_heap"]).use is Use.HEAP


def link(
    process: Process,
    width: Width,
    segment: int,
    following: int,
    heap: int,
    signature: int = SIGNATURE,
) -> None:
    """Write the start of a heap's segment, its list entry naming another list entry."""
    start = struct.pack(width.segment, signature, 0, following, 0, heap)
    process.write(segment, start)


@pytest.mark.skipif(not WINE, reason="writes over a heap's start, of which Wine uses nothing")
def test_a_heaps_further_segments_are_found_in_its_ring(target: Target, width: Width) -> None:
    heap, further, head = target["heap"], target["several"], target["heap"] + width.list_head
    assert row_at(target, further).use is Use.PRIVATE
    with Process(target.pid) as process:
        link(process, width, heap, further + width.entry, heap)
        link(process, width, further, head, heap)
        process.write(head, struct.pack(width.pointer, heap + width.entry))
    assert row_at(target, further).use is Use.HEAP


@pytest.mark.skipif(not WINE, reason="writes over a heap's start, of which Wine uses nothing")
@pytest.mark.parametrize(
    ("first", "further"),
    [
        pytest.param({"signature": 0xDDEEDDEE}, {}, id="of a segment heap"),
        pytest.param({}, {"signature": 0}, id="no segment"),
        pytest.param({}, {"heap": 4}, id="of another heap"),
    ],
)
def test_what_is_no_segment_of_the_heap_is_not_taken_for_one(
    target: Target, width: Width, first: dict[str, int], further: dict[str, int]
) -> None:
    heap, place, head = target["heap"], target["several"], target["heap"] + width.list_head
    with Process(target.pid) as process:
        link(process, width, heap, place + width.entry, heap, **first)
        link(process, width, place, head, **{"heap": heap, **further})
        process.write(head, struct.pack(width.pointer, heap + width.entry))
    assert row_at(target, heap).use is Use.HEAP
    assert row_at(target, place).use is Use.PRIVATE


@pytest.mark.parametrize("width", [BITS32], indirect=True)  # it takes its time to lose patience
@pytest.mark.skipif(not WINE, reason="writes over a heap's start, of which Wine uses nothing")
def test_a_ring_that_never_closes_ends_the_search(target: Target, width: Width) -> None:
    heap, further = target["heap"], target["several"]
    with Process(target.pid) as process:
        link(process, width, heap, further + width.entry, heap)
        link(process, width, further, further + width.entry, heap)
    assert row_at(target, further).use is Use.HEAP


@pytest.mark.parametrize("use", POINTED_AT, ids=lambda use: use.value)
def test_what_the_peb_points_at_has_its_name(target: Target, width: Width, use: Use) -> None:
    field = target["peb"] + POINTED_AT[use][0 if width is BITS64 else 1]
    place = target["numbers"]
    before = row_at(target, place).use
    with written_over(target, field, struct.pack(width.pointer, place + 8)):
        assert (before, row_at(target, place).use) == (Use.PRIVATE, use)
    assert row_at(target, place).use is before


@pytest.mark.parametrize("use", POINTED_AT, ids=lambda use: use.value)
def test_what_lies_in_a_heap_or_a_program_is_theirs(target: Target, width: Width, use: Use) -> None:
    field = target["peb"] + POINTED_AT[use][0 if width is BITS64 else 1]
    for place, its in (("heap", Use.HEAP), ("program", Use.IMAGE)):
        with written_over(target, field, struct.pack(width.pointer, target[place] + PAGE)):
            assert row_at(target, target[place]).use is its


@pytest.mark.parametrize("pointer", [4, 0xFFFF_FFFF])
def test_a_pointer_that_leads_nowhere_marks_nothing(
    target: Target, width: Width, pointer: int
) -> None:
    before = regions.walk(target.pid).column("use").tolist()
    field = target["peb"] + POINTED_AT[Use.SHIMS][0 if width is BITS64 else 1]
    with written_over(target, field, struct.pack(width.pointer, pointer)):
        assert regions.walk(target.pid).column("use").tolist() == before


def test_the_kernels_page_is_in_every_process(target: Target) -> None:
    row = row_at(target, 0x7FFE_0000)
    assert (row.use, row.size) == (Use.SHARED_DATA, PAGE)


@pytest.mark.lab
def test_a_hypervisors_page_is_told_from_its_neighbours(lab: Lab) -> None:
    door = lab.model("regions")
    with Region(3 * PAGE) as region:
        door.hypervisor_page(region.address + PAGE)
        mine = [row for row in regions.walk() if row.allocation_base == region.address]
        assert [row.use for row in mine] == [Use.PRIVATE, Use.HYPERVISOR_DATA, Use.PRIVATE]
        lab.fail("NtQuerySystemInformation", every=True, code=0xC0000003)  # an older Windows
        mine = [row for row in regions.walk() if row.allocation_base == region.address]
        assert [row.use for row in mine] == [Use.PRIVATE]


BLOCK = {128: 96, 208: 176, 224: 176, 240: 184, 296: 184}
"""Sizes of the block that the kernel fills for ntdll, and where the bitmaps are in it."""


@pytest.mark.parametrize("width", [BITS64], indirect=True)
@pytest.mark.parametrize("size", BLOCK)
@pytest.mark.parametrize("bitmap", [0, 16], ids=["64-bit", "32-bit"])
def test_bitmaps_of_control_flow_guard_are_found_by_the_size_of_their_block(
    target: Target, width: Width, size: int, bitmap: int
) -> None:
    del width
    block = init_block()
    with Process(target.pid) as process:
        before = process.read(block, 296)
        content = bytearray(296)
        struct.pack_into("<I", content, 0, size)
        struct.pack_into("<Q", content, BLOCK[size] + bitmap, target["numbers"])
        process.write(block, bytes(content), unprotect=True)
        try:
            assert row_at(target, target["numbers"]).use is Use.CFG_BITMAP
            process.write(block, struct.pack("<I", 100), unprotect=True)  # none that is known
            assert row_at(target, target["numbers"]).use is Use.PRIVATE
        finally:
            process.write(block, before, unprotect=True)


def init_block() -> int:
    ntdll = ctypes.WinDLL("ntdll")
    return ctypes.addressof(ctypes.c_uint32.in_dll(ntdll, "LdrSystemDllInitBlock"))
