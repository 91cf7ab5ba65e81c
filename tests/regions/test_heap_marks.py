"""What belongs to heaps of another process, 64-bit or 32-bit, where they say it is."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from ntpages import system
from ntpages.processes import Process
from ntpages.regions import Type, Use
from target.memory import BITS32, BITS64, Width, row_at, written_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target import Target

PAGE = 4096
WINE = system.windows().wine is not None
NT, SEGMENTS = 0xFFEEFFEE, 0xDDEEDDEE  # what heaps of the two kinds are known by


def test_the_default_heap_is_a_heap(target: Target, width: Width) -> None:
    row = row_at(target, target["heap"])
    assert (row.use, row.type) == (width.use(Use.HEAP), Type.PRIVATE)


def test_every_heap_that_the_peb_lists_is_a_heap(target: Target, width: Width) -> None:
    if WINE:  # it lists none: then we do, as Windows does
        place = target["numbers"]
        with Process(target.pid) as process:
            process.write(place, width.pack(target["heap"], target["second_heap"]))
            listed = struct.pack("<II", 2, 16) + width.pack(place)
            process.write(target["peb"] + width.heaps, listed)
    assert row_at(target, target["second_heap"]).use is width.use(Use.HEAP)


@dataclass(frozen=True)
class Laid:
    """A heap of our own in a target whose PEB names it as the default one.

    The target's own places serve for its parts, each an allocation of its own.
    """

    target: Target
    width: Width
    process: Process
    heap: int
    first: int
    second: int
    third: int

    def put(self, address: int, *pointers: int) -> None:
        self.process.write(address, self.width.pack(*pointers))

    def ring(self, head: int, *entries: int) -> None:
        """Links of a list at its head and at each entry."""
        links = [head, *entries]
        for at, link in enumerate(links):
            self.put(link, links[(at + 1) % len(links)], links[at - 1])

    def segment(self, at: int, links_to: int, *, heap: int | None = None, kind: int = NT) -> None:
        whose = self.heap if heap is None else heap
        content = struct.pack(self.width.segment, kind, 0, links_to, 0, whose)
        self.process.write(at, content)

    def uses(self) -> list[Use]:
        """Of the heap, and of the three places."""
        places = (self.heap, self.first, self.second, self.third)
        return [row_at(self.target, place).use for place in places]

    def expect(self, *uses: Use) -> None:
        """The heap is one, and the places are used so; the others are private."""
        wanted = [Use.HEAP, *uses]
        named = [self.width.use(use) for use in wanted]
        assert self.uses() == named + [Use.PRIVATE] * (4 - len(named))


@pytest.fixture
def laid(target: Target, width: Width) -> Iterator[Laid]:
    heap, *places = (target[place] for place in ("several", "numbers", "text", "private"))
    named = target["peb"] + width.process_heap
    with written_over(target, named, width.pack(heap)), Process(target.pid) as process:
        yield Laid(target, width, process, heap, *places)


def lay_nt(laid: Laid) -> int:
    """A heap of one segment, and where the list of its segments has its head."""
    head = laid.heap + laid.width.list_head
    laid.segment(laid.heap, head)
    laid.put(head, laid.heap + laid.width.entry)
    return head


def test_a_heaps_further_segments_are_found_in_its_ring(laid: Laid) -> None:
    head, entry = lay_nt(laid), laid.width.entry
    laid.expect()
    laid.segment(laid.heap, laid.first + entry)
    laid.segment(laid.first, laid.second + entry)
    laid.segment(laid.second, head)
    laid.expect(Use.HEAP_SEGMENT, Use.HEAP_SEGMENT)


@pytest.mark.parametrize(
    "further",
    [pytest.param({"kind": 0}, id="no segment"), pytest.param({"heap": 4}, id="of another heap")],
)
def test_what_is_no_segment_of_the_heap_is_not_taken_for_one(
    laid: Laid, further: dict[str, int]
) -> None:
    head, entry = lay_nt(laid), laid.width.entry
    laid.segment(laid.heap, laid.first + entry)
    laid.segment(laid.first, head, **further)
    laid.expect()


def test_a_ring_that_never_closes_ends_the_search(laid: Laid) -> None:
    laid.segment(laid.heap, laid.first + laid.width.entry)
    laid.segment(laid.first, laid.first + laid.width.entry)
    laid.expect(Use.HEAP_SEGMENT)


def lay_blocks(laid: Laid, *blocks: int, committed: int = PAGE, size: int = PAGE) -> int:
    """Large blocks of a heap of the older kind, and where their list has its head."""
    head = lay_nt(laid) - 2 * laid.width.size
    for block in blocks:
        laid.process.write(block, struct.pack(laid.width.block, committed, size))
    laid.ring(head, *blocks)
    return head


def test_large_blocks_are_found_in_the_list_before_that_of_the_segments(laid: Laid) -> None:
    lay_blocks(laid, laid.first, laid.second)
    laid.expect(Use.HEAP_BLOCK, Use.HEAP_BLOCK)


def test_a_large_block_may_begin_anywhere_in_its_allocation(laid: Laid) -> None:
    lay_blocks(laid, laid.first + PAGE // 2)
    laid.expect(Use.HEAP_BLOCK)


@pytest.mark.parametrize(
    ("committed", "size"),
    [
        pytest.param(0, PAGE, id="nothing committed"),
        pytest.param(2 * PAGE, PAGE, id="more committed than there is"),
        pytest.param(16, 16, id="no whole pages"),
    ],
)
def test_what_says_nothing_sensible_of_its_size_is_no_large_block(
    laid: Laid, committed: int, size: int
) -> None:
    lay_blocks(laid, laid.first, committed=committed, size=size)
    laid.expect()


def test_a_list_is_followed_for_as_long_as_its_entries_point_back(laid: Laid) -> None:
    head = lay_blocks(laid, laid.first, laid.second, laid.third)
    laid.put(laid.third, head, laid.first)  # past the second
    laid.expect(Use.HEAP_BLOCK, Use.HEAP_BLOCK)


def test_a_block_is_private_memory_whatever_the_list_says(laid: Laid, target: Target) -> None:
    before = row_at(target, target["mapped"]).use
    lay_blocks(laid, target["mapped"], laid.first)
    laid.expect(Use.HEAP_BLOCK)
    assert row_at(target, target["mapped"]).use is before


@dataclass(frozen=True)
class Layout:
    """Where a segment heap of some Windows has what."""

    width: Width
    tree: int
    contexts: int
    context: int
    """How large each of the two is; the next three are in it."""
    heap: int
    list: int
    count: int
    address: int
    """In a node of the tree of large blocks."""


LAYOUTS = [  # of _SEGMENT_HEAP and _HEAP_SEG_CONTEXT in public symbols
    pytest.param(BITS64, Layout(BITS64, 0x50, 0x70, 0x68, 0x60, 0x20, 0x30, 0x18), id="1709"),
    pytest.param(BITS64, Layout(BITS64, 0x48, 0x100, 0xC0, 0x38, 0x48, 0x58, 0x18), id="1903"),
    pytest.param(BITS64, Layout(BITS64, 0x48, 0x140, 0xC0, 0x38, 0x48, 0x58, 0x18), id="24H2"),
    pytest.param(BITS32, Layout(BITS32, 0x44, 0x100, 0x80, 0x24, 0x44, 0x4C, 0xC), id="32-bit"),
]
every_layout = pytest.mark.parametrize(("width", "layout"), LAYOUTS, indirect=["width"])
GRAINS = -(1 << 16)  # a mask: segments begin where allocations do


def lay_segments(laid: Laid, layout: Layout, *segments: int, count: int | None = None) -> None:
    """A segment heap whose second context has these segments, and whose first has none."""
    laid.segment(laid.heap, 0, kind=SEGMENTS, heap=0)
    room = 1 << 8 * laid.width.size
    for index, of_it in enumerate(((), segments)):
        context = laid.heap + layout.contexts + index * layout.context
        laid.put(context, GRAINS % room)
        laid.put(context + layout.heap, laid.heap)
        laid.put(context + layout.count, len(of_it) if count is None else count)
        laid.ring(context + layout.list, *of_it)
    laid.put(laid.heap + layout.tree, 0, 0)


def lay_node(laid: Laid, layout: Layout, node: int, block: int, **links: int) -> int:
    """A node of the tree of large blocks, in the heap itself: what its left, right, parent are."""
    at = laid.heap + PAGE * (1 + node)
    laid.put(at, *(links.get(name, 0) for name in ("left", "right", "parent")))
    laid.put(at + layout.address, block + 0x123)  # so much of it is unused
    return at


@every_layout
def test_the_segments_of_a_segment_heap_are_found_in_whichever_layout_it_has(
    laid: Laid, layout: Layout
) -> None:
    lay_segments(laid, layout)
    laid.expect()
    lay_segments(laid, layout, laid.first, laid.second)
    laid.expect(Use.HEAP_SEGMENT, Use.HEAP_SEGMENT)


@every_layout
def test_its_large_blocks_are_found_in_their_tree(laid: Laid, layout: Layout) -> None:
    lay_segments(laid, layout)
    top, red = laid.heap + PAGE, 1
    left = lay_node(laid, layout, 1, laid.second, parent=top | red)
    right = lay_node(laid, layout, 2, laid.third, parent=top)
    lay_node(laid, layout, 0, laid.first, left=left, right=right)
    laid.put(laid.heap + layout.tree, top, left)
    laid.expect(Use.HEAP_BLOCK, Use.HEAP_BLOCK, Use.HEAP_BLOCK)
    laid.put(left + 2 * laid.width.size, right)  # it is a child of another
    assert laid.uses()[2:] == [Use.PRIVATE, laid.width.use(Use.HEAP_BLOCK)]
    laid.put(laid.heap + layout.tree, top, left | 1)  # its pointers are encoded
    laid.expect()


@every_layout
@pytest.mark.parametrize("context", [0, 1])
def test_of_a_segment_heap_whose_layout_is_not_known_there_is_the_heap_alone(
    laid: Laid, layout: Layout, context: int
) -> None:
    lay_segments(laid, layout, laid.first)
    lay_node(laid, layout, 0, laid.second)
    laid.put(laid.heap + layout.tree, laid.heap + PAGE, laid.heap + PAGE)
    laid.expect(Use.HEAP_SEGMENT, Use.HEAP_BLOCK)
    laid.put(laid.heap + layout.contexts + context * layout.context + layout.heap, laid.first)
    laid.expect()


@every_layout
def test_a_segment_is_one_of_so_many_and_begins_where_segments_do(
    laid: Laid, layout: Layout
) -> None:
    lay_segments(laid, layout, laid.first, laid.second, count=1)
    laid.expect(Use.HEAP_SEGMENT)
    lay_segments(laid, layout, laid.first, laid.second + PAGE // 2)
    laid.expect(Use.HEAP_SEGMENT)


@pytest.mark.parametrize("width", [BITS64], indirect=True)
def test_a_heap_of_a_kind_that_nobody_knows_is_a_heap_alone(laid: Laid) -> None:
    laid.segment(laid.heap, laid.first + laid.width.entry, kind=0x12345678)
    laid.segment(laid.first, laid.heap + laid.width.entry)
    laid.expect()
