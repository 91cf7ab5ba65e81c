"""What does a block cost?"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import pytest

from ntpages.heaps import Heap, Pool

from .._bare import heaps as bare

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Race

TIMES = 1000
SIZE = 64


def _by_ctypes(heap: Heap) -> Callable[[], int]:
    kernel = ctypes.WinDLL("kernel32")
    allocate, free = kernel.HeapAlloc, kernel.HeapFree
    allocate.restype = ctypes.c_void_p
    allocate.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_size_t]
    free.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p]
    handle = heap.address

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


WAYS: dict[str, Callable[[Heap], Callable[[], int]]] = {
    "bare": lambda heap: lambda: bare.allocate_and_free(heap.address, SIZE, TIMES),
    "ntpages": _by_heap,
    "ntpages, Pool": _by_pool,
    "ctypes": _by_ctypes,
}


@pytest.mark.parametrize("way", WAYS)
def bench_allocate(race: Race, way: str) -> None:
    """How long do 1,000 blocks of 64 bytes take, each freed at once?"""
    with Heap.create() as heap:
        race(WAYS[way](heap))
