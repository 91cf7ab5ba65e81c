"""One heap, its blocks, and what stands for others."""

from __future__ import annotations

import os

from ntpages._native import heaps as native_heaps
from ntpages.errors import NtError
from ntpages.heaps import GlobalMemory, Heap, Pool
from reliability.racing import Race, race
from reliability.recipes import closed


def fill(block: native_heaps.Block, number: int) -> None:
    with memoryview(block) as view:
        view[:] = bytes([number]) * len(view)
        assert bytes(view) == bytes([number]) * len(view)


def heap_race(heap: Heap) -> Race:
    def live(number: int) -> None:
        with heap.allocate(100 + number) as block:
            fill(block, number)
            heap.reallocate(block, 300)
            assert bytes(block)[:100] == bytes([number]) * 100

    def ends() -> None:
        if not heap.closed:
            assert heap.blocks == 0
            assert heap.validate()
        closed(heap)()

    return Race(
        (live, lambda _: heap.walk(), lambda _: heap.compact(), lambda _: repr(heap)),
        close=lambda _: heap.close(),
        ends=ends,
    )


@race("heaps.Heap")
def heap() -> Race:
    return heap_race(Heap.create(serialize=False))


@race("heaps.HeapHold")
def heap_hold() -> Race:
    heap = Heap.create()
    hold = native_heaps.HeapHold(heap)
    inside: list[int] = []

    def enter(number: int) -> None:
        with hold:
            inside.append(number)
            assert inside == [number]
            inside.pop()

    def ends() -> None:
        assert heap.validate()
        heap.close()

    return Race((enter, lambda _: heap.allocate(8).free()), ends=ends, allowed=(RuntimeError,))


@race("heaps.Block")
def block() -> Race:
    heap = Heap.create()
    shared = heap.allocate(64)
    freed: list[int] = []

    def look(number: int) -> None:
        with memoryview(shared) as view:
            view[number] = number
            assert view[number] == number

    def free(number: int) -> None:
        shared.free()
        freed.append(number)

    def ends() -> None:
        shared.__exit__()
        assert len(freed) <= 1
        assert (heap.blocks, shared.live) == (0, False)
        heap.close()

    return Race(
        (
            look,
            lambda number: heap.reallocate(shared, 64 + number),
            lambda _: (heap.size(shared), shared.size, shared.address, shared.live, repr(shared)),
        ),
        close=free,
        ends=ends,
    )


@race("heaps.Pool")
def pool() -> Race:
    items = Pool(48)

    def live(number: int) -> None:
        with items.allocate() as item:
            fill(item, number)

    def ends() -> None:
        assert len(items) == 0
        closed(items)()

    return Race((live, lambda _: (len(items), repr(items))), lambda _: items.close(), ends)


@race("heaps.GlobalMemory")
def global_memory() -> Race:
    memory = GlobalMemory(64)

    def look(number: int) -> None:
        with memoryview(memory) as view:
            view[number] = number
            assert view[number] == number

    return Race(
        (look, lambda _: (memory.size, memory.handle, repr(memory))),
        close=lambda _: memory.close(),
        ends=closed(memory),
    )


@race("heaps.HeapQuery")
def heap_query() -> Race:
    query = native_heaps.HeapQuery(
        os.getpid(), native_heaps.HeapMethod.QUERY, blocks=False, clone=False
    )
    return Race(
        (lambda _: query.wait(1), lambda _: query.heaps, lambda _: query.entries),
        close=lambda _: query.abandon(),
        allowed=(NtError, RuntimeError),  # it is not done, or Windows told of no heaps
    )
