"""Stacks, TEBs, PEBs and heaps of another process, 64-bit or 32-bit, where it says they are."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import regions, system
from ntpages.processes import Process
from ntpages.regions import State, Type, Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target import Target

PAGE = 4096
WINE = system.windows().wine is not None
SIGNATURE = 0xFFEEFFEE  # of a heap's segment


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
