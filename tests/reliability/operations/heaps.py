"""Heaps of our own, their blocks, and the modelled heaps of another process."""

from __future__ import annotations

import os
import time

import psutil

from ntpages import heaps
from ntpages.heaps import GlobalMemory, Heap, Pool
from reliability.operations import Shared, life, operation, shared


@operation()
def allocate_and_free() -> object:
    with Heap.create() as heap:
        block = heap.allocate(100, zero=True)
        heap.reallocate(block, 5000)
        sizes = block.size, heap.size(block)
        block.free()
        return sizes, heap.blocks


@operation(absorbs={"HeapValidate": "its refusal is its answer: not valid"})
def validate() -> object:
    with Heap.create() as heap:
        return heap.validate(), heap.validate(heap.allocate(10))


@operation()
def locked_for_a_block() -> object:
    with Heap.create() as heap, heap.locked():
        return heap.blocks


@operation()
def walk() -> object:
    with Heap.create() as heap:
        blocks = [heap.allocate(size) for size in (100, 1000, 10_000)]
        return len(heap.walk()), len(heap.histogram()), heap.fragmentation(), len(blocks)


@operation()
def pool() -> object:
    with Pool(24) as pool:
        blocks = [pool.allocate() for _ in range(5)]
        return len(pool), len(blocks)


@operation(absorbs={"GlobalFlags": "0 is an answer, too: it is locked by nobody"})
def global_memory() -> object:
    with GlobalMemory(100, movable=True) as memory:
        memory.resize(200)
        return bytes(memory)[:4], memory.size, memory.locks


@operation(absorbs={"LocalFlags": "0 is an answer, too: it is locked by nobody"})
def local_memory() -> object:
    with GlobalMemory(100, movable=True, local=True) as memory:
        memory.resize(200)
        return bytes(memory)[:4], memory.size, memory.locks


@operation(models=("heaps",))
def settings() -> object:
    with Heap.create() as heap:
        heap.use_low_fragmentation()
        heap.optimize()
        heaps.optimize()
        return len(heap.walk(details=True))


@operation(
    models=("heaps",),
    absorbs={
        "OpenProcess": "only the kinds of the heaps are read through it",
        "ReadProcessMemory": "the kinds of the heaps stay unknown",
    },
    varies="it waits for the thread that asks, as often as that takes",
)
def walk_process() -> object:
    me = psutil.Process()
    threads = me.num_threads()
    try:
        return len(heaps.walk_process(os.getpid()).entries)
    finally:  # a query that nobody waits for goes on, and must not meet another machine
        while me.num_threads() > threads:
            time.sleep(0.001)


@life()
def heap_with_a_block() -> None:
    with Heap.create() as heap:
        heap.allocate(100)


@life()
def block_of_the_default_heap() -> None:
    Heap.default().allocate(100).free()


@life()
def memory_behind_a_handle() -> None:
    with GlobalMemory(100):
        pass


@shared()
def many_threads_on_a_heap() -> Shared:
    return Shared(
        Heap.create(),
        (
            lambda heap: heap.allocate(100).free(),
            lambda heap: heap.validate(),
            lambda heap: heap.walk(),
            lambda heap: heap.histogram(),
            lambda heap: heap.fragmentation(),
        ),
        allowed=(BufferError,),
    )
