"""How fast are heaps: their blocks, and the walk over them?"""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import heaps
from ntpages.errors import UnavailableError
from ntpages.heaps import Heap, Pool
from ntpages.table import Table

from .._bare import heaps as bare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntpages.heaps import Block

    from ..conftest import Race

_kernel = ctypes.WinDLL("kernel32")
for _name in ("HeapLock", "HeapUnlock"):
    getattr(_kernel, _name).argtypes = [ctypes.c_void_p]
_kernel.HeapAlloc.restype = ctypes.c_void_p
_kernel.HeapAlloc.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_size_t]
_kernel.HeapFree.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p]


class _Entry(ctypes.Structure):  # PROCESS_HEAP_ENTRY
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("size", ctypes.c_uint32),
        ("overhead", ctypes.c_uint8),
        ("region", ctypes.c_uint8),
        ("flags", ctypes.c_uint16),
        ("more", ctypes.c_uint64 * 3),
    )


_kernel.HeapWalk.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Entry)]
_BUSY = 4


class Filled:
    """A heap with so many blocks, most of them small, as programs have them."""

    sizes = (12, 24, 40, 64, 24, 200, 48, 100, 16, 64, 333, 32)

    def __init__(self, count: int) -> None:
        self.heap = Heap.create()
        self.blocks: list[Block] = [
            self.heap.allocate(self.sizes[number % len(self.sizes)]) for number in range(count)
        ]

    def close(self) -> None:
        self.heap.close()


@pytest.fixture(scope="module")
def filled() -> Iterator[Callable[[int], Filled]]:
    """Fills a heap; one at a time, since the largest one takes a while and some memory."""
    made: dict[int, Filled] = {}

    def fill(count: int) -> Filled:
        if count not in made:
            for old in made.values():
                old.close()
            made.clear()
            made[count] = Filled(count)
        return made[count]

    yield fill
    for left in made.values():
        left.close()


# ---- The walk ------------------------------------------------------------------------------------


def _walk_by_ctypes(heap: Heap) -> Callable[[], list[tuple[int, ...]]]:
    handle = heap.address
    walk = _kernel.HeapWalk

    def rows() -> list[tuple[int, ...]]:
        found: list[tuple[int, ...]] = []
        entry = _Entry()
        _kernel.HeapLock(handle)
        while walk(handle, entry):
            found.append((entry.data, entry.size, entry.overhead, entry.flags, entry.region))
        _kernel.HeapUnlock(handle)
        return found

    return rows


def _keep(heap: Heap) -> Callable[[], int]:
    entries = len(heap.walk())
    return lambda: bare.walk_and_keep(heap.address, entries)


def _busy(answer: Any) -> int:
    """How many blocks in use an answer tells of."""
    if isinstance(answer, int):
        return answer
    if isinstance(answer, Table):
        if "busy" in answer.names:
            return sum(answer.column("busy"))
        return answer.column("kind").tolist().count("busy")
    return sum(flags & _BUSY != 0 for _, _, _, flags, _ in answer)


WALK: dict[str, Callable[[Heap], Callable[[], object]]] = {
    "bare": lambda heap: lambda: bare.walk(heap.address),
    "bare, kept": _keep,
    "ntpages": lambda heap: heap.walk,
    "ctypes": _walk_by_ctypes,
}


@pytest.mark.sizes(100_000, 1_000, 10_000, 1_000_000)
@pytest.mark.parametrize("way", WALK)
def bench_walk(race: Race, way: str, size: int, filled: Callable[[int], Filled]) -> None:
    """What is in a heap with so many blocks?"""
    race(WALK[way](filled(size).heap), answer=_busy)


def _count_walked(heap: Heap) -> Callable[[], Table]:
    walked = heap.walk()
    return lambda: heaps.histogram(walked)


COUNT: dict[str, Callable[[Heap], Callable[[], object]]] = {
    "bare": lambda heap: lambda: bare.walk(heap.address),
    "ntpages": lambda heap: heap.histogram,
    "ntpages, the walk": lambda heap: heap.walk,
    "ntpages, of a walk": _count_walked,
}


@pytest.mark.sizes(1_000_000, 1_000)
@pytest.mark.parametrize("way", COUNT)
def bench_histogram(race: Race, way: str, size: int, filled: Callable[[int], Filled]) -> None:
    """How many blocks of each size are in a heap with so many?"""
    race(COUNT[way](filled(size).heap), answer=_busy)


# ---- The walk of another process -----------------------------------------------------------------


def _of_process(heap: Heap, **how: Any) -> Callable[[], Table]:
    def rows() -> Table:
        entries = heaps.walk_process(os.getpid(), timeout=600, **how).entries
        return entries.where([each == heap.address for each in entries.column("heap")])

    return rows


PROCESS: dict[str, Callable[[Heap], Callable[[], object]]] = {
    "bare": lambda heap: lambda: bare.walk(heap.address),
    "ntpages": _of_process,
    "toolhelp": lambda heap: _of_process(heap, method="toolhelp"),
}


@pytest.mark.sizes(1_000, 10_000, 100_000, 1_000_000)
@pytest.mark.parametrize("way", PROCESS)
def bench_walk_process(race: Race, way: str, size: int, filled: Callable[[int], Filled]) -> None:
    """What is in a heap with so many blocks, asked of a process by its id?"""
    if way == "toolhelp" and size > 1000:
        race.cannot("it asks Windows for the whole list again for every block")
    try:
        race(PROCESS[way](filled(size).heap), answer=_busy)
    except UnavailableError as refused:
        race.cannot(f"{refused.call}: not on this Windows")


# ---- One block -----------------------------------------------------------------------------------

TIMES = 1000
SIZE = 64


def _by_ctypes(heap: Heap) -> Callable[[], int]:
    handle = heap.address
    allocate, free = _kernel.HeapAlloc, _kernel.HeapFree

    def work() -> int:
        return sum(free(handle, 0, allocate(handle, 0, SIZE)) for _ in range(TIMES))

    return work


def _by_heap(heap: Heap) -> Callable[[], int]:
    def work() -> int:
        done = 0
        for _ in range(TIMES):
            heap.allocate(SIZE).free()
            done += 1
        return done

    return work


def _by_pool(_: Heap) -> Callable[[], int]:
    pool = Pool(SIZE)
    first = pool.allocate()  # as in a program: the pool is not made anew for each item

    def work() -> int:
        done = 0
        for _ in range(TIMES):
            pool.allocate().free()
            done += 1
        return done * first.live

    return work


ALLOCATE: dict[str, Callable[[Heap], Callable[[], int]]] = {
    "bare": lambda heap: lambda: bare.allocate_and_free(heap.address, SIZE, TIMES),
    "ntpages": _by_heap,
    "ntpages, Pool": _by_pool,
    "ctypes": _by_ctypes,
}


@pytest.mark.parametrize("way", ALLOCATE)
def bench_allocate(race: Race, way: str) -> None:
    """How long do 1,000 blocks of 64 bytes take, each freed at once?"""
    with Heap.create() as heap:
        race(ALLOCATE[way](heap))
