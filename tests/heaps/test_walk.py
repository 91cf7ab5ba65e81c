"""Walking heaps of this process: every entry, sums that agree, and nothing disturbed."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from ntpages import heaps
from ntpages.errors import NtError, OutOfMemoryError, UnavailableError
from ntpages.heaps import Heap
from ntpages.system import windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab
    from ntpages.table import Table

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
        f"{row.address:#x} {row.size} {row.overhead} {row.flags:#x} {row.region} {row.kind}"
        for row in heap.walk()
    ]
    assert any(line.startswith(f"{block.address:#x} 100 ") for line in lines)
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
    inside = [
        row
        for row in walked
        if row.kind != "region" and region.address <= row.address < region.address + region.size
    ]
    assert sum(row.size + row.overhead for row in inside) <= region.size


def test_a_large_block_is_found_outside_the_regions(heap: Heap) -> None:
    block = heap.allocate(8 * MIB)
    assert busy(heap.walk())[block.address] == 8 * MIB
    assert heap.summary().committed >= 8 * MIB


def test_sizes_above_4_gib_are_told_in_full(heap: Heap) -> None:
    try:
        block = heap.allocate(4 * GIB + 64 * KIB)
    except OutOfMemoryError:
        pytest.skip("this machine can't commit 4 GiB")
    assert busy(heap.walk())[block.address] == 4 * GIB + 64 * KIB
    block.free()


def test_the_c_runtimes_blocks_are_in_the_default_heap() -> None:
    sizes = [12_345 + number for number in range(20)]
    addresses = [runtime.malloc(size) for size in sizes]
    try:
        # Wine's runtime has a heap of its own.
        where = heaps.heaps() if windows().wine else [Heap.default()]
        found = [block for heap in where for block in busy(heap.walk()).items()]
        assert set(zip(addresses, sizes, strict=True)) <= set(found)
    finally:
        for address in addresses:
            runtime.free(address)


def test_every_heap_of_the_process_can_be_walked() -> None:
    for heap in heaps.heaps():
        assert len(heap.walk()) > 0, heap
        assert heap.validate()


def test_a_table_has_the_columns_it_promises(heap: Heap) -> None:
    assert heap.walk().names == ("address", "size", "overhead", "flags", "region", "kind")


# ---- Nothing is disturbed ------------------------------------------------------------------------


def test_a_walk_changes_nothing(heap: Heap) -> None:
    blocks = [heap.allocate(number) for number in range(20_000)]
    first, second = heap.walk(), heap.walk()
    assert first.to_dict() == second.to_dict()
    assert len(busy(first)) == len(blocks)


def test_while_a_heap_is_locked_memory_comes_from_virtualalloc_alone(lab: Lab) -> None:
    heap = Heap.default()
    heap.walk()
    lab.record()
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
    assert "RtlWalkHeap" in held
    assert held <= {"RtlWalkHeap", "VirtualAlloc", "VirtualFree", "GetLastError", "SetLastError"}


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

OVERRUN = """
import ctypes
from ntpages.heaps import Heap
heap = Heap.create()
blocks = [heap.allocate(100) for _ in range(10)]
assert heap.validate() and heap.validate(blocks[4])
ctypes.memset(blocks[4].address, 0xEE, 100 + 64)
print(heap.validate(), flush=True)
import os
os._exit(0)
"""


def test_an_overrun_is_found_by_validating() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OVERRUN], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stdout.strip() == "False", done.stderr
