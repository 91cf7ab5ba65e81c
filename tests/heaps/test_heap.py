"""Heaps and their blocks: what lives how long, and what is refused."""

from __future__ import annotations

import ctypes
import gc
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import heaps
from ntpages.errors import NtError, OutOfMemoryError
from ntpages.heaps import Heap, HeapKind, Pool
from ntpages.system import windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

KIB = 1 << 10
MIB = 1 << 20
WINE = windows().wine


@pytest.fixture
def heap() -> Iterator[Heap]:
    with Heap.create() as heap:
        yield heap


# ---- Facts about real Windows, which Wine's own conformance tests state -------------------------


def test_creating_a_heap_adds_one_to_the_list_and_closing_takes_it_away() -> None:
    before = heaps.heaps()
    with Heap.create() as heap:
        assert heap.address % (64 * KIB) == 0
        now = heaps.heaps()
        assert heap in now
        assert len(now) == len(before) + 1
        assert now[0] == Heap.default()
    assert len(heaps.heaps()) == len(before)
    assert heap not in heaps.heaps()


@pytest.mark.windows(reason="Wine lists new heaps where it likes")
def test_new_heaps_are_listed_last_in_the_order_of_their_making() -> None:
    with Heap.create() as first, Heap.create() as second:
        assert heaps.heaps()[-2:] == [first, second]


def test_a_sound_heap_and_its_blocks_are_valid(heap: Heap) -> None:
    block = heap.allocate(100)
    assert heap.validate() is True
    assert heap.validate(block) is True


def test_what_windows_would_take_for_nothing_or_find_invalid_never_gets_there(
    heap: Heap, lab: Lab
) -> None:
    # HeapFree takes NULL, HeapReAlloc refuses it, and HeapValidate finds a freed block invalid.
    block = heap.allocate(100)
    block.free()
    uses: list[Any] = [heap.free, heap.validate, heap.size, lambda each: heap.reallocate(each, 5)]
    functions = ("HeapFree", "HeapValidate", "HeapSize", "HeapReAlloc")
    before = [lab.count(name) for name in functions]
    for use in uses:
        with pytest.raises(ValueError, match="Block is closed"):
            use(block)
    for use in uses[:1] + uses[2:]:  # validate() without a block is for the whole heap
        with pytest.raises(TypeError, match="block must be a Block, not None"):
            use(None)
    assert [lab.count(name) for name in functions] == before
    assert heap.validate()


def test_a_block_of_no_bytes_is_a_block(heap: Heap) -> None:
    block = heap.allocate(0)
    assert block.address
    assert heap.size(block) == block.size == 0
    assert bytes(block) == b""
    grown = heap.reallocate(heap.allocate(10), 0)
    assert grown.address
    assert heap.size(grown) == 0


def test_an_impossible_growth_is_refused_and_leaves_the_block_as_it_was(heap: Heap) -> None:
    with pytest.raises(OutOfMemoryError, match=r"HeapAlloc failed \(\d+ bytes\)"):
        heap.allocate(2**63 - 2)
    block = heap.allocate(4)
    memoryview(block)[:] = b"kept"
    with pytest.raises(OutOfMemoryError) as refused:
        heap.reallocate(block, 2**47)
    assert (refused.value.call, refused.value.code) == ("HeapReAlloc", 8)
    assert bytes(block) == b"kept"
    assert heap.validate()


@pytest.mark.parametrize("size", [1, 256 * KIB, MIB])
def test_the_heap_knows_the_exact_size_of_a_block(heap: Heap, size: int) -> None:
    block = heap.allocate(size)
    assert heap.size(block) == block.size == len(memoryview(block)) == size


def test_blocks_are_aligned_to_16_bytes(heap: Heap) -> None:
    blocks = [heap.allocate(size) for size in range(1, 100)]
    assert {block.address % 16 for block in blocks} == {0}


def test_zeroed_blocks_are_zero_and_so_is_what_growing_adds(heap: Heap) -> None:
    for _ in range(50):  # used memory, so that zeros are no luck
        with heap.allocate(4 * KIB) as used:
            memoryview(used)[:] = b"\xff" * (4 * KIB)
        block = heap.allocate(KIB, zero=True)
        assert bytes(block) == bytes(KIB)
        memoryview(block)[:] = b"\xee" * KIB
        heap.reallocate(block, 4 * KIB, zero=True)
        assert bytes(block) == b"\xee" * KIB + bytes(3 * KIB)
        block.free()


