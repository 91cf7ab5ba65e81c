"""Walking heaps of this process: every entry, sums that agree, and nothing disturbed."""

from __future__ import annotations

import ctypes
import random
import subprocess
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from ntpages import heaps
from ntpages.errors import CorruptHeapError, NtError, OutOfMemoryError, UnavailableError
from ntpages.heaps import EntryFlag, Fragmentation, Heap, HeapSummary
from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30
PATIENCE = 60  # seconds for what takes one

kernel = ctypes.WinDLL("kernel32")
kernel.HeapCreate.restype = ctypes.c_void_p
kernel.HeapDestroy.argtypes = [ctypes.c_void_p]
kernel.HeapAlloc.restype = ctypes.c_void_p
kernel.HeapAlloc.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_size_t]
runtime = ctypes.CDLL("ucrtbase")
runtime.malloc.restype = ctypes.c_void_p
runtime.free.argtypes = [ctypes.c_void_p]


@pytest.fixture
def heap() -> Iterator[Heap]:
    """A heap of fixed size: it has no front end, whose blocks Wine 10 leaves out of a walk."""
    with Heap.create(maximum=64 * MIB) as heap:
        yield heap


@pytest.fixture
def growing() -> Iterator[Heap]:
    with Heap.create() as heap:
        yield heap


def busy(table: Table) -> dict[int, int]:
    """The blocks in use: size by address."""
    return {row.address: row.size for row in table if row.kind == "busy"}


# ---- What a walk finds ---------------------------------------------------------------------------


def test_a_walk_finds_every_block_where_it_is_and_as_large_as_it_was_asked_for(heap: Heap) -> None:
    blocks = [heap.allocate(1 + number * 37 % 3000) for number in range(1000)]
    assert busy(heap.walk()) == {block.address: block.size for block in blocks}


def test_the_seeds_exercise_shows_the_blocks_and_their_attributes(heap: Heap) -> None:
    block = heap.allocate(100)
    lines = [
        f"{row.address:#x} {row.size} {row.overhead} {row.flags!r} {row.region} {row.kind}"
        for row in heap.walk()
    ]
    assert any(line.startswith(f"{block.address:#x} 100 ") and "BUSY" in line for line in lines)
    assert any(line.endswith(" region") for line in lines)


def test_freed_blocks_are_free_and_the_rest_of_a_region_uncommitted(heap: Heap) -> None:
    blocks = [heap.allocate(5000) for _ in range(100)]
    for block in blocks[::2]:
        block.free()
    walked = heap.walk()
    kinds = Counter(walked.column("kind").tolist())
    assert kinds["busy"] == 50
    assert kinds["free"] >= 49
    assert kinds["region"] >= 1
    region = next(row for row in walked if row.kind == "region")
    end = region.address + region.size
    inside = [row for row in walked if row.kind != "region" and region.address <= row.address < end]
    borders = [*(row.address for row in inside[1:]), end]
    for row, border in zip(inside, borders, strict=True):
        assert row.address + row.size <= border, row


def test_a_large_block_is_found_outside_the_regions(growing: Heap) -> None:
    block = growing.allocate(8 * MIB)
    assert busy(growing.walk())[block.address] == 8 * MIB
    assert growing.summary().committed >= 8 * MIB


def test_sizes_above_4_gib_are_told_in_full(growing: Heap) -> None:
    try:
        block = growing.allocate(4 * GIB + 64 * KIB)
    except OutOfMemoryError:
        pytest.skip("this machine can't commit 4 GiB")
    assert busy(growing.walk())[block.address] == 4 * GIB + 64 * KIB
    block.free()


def test_the_c_runtimes_blocks_are_in_the_default_heap() -> None:
    sizes = [12_345 + 1000 * number for number in range(5)]  # too few to wake a front end
    addresses = [runtime.malloc(size) for size in sizes]
    try:
        found = busy(Heap.default().walk())
        assert set(zip(addresses, sizes, strict=True)) <= set(found.items())
    finally:
        for address in addresses:
            runtime.free(address)


