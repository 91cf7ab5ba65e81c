"""Pools: a heap that is there while there are items."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from ntpages import heaps
from ntpages.errors import OutOfMemoryError
from ntpages.heaps import Block, Pool

if TYPE_CHECKING:
    from ntlab import Lab

PATIENCE = 60  # seconds for what takes none


def test_a_pool_has_a_heap_while_it_has_items() -> None:
    before = len(heaps.heaps())
    pool = Pool(48)
    assert (len(heaps.heaps()) - before, len(pool)) == (0, 0)
    first, second = pool.allocate(), pool.allocate(zero=True)
    assert (len(heaps.heaps()) - before, len(pool)) == (1, 2)
    assert bytes(second) == bytes(48)
    first.free()
    assert (len(heaps.heaps()) - before, len(pool)) == (1, 1)
    del second
    assert (len(heaps.heaps()) - before, len(pool)) == (0, 0)
    with pool.allocate() as third:
        assert third.size == 48
        assert len(heaps.heaps()) - before == 1
    assert len(heaps.heaps()) == before


def test_a_pools_heap_belongs_to_the_pool() -> None:
    pool = Pool(8)
    item = pool.allocate()
    mine = next(heap for heap in heaps.heaps() if heap.address == item.address >> 16 << 16)
    mine.close()
    assert item.live
    assert not mine.owned
    with pytest.raises(ValueError, match=r"only a heap made by Heap\.create"), mine.locked():
        pass


def test_closing_a_pool_kills_its_items() -> None:
    pool = Pool(8)
    item = pool.allocate()
    view = memoryview(item)
    with pytest.raises(BufferError):
        pool.close()
    view.release()
    pool.close()
    pool.close()
    assert pool.closed
    assert not item.live
    assert len(pool) == 0
    with pytest.raises(ValueError, match="Pool is closed"):
        pool.allocate()


@pytest.mark.parametrize("size", [0, -1, 2**48])
def test_items_have_a_size(size: int) -> None:
    with pytest.raises(ValueError, match=rf"item_size must be from 1 to \d+ bytes, not {size}"):
        Pool(size)


def test_a_pool_takes_no_size() -> None:
    with pytest.raises(TypeError, match="allocate"):
        Pool(8).allocate(8)  # type: ignore[arg-type, call-arg]


def test_a_pool_serves_many_threads() -> None:
    pool = Pool(32)
    wrong: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(500):
                pool.allocate(zero=True).free()
        except BaseException as error:  # a thread of its own would hide it
            wrong.append(error)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(PATIENCE)
        assert not worker.is_alive()
    assert wrong == []
    assert len(pool) == 0


def test_a_pool_without_memory_leaves_no_heap(lab: Lab) -> None:
    before = len(heaps.heaps())
    pool = Pool(32)
    lab.fail("HeapAlloc", every=True)
    with pytest.raises(OutOfMemoryError) as refused:
        pool.allocate()
    assert refused.value.call == "HeapAlloc"
    assert len(heaps.heaps()) == before


def test_the_heap_of_a_pool_has_the_sizes_that_were_given(lab: Lab) -> None:
    lab.record("HeapCreate")
    with Pool(1000, initial=64 << 10, maximum=256 << 10) as pool:
        assert (pool.initial, pool.maximum) == (64 << 10, 256 << 10)
        items: list[Block] = []
        with suppress(OutOfMemoryError):
            while len(items) < 300:
                items.append(pool.allocate())
        with pytest.raises(OutOfMemoryError):
            pool.allocate()
        assert 200 < len(items) < 262
    [made] = lab.calls("HeapCreate")
    assert (made.arguments[1], made.arguments[2]) == (64 << 10, 256 << 10)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"initial": 2, "maximum": 1}, "initial must be at most maximum"),
        ({"maximum": 7}, "item_size must be at most maximum"),
        ({"initial": -1}, "initial must be from 0"),
    ],
)
def test_sizes_of_a_pool_go_together(sizes: dict[str, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Pool(8, **sizes)