def test_a_block_of_a_heap_of_fixed_size_shrinks_and_grows_in_place() -> None:
    with Heap.create(maximum=MIB) as heap:
        block = heap.allocate(512 * KIB)
        address = block.address
        for size in (384 * KIB, 512 * KIB):
            assert heap.reallocate(block, size, in_place=True) is block
            assert (block.address, block.size) == (address, size)


def test_a_heap_of_fixed_size_serves_no_large_block() -> None:
    with Heap.create(maximum=2 * MIB) as heap, pytest.raises(OutOfMemoryError) as refused:
        heap.allocate(MIB)
    assert refused.value.code == 8


@pytest.mark.skipif(
    WINE is not None and int(WINE.split(".")[0]) < 10, reason="Wine 8 has less overhead"
)
def test_a_little_of_a_heap_of_fixed_size_is_overhead() -> None:
    with Heap.create(maximum=256 * KIB) as heap:
        heap.allocate(256 * KIB - 0xC00).free()
        with pytest.raises(OutOfMemoryError) as refused:
            heap.allocate(256 * KIB - 0x600)
        assert refused.value.code == 8


@pytest.mark.windows(reason="Wine keeps the tail, and grows into it again")
def test_a_large_block_that_was_shrunk_in_place_does_not_grow_again(heap: Heap) -> None:
    block = heap.allocate(MIB)
    heap.reallocate(block, 512 * KIB, in_place=True)
    with pytest.raises(OutOfMemoryError) as refused:
        heap.reallocate(block, MIB, in_place=True)
    assert refused.value.code == 8