def test_every_heap_of_the_process_can_be_walked() -> None:
    for heap in heaps.heaps():
        assert len(heap.walk()) > 0, heap
        assert heap.validate()


def test_flags_of_rows_are_named_and_columns_are_numbers(heap: Heap) -> None:
    block = heap.allocate(100)
    walked = heap.walk()
    assert {type(row.flags) for row in walked} == {EntryFlag}
    [mine] = [row for row in walked if row.address == block.address]
    assert EntryFlag.BUSY in mine.flags
    assert EntryFlag.SEGMENT in walked[0].flags
    assert {type(cell) for cell in walked.column("flags")} == {int}


def test_a_table_has_the_columns_it_promises(heap: Heap) -> None:
    assert heap.walk().names == ("address", "size", "overhead", "flags", "region", "kind")


# ---- Nothing is disturbed ------------------------------------------------------------------------


def test_a_walk_changes_nothing(heap: Heap) -> None:
    blocks = [heap.allocate(number % 2000) for number in range(20_000)]
    first, second = heap.walk(), heap.walk()
    assert first.to_dict() == second.to_dict()
    assert len(busy(first)) == len(blocks)


def test_while_a_heap_is_locked_memory_comes_from_virtualalloc_alone(lab: Lab) -> None:
    heap = Heap.default()
    heap.walk()
    lab.record(*(each.name for each in lab.functions() if each.name != "RtlWalkHeap"))  # millions
    heap.walk()
    heap.histogram()
    names = [call.name for call in lab.calls() if call.thread == threading.get_native_id()]
    held: set[str] = set()
    inside = False
    for name in names:
        if name in {"HeapLock", "HeapUnlock"}:
            inside = name == "HeapLock"
        elif inside:
            held.add(name)
    assert lab.count("RtlWalkHeap") > 0
    assert held <= {"HeapValidate", "VirtualAlloc", "VirtualFree", "GetLastError", "SetLastError"}


