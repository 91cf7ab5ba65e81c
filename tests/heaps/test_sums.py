"""Sums, size classes and growth: what is counted of heap entries agrees with the entries."""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import heaps
from ntpages.errors import NtError
from ntpages.heaps import Heap
from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntlab import Lab

MIB = 1 << 20


@pytest.fixture
def heap() -> Iterator[Heap]:
    """A heap of fixed size: it has no front end, whose blocks Wine 10 leaves out of a walk."""
    with Heap.create(maximum=64 * MIB) as heap:
        yield heap


@pytest.fixture
def growing() -> Iterator[Heap]:
    """One that serves large blocks, too."""
    with Heap.create() as heap:
        yield heap


# ---- Sums ----------------------------------------------------------------------------------------


def sums(table: Table) -> tuple[int, ...]:
    """What a fragmentation should say, counted row by row."""
    used = [row.size for row in table if row.kind == "busy"]
    holes = [row.size for row in table if row.kind == "free"]
    bare = sum(row.size for row in table if row.kind == "uncommitted")
    return len(used), sum(used), len(holes), sum(holes), max(holes, default=0), bare


def in_parts(found: heaps.Fragmentation) -> tuple[int, ...]:
    return (
        found.busy_blocks,
        found.busy,
        found.free_blocks,
        found.free,
        found.largest_free,
        found.uncommitted,
    )


def test_fragmentation_agrees_with_the_walk(heap: Heap) -> None:
    blocks = [heap.allocate(1 + number * 7919 % 5000) for number in range(3000)]
    for block in blocks[::3]:
        block.free()
    walked = heap.walk()
    found = heap.fragmentation()
    assert in_parts(found) == sums(walked) == in_parts(heaps.fragmentation(walked))
    assert found.ratio == 1 - found.largest_free / found.free
    assert 0 < found.ratio < 1


def test_a_heap_without_holes_is_not_fragmented() -> None:
    assert heaps.Fragmentation(1, 10, 0, 0, 0, 0).ratio == 0.0


def test_a_histogram_puts_each_size_into_its_class(growing: Heap) -> None:
    sizes = [0, 1, 16, 17, 32, 33, 64, 65, 1000, 1024, 1025, 3 * MIB]
    blocks = [growing.allocate(size) for size in sizes]
    rows = [row for row in growing.histogram() if row.busy]
    assert [(row.smallest, row.largest, row.busy, row.busy_size) for row in rows] == [
        (0, 16, 3, 17),
        (17, 32, 2, 49),
        (33, 64, 2, 97),
        (65, 128, 1, 65),
        (513, 1024, 2, 2024),
        (1025, 2048, 1, 1025),
        (2 * MIB + 1, 4 * MIB, 1, 3 * MIB),
    ]
    del blocks


def test_a_histogram_agrees_with_the_walk(heap: Heap) -> None:
    blocks = [heap.allocate(1 + number * 7919 % 5000) for number in range(3000)]
    for block in blocks[::3]:
        block.free()
    walked, counted = heap.walk(), heap.histogram()
    assert counted.to_dict() == heaps.histogram(walked).to_dict()
    assert sum(counted.column("busy")) == 2000
    assert sum(counted.column("free_size")) == heap.fragmentation().free
    edges = [(row.smallest, row.largest) for row in counted]
    assert all(here[1] + 1 == there[0] for here, there in pairwise(edges))


def test_a_histogram_of_nothing_is_empty(heap: Heap) -> None:
    nothing = heap.walk()[:0]
    assert len(heaps.histogram(nothing)) == 0
    assert in_parts(heaps.fragmentation(nothing)) == (0,) * 6


def test_a_summary_says_who_counted(growing: Heap) -> None:
    before = growing.summary()
    block = growing.allocate(3 * MIB)
    after = growing.summary()
    assert after.allocated - before.allocated == block.size
    assert after.committed - before.committed >= block.size
    assert after.reserved >= after.committed >= after.allocated
    assert after.source in {"HeapSummary", "walk"}