# ---- Heaps --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "rule"),
    [
        ({"initial": -1}, r"initial must be from 0 to \d+ bytes, not -1"),
        ({"maximum": 2**48}, r"maximum must be from 0 to \d+ bytes, not 281474976710656"),
        ({"initial": 9, "maximum": 8}, r"initial must be at most maximum \(8 bytes\), not 9"),
    ],
)
def test_sizes_of_a_heap_have_rules(sizes: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        Heap.create(**sizes)


def test_a_heap_is_not_made_by_calling_its_class() -> None:
    with pytest.raises(TypeError, match=r"Heap\.create"):
        Heap()


def test_a_heap_that_cannot_be_had_says_so(lab: Lab) -> None:
    lab.fail("HeapCreate")
    with pytest.raises(OutOfMemoryError) as refused:
        Heap.create()
    assert refused.value.call == "HeapCreate"


def test_flags_reach_windows_and_exceptions_are_never_asked_for(lab: Lab) -> None:
    lab.record("HeapCreate")
    Heap.create(serialize=False).close()
    Heap.create(4096, MIB, executable=True).close()
    assert [call.arguments[:3] for call in lab.calls()] == [(1, 0, 0), (0x40000, 4096, MIB)]


def test_two_objects_for_one_heap_are_equal_and_close_together() -> None:
    heap = Heap.create()
    same = Heap.at(heap.address)
    assert same == heap
    assert hash(same) == hash(heap)
    assert same != Heap.default()
    assert same != heap.address
    same.close()
    assert heap.closed
    with pytest.raises(ValueError, match="Heap is closed"):
        heap.allocate(1)


@pytest.mark.parametrize("address", [0, 12345, 2**63, -1])
def test_there_is_no_heap_at_an_address_of_nothing(address: int) -> None:
    with pytest.raises(ValueError, match=r"Heap is closed|no heap|address must be from 0"):
        Heap.at(address)


def test_a_heap_lives_as_long_as_a_block_of_it() -> None:
    before = len(heaps.heaps())
    block = Heap.create().allocate(3)
    gc.collect()
    assert len(heaps.heaps()) == before + 1
    memoryview(block)[:] = b"abc"
    del block
    gc.collect()
    assert len(heaps.heaps()) == before


def test_a_forgotten_block_is_freed(heap: Heap) -> None:
    for _ in range(1000):
        heap.allocate(64 * KIB)
    assert heap.blocks == 0
    assert heap.fragmentation().busy_blocks == 0


def test_closing_a_heap_kills_its_blocks() -> None:
    heap = Heap.create()
    block = heap.allocate(10)
    heap.close()
    heap.close()
    assert not block.live
    assert repr(block) == "<Block, freed>"
    for use in (lambda: block.address, lambda: block.size, block.free, lambda: memoryview(block)):
        with pytest.raises(ValueError, match="is closed"):
            use()


def test_a_heap_with_a_view_does_not_close() -> None:
    heap = Heap.create()
    block = heap.allocate(10)
    with memoryview(block):
        with pytest.raises(BufferError, match="Heap is in use"):
            heap.close()
        assert not heap.closed
    heap.close()


def test_closing_a_heap_that_windows_keeps_is_an_error(lab: Lab) -> None:
    heap = Heap.create()
    lab.fail("HeapDestroy")
    with pytest.raises(NtError) as refused:
        heap.close()
    assert refused.value.call == "HeapDestroy"
    assert not heap.closed
    heap.allocate(1).free()
    heap.close()
    assert heap.closed


def test_closing_a_heap_of_others_does_nothing() -> None:
    with Heap.default() as heap:
        pass
    assert not heap.closed
    assert heap.validate()


def test_nothing_is_allocated_from_a_heap_of_others(heap: Heap) -> None:
    others = [other for other in heaps.heaps() if not other.owned and other != Heap.default()]
    assert others, "the C runtime has one"
    for other in others:
        with pytest.raises(ValueError, match="that other code made"):
            other.allocate(1)
    assert heap.owned


def test_the_default_heap_gives_blocks() -> None:
    with Heap.default().allocate(5, zero=True) as block:
        assert bytes(block) == bytes(5)


def test_a_heap_of_fixed_size_is_an_nt_heap_without_a_front_end() -> None:
    with Heap.create(maximum=MIB) as heap:
        blocks = [heap.allocate(32) for _ in range(100)]
        assert heap.kind is HeapKind.NT
    assert len(blocks) == 100


def test_the_front_end_is_told_from_the_heap(heap: Heap, lab: Lab) -> None:
    lab.fail("HeapQueryInformation")
    with pytest.raises(NtError) as refused:
        heap.kind  # noqa: B018
    assert refused.value.call == "HeapQueryInformation"


def test_the_front_end_that_windows_tells_makes_the_kind(heap: Heap) -> None:
    kernel, front_end = ctypes.WinDLL("kernel32"), ctypes.c_ulong(2)  # the low-fragmentation one
    of, at = ctypes.c_void_p(heap.address), ctypes.byref(front_end)
    assert kernel.HeapSetInformation(of, 0, at, ctypes.c_size_t(4))
    assert kernel.HeapQueryInformation(of, 0, at, ctypes.c_size_t(4), None)
    told = {0: HeapKind.NT, 2: HeapKind.LOW_FRAGMENTATION}  # Wine 8 takes it and tells 0
    assert heap.kind is told[front_end.value]


def test_a_segment_heap_is_known_by_its_signature(heap: Heap) -> None:
    signature = ctypes.c_uint32.from_address(heap.address + 0x10)
    of_an_nt_heap, signature.value = signature.value, 0xDDEEDDEE
    try:
        assert heap.kind is HeapKind.SEGMENT
    finally:
        signature.value = of_an_nt_heap
    assert heap.kind is not HeapKind.SEGMENT


def test_compacting_answers(heap: Heap) -> None:
    assert heap.compact() >= 0


def test_a_refused_compaction_is_an_error(heap: Heap, lab: Lab) -> None:
    lab.fail("HeapCompact", code=6)
    with pytest.raises(NtError) as refused:
        heap.compact()
    assert (refused.value.call, refused.value.code) == ("HeapCompact", 6)


def test_terminating_on_corruption_is_asked_for_the_whole_process(lab: Lab) -> None:
    lab.record("HeapSetInformation")
    lab.fail("HeapSetInformation", value=1, code=0)  # not in this process, which has to go on
    heaps.terminate_on_corruption()
    assert lab.calls()[0].arguments[:4] == (0, 1, 0, 0)
    lab.fail("HeapSetInformation")
    with pytest.raises(NtError) as refused:
        heaps.terminate_on_corruption()
    assert refused.value.call == "HeapSetInformation"


# ---- Blocks -------------------------------------------------------------------------------------


def test_a_block_is_one_writable_buffer(heap: Heap) -> None:
    with heap.allocate(4) as block, memoryview(block) as view:
        assert (view.format, view.itemsize, view.shape, view.readonly) == ("B", 1, (4,), False)
        view[:] = b"data"
        assert bytes(block) == b"data"


@pytest.mark.parametrize("size", [-1, 2**63, 2**64, -(2**70)])
def test_a_size_out_of_range_is_named(heap: Heap, size: int) -> None:
    with pytest.raises(ValueError, match=rf"size must be from 0 to .* bytes, not {size}"):
        heap.allocate(size)
    with pytest.raises(ValueError, match=rf"size must be from 0 to .* bytes, not {size}"):
        heap.reallocate(heap.allocate(1), size)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), {}),
        ((1, 2), {}),
        ((1,), {"size": 2}),
        ((1,), {"zeros": True}),
        (("8",), {}),
        ((8.0,), {}),
        ((None,), {}),
    ],
)
def test_allocating_takes_a_size_and_nothing_else(
    heap: Heap, arguments: tuple[int, ...], named: dict[str, bool]
) -> None:
    with pytest.raises(TypeError):
        heap.allocate(*arguments, **named)
    assert heap.blocks == 0