def test_walking_the_c_runtimes_heap_while_threads_use_it() -> None:
    stop = threading.Event()

    def churn(number: int) -> None:
        while not stop.is_set():
            kept = [runtime.malloc(100 + number + size) for size in range(50)]
            for address in kept:
                runtime.free(address)

    threads = [threading.Thread(target=churn, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            for heap in heaps.heaps():
                assert len(heap.walk()) > 0
                heap.fragmentation()
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)
    assert all(heap.validate() for heap in heaps.heaps())


@pytest.mark.usefixtures("arena_taken")
def test_a_walk_without_memory_leaves_the_heap_unlocked(heap: Heap, lab: Lab) -> None:
    # Blocks that ntpages knows nothing of: more than it makes room for at first.
    blocks = [kernel.HeapAlloc(heap.address, 0, 8) for _ in range(10_000)]
    for nth in (1, 2, 3):
        lab.fail("VirtualAlloc", nth=nth)
        with pytest.raises(OutOfMemoryError) as refused:
            heap.walk()
        assert refused.value.call == "VirtualAlloc"
    thread = threading.Thread(target=lambda: heap.allocate(8))
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert len(busy(heap.walk())) == len(blocks)


def test_a_walk_that_windows_breaks_off_is_an_error(heap: Heap, lab: Lab) -> None:
    for walk in (heap.walk, heap.histogram, heap.fragmentation):
        lab.fail("RtlWalkHeap", nth=2)
        with pytest.raises(NtError) as refused:
            walk()
        assert (refused.value.call, refused.value.status) == ("RtlWalkHeap", 0xC000000D)
    heap.close()
    assert heap.closed


def test_a_windows_that_cannot_walk_says_so(heap: Heap, lab: Lab) -> None:
    lab.hide("RtlWalkHeap")
    with pytest.raises(UnavailableError, match="RtlWalkHeap"):
        heap.walk()


# ---- Heaps of others -----------------------------------------------------------------------------


def test_a_heap_that_others_destroyed_is_closed() -> None:
    handle = kernel.HeapCreate(0, ctypes.c_size_t(0), ctypes.c_size_t(0))
    heap = Heap.at(handle)
    assert len(heap.walk()) > 0
    kernel.HeapDestroy(handle)
    for use in (heap.walk, heap.summary, heap.validate, heap.compact, lambda: heap.kind):
        with pytest.raises(ValueError, match="Heap is closed"):
            use()


def test_a_heap_of_others_without_a_lock_is_left_alone() -> None:
    handle = kernel.HeapCreate(1, ctypes.c_size_t(0), ctypes.c_size_t(0))
    try:
        heap = Heap.at(handle)
        for use in (heap.walk, heap.summary, heap.histogram):
            with pytest.raises(ValueError, match="made without a lock, by other code"):
                use()
    finally:
        kernel.HeapDestroy(handle)


def test_our_heap_without_a_lock_is_walked_all_the_same() -> None:
    with Heap.create(serialize=False) as heap:
        block = heap.allocate(77)
        assert busy(heap.walk()) == {block.address: 77}


def test_a_closed_heap_is_not_walked() -> None:
    heap = Heap.create()
    heap.close()
    for use in (heap.walk, heap.summary, heap.histogram, heap.fragmentation, heap.validate):
        with pytest.raises(ValueError, match="Heap is closed"):
            use()


# ---- Corruption ----------------------------------------------------------------------------------

# Writes past the end of a block, in a process of its own, and prints how each call ends: what it
# tells, or the name of the error and of what had been found.
OVERRUN = """
import ctypes, os, sys
from ntpages.heaps import Heap
owner, byte = sys.argv[1], int(sys.argv[2])
if owner == "ours":
    heap = Heap.create(maximum=1 << 20)
    blocks = [heap.allocate(100).__enter__() for _ in range(10)]
    address = blocks[4].address
else:
    kernel = ctypes.WinDLL("kernel32")
    kernel.HeapCreate.restype = kernel.HeapAlloc.restype = ctypes.c_void_p
    kernel.HeapAlloc.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_size_t]
    heap = Heap.at(kernel.HeapCreate(0, ctypes.c_size_t(0), ctypes.c_size_t(1 << 20)))
    address = [kernel.HeapAlloc(heap.address, 0, 100) for _ in range(10)][4]
assert heap.validate() and heap.fragmentation().busy_blocks == 10
ctypes.memset(address, byte, 100 + 64)
print(heap.validate())
for use in (heap.walk, heap.histogram, heap.fragmentation, heap.summary):
    try:
        print(use.__name__, "told", use())
    except OSError as error:
        kind = type(error).__name__
        print(use.__name__, kind, type(error.found).__name__, "corrupt" in str(error))
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.parametrize("byte", [0, 1, 0xEE, 0xFF])
@pytest.mark.parametrize("owner", ["ours", "others"])
def test_a_heap_that_something_wrote_over_is_never_told_as_whole(owner: str, byte: int) -> None:
    words = [sys.executable, "-c", OVERRUN, owner, str(byte)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.split("\n")[:-1] == [
        "False",
        "walk CorruptHeapError Table True",
        "histogram CorruptHeapError Table True",
        "fragmentation CorruptHeapError Fragmentation True",
        "summary CorruptHeapError HeapSummary True",
    ], done.stderr


def test_what_was_found_of_a_corrupt_heap_is_on_the_error(heap: Heap, lab: Lab) -> None:
    for _ in range(5):
        heap.allocate(100).__enter__()
    whole = heap.walk()
    kinds: dict[str, type] = {
        "walk": Table,
        "histogram": Table,
        "fragmentation": Fragmentation,
        "summary": HeapSummary,
    }
    for name, kind in kinds.items():
        lab.fail("RtlWalkHeap", nth=4)
        lab.fail("HeapValidate")
        with pytest.raises(CorruptHeapError, match=f"heap {heap.address:#x}.*is corrupt") as broken:
            getattr(heap, name)()
        assert (broken.value.call, broken.value.status) == ("RtlWalkHeap", 0xC0000374)
        assert isinstance(broken.value.found, kind)
        if name == "walk":
            found = broken.value.found
            assert isinstance(found, Table)
            assert found.to_dict() == whole[:3].to_dict()


def test_a_walk_that_ends_before_all_our_blocks_came_is_none(heap: Heap, lab: Lab) -> None:
    blocks = [heap.allocate(100) for _ in range(5)]
    rows = len(heap.walk())
    lab.fail("RtlWalkHeap", nth=rows - 1, code=0x8000001A)  # "no more entries"
    lab.fail("HeapValidate")
    with pytest.raises(CorruptHeapError):
        heap.walk()
    assert lab.refused == 2
    assert len(blocks) == heap.blocks


def test_only_of_a_heap_whose_blocks_are_not_known_are_the_records_looked_at(
    heap: Heap, lab: Lab
) -> None:
    blocks = [heap.allocate(size) for size in (100, 1000, 10_000)]
    heap.walk()
    heap.summary()
    assert lab.count("HeapValidate") == 0
    Heap.default().walk()
    assert lab.count("HeapValidate") == 1
    assert len(blocks) == heap.blocks


def test_a_sound_heap_is_walked_whatever_was_done_in_it(heap: Heap, growing: Heap) -> None:
    chance = random.Random(4)
    for each in (heap, growing, Heap.default()):
        blocks = [each.allocate(chance.randrange(100_000)) for _ in range(200)]
        for block in chance.sample(blocks, 100):
            block.free()
        assert each.walk().to_dict().keys()
        assert each.fragmentation().busy > 0
    large = [growing.allocate(size << 20) for size in (1, 2, 3)]
    large.pop(1).free()
    assert {block.address for block in large} <= {*busy(growing.walk())}


# ---- To the last field ---------------------------------------------------------------------------


def test_details_begin_with_what_every_walk_tells(heap: Heap) -> None:
    heap.allocate(100)
    plain, detailed = heap.walk(), heap.walk(details=True)
    assert detailed.names == (
        *plain.names, "committed", "uncommitted", "first", "last", "handle"
    )  # fmt: skip
    assert [tuple(row)[:6] for row in detailed] == [tuple(row) for row in plain]


def test_a_region_tells_of_its_memory_and_of_its_first_and_last_block(heap: Heap) -> None:
    blocks = [heap.allocate(100) for _ in range(50)]
    rows = list(heap.walk(details=True))
    [region] = [row for row in rows if row.kind == "region"]
    assert region.committed > 0
    assert region.committed + region.uncommitted == region.size
    assert region.address < region.first <= min(block.address for block in blocks)
    assert max(block.address for block in blocks) < region.last <= region.address + region.size
    for row in rows:
        if row.kind != "region":
            assert (row.committed, row.uncommitted, row.first, row.last) == (0, 0, 0, 0)


def test_a_block_that_may_move_tells_of_its_handle(lab: Lab, heap: Heap) -> None:
    movable, other = heap.allocate(100), heap.allocate(100)
    lab.model("heaps").movable(movable.address, 0x970008)
    rows = {row.address: row for row in heap.walk(details=True)}
    assert rows[movable.address].handle == 0x970008
    assert EntryFlag.MOVABLE in rows[movable.address].flags
    assert rows[other.address].handle == 0
    assert {row.handle for row in rows.values() if row.kind != "busy"} <= {0}


def test_details_are_asked_for_by_a_truth(heap: Heap) -> None:
    with pytest.raises(TypeError, match="details must be a bool"):
        heap.walk(details=1)  # type: ignore[call-overload]