def test_windows_own_summary_is_preferred_where_it_works(heap: Heap, lab: Lab) -> None:
    lab.model("heaps")
    lab.hide("wine_get_version")
    assert heap.summary() == heaps.HeapSummary(1000, 2000, 3000, 4000, "HeapSummary")
    lab.fail("HeapSummary", code=87)
    with pytest.raises(NtError) as refused:
        heap.summary()
    assert (refused.value.call, refused.value.code) == ("HeapSummary", 87)


def test_without_windows_own_summary_the_heap_is_walked(heap: Heap, lab: Lab) -> None:
    lab.hide("wine_get_version")
    lab.hide("HeapSummary")
    assert heap.summary().source == "walk"


# ---- What grew -----------------------------------------------------------------------------------


def test_what_appeared_and_stayed_is_told_by_size(heap: Heap) -> None:
    kept = [heap.allocate(100) for _ in range(10)]
    doomed = [heap.allocate(333) for _ in range(4)]
    before = heap.walk()
    leaked = [heap.allocate(5000) for _ in range(7)]
    small = heap.allocate(200)
    heap.allocate(1234).free()  # came and went
    for block in doomed:
        block.free()
    grown = heaps.diff(before, heap.walk())
    rows = [(row.size, row.appeared, row.vanished, row.growth) for row in grown]
    assert rows == [(5000, 7, 0, 35_000), (200, 1, 0, 200), (333, 0, 4, -1332)]
    assert grown[0].address in {block.address for block in leaked}
    assert (grown[1].address, grown[2].address) == (small.address, 0)
    assert len(kept) == 10


def test_nothing_grows_between_a_walk_and_itself(heap: Heap) -> None:
    blocks = [heap.allocate(number) for number in range(100)]
    walked = heap.walk()
    assert len(heaps.diff(walked, walked)) == 0
    assert len(heaps.diff(walked, heap.walk())) == 0
    del blocks


@pytest.mark.parametrize(
    "columns",
    [
        {"address": [1], "size": [1]},
        {"address": [1], "size": [1], "kind": ["busy"]},
        {"address": [1], "size": [1], "kind": memoryview(b"\x00")},
    ],
)
def test_a_table_of_something_else_is_refused(columns: dict[str, Any], heap: Heap) -> None:
    table = Table("something", columns)
    uses: dict[Callable[[Table], object], str] = {
        heaps.histogram: "entries",
        heaps.fragmentation: "entries",
        lambda each: heaps.diff(each, heap.walk()): "before",
        lambda each: heaps.diff(heap.walk(), each): "after",
    }
    for use, name in uses.items():
        with pytest.raises(ValueError, match=f"^{name} must be a table of heap entries: it has no"):
            use(table)


def test_two_tables_are_compared_and_nothing_else(heap: Heap) -> None:
    walked = heap.walk()
    for other in (None, 5, "words", [walked], walked.to_dict()):
        no_table: Any = other
        with pytest.raises(TypeError, match=r"^before must be a Table, not "):
            heaps.diff(no_table, walked)
        with pytest.raises(TypeError, match=r"^after must be a Table, not "):
            heaps.diff(walked, no_table)
        for use in (heaps.histogram, heaps.fragmentation):
            with pytest.raises(TypeError, match=r"^entries must be a Table, not "):
                use(no_table)


def test_a_saved_walk_is_as_good_as_a_walk(heap: Heap) -> None:
    blocks = [heap.allocate(1 + number * 7919 % 5000) for number in range(300)]
    for block in blocks[::3]:
        block.free()
    walked = heap.walk()
    saved = Table(
        "read from a file",
        {
            "kind": walked.column("kind").tolist(),
            "size": array("Q", walked.column("size")),
            "address": array("Q", walked.column("address")),
        },
    )
    assert heaps.histogram(saved).to_dict() == heaps.histogram(walked).to_dict()
    assert heaps.fragmentation(saved[7:]) == heaps.fragmentation(walked[7:])
    assert len(heaps.diff(saved, walked)) == 0


def test_a_saved_walk_has_entries_of_known_kinds() -> None:
    table = Table("t", {"address": array("Q", [1]), "size": array("Q", [1]), "kind": ["lost"]})
    with pytest.raises(
        ValueError, match=r"^entries must be .*busy, free, uncommitted or region, not lost"
    ):
        heaps.histogram(table)