def test_allocating_takes_its_size_by_name_and_as_any_integer(heap: Heap) -> None:
    class Seven:
        def __index__(self) -> int:
            return 7

    assert heap.allocate(size=7, zero=True).size == 7
    assert heap.allocate(Seven()).size == 7  # type: ignore[arg-type]


def test_a_block_is_freed_once(heap: Heap, lab: Lab) -> None:
    block = heap.allocate(10)
    block.free()
    assert not block.live
    freed = lab.count("HeapFree")
    with pytest.raises(ValueError, match="Block is closed"):
        block.free()
    with pytest.raises(ValueError, match="Block is closed"):
        heap.free(block)
    with pytest.raises(ValueError, match="Block is closed"):
        heap.size(block)
    assert lab.count("HeapFree") == freed, "refused before Windows was asked"


def test_a_block_of_another_heap_is_refused_before_windows_sees_it(heap: Heap, lab: Lab) -> None:
    with Heap.create() as other:
        block = other.allocate(10)
        for use in (heap.free, heap.size, heap.validate, lambda each: heap.reallocate(each, 5)):
            with pytest.raises(ValueError, match="not from this heap"):
                use(block)
        assert {lab.count(name) for name in ("HeapFree", "HeapSize", "HeapReAlloc")} == {0}
        assert block.live


def test_what_is_no_block_is_refused(heap: Heap) -> None:
    uses: list[Any] = [heap.free, heap.size, heap.validate, lambda each: heap.reallocate(each, 5)]
    for use in uses:
        with pytest.raises(TypeError, match="block must be a Block"):
            use(b"bytes")


def test_a_block_with_a_view_is_neither_freed_nor_moved(heap: Heap) -> None:
    block = heap.allocate(10)
    view = memoryview(block)
    for use in (block.free, lambda: heap.reallocate(block, 20), lambda: heap.free(block)):
        with pytest.raises(BufferError, match="Block is in use"):
            use()
    view[:] = b"still here"
    view.release()
    block.free()


def test_a_view_keeps_the_memory_though_the_block_is_forgotten(heap: Heap) -> None:
    view = memoryview(heap.allocate(5))
    gc.collect()
    view[:] = b"alive"
    assert heap.blocks == 1
    view.release()
    gc.collect()
    assert heap.blocks == 0


def test_a_failed_free_leaves_the_block(heap: Heap, lab: Lab) -> None:
    block = heap.allocate(10)
    lab.fail("HeapFree")
    with pytest.raises(NtError) as refused:
        block.free()
    assert refused.value.call == "HeapFree"
    assert block.live
    block.free()
    assert heap.blocks == 0


def test_a_with_block_frees_but_not_twice(heap: Heap) -> None:
    with heap.allocate(10) as block:
        assert block.live
    assert not block.live
    with heap.allocate(10) as block:
        block.free()


def test_blocks_and_heaps_are_not_copied(heap: Heap) -> None:
    for each in (heap, heap.allocate(1), Pool(1)):
        with pytest.raises(TypeError):
            pickle.dumps(each)
