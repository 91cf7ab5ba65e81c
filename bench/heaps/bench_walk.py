"""How fast is a heap walked?"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import pytest

from .._bare import heaps as bare
from .filled import busy_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages.heaps import Heap

    from ..conftest import Race


class _Entry(ctypes.Structure):  # PROCESS_HEAP_ENTRY
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("size", ctypes.c_uint32),
        ("overhead", ctypes.c_uint8),
        ("region", ctypes.c_uint8),
        ("flags", ctypes.c_uint16),
        ("more", ctypes.c_uint64 * 3),
    )


def _by_ctypes(heap: Heap) -> Callable[[], list[tuple[int, ...]]]:
    kernel = ctypes.WinDLL("kernel32")
    lock, unlock, walk = kernel.HeapLock, kernel.HeapUnlock, kernel.HeapWalk
    lock.argtypes = unlock.argtypes = [ctypes.c_void_p]
    walk.argtypes = [ctypes.c_void_p, ctypes.POINTER(_Entry)]
    handle = heap.address

    def rows() -> list[tuple[int, ...]]:
        found: list[tuple[int, ...]] = []
        entry = _Entry()
        lock(handle)
        while walk(handle, entry):
            found.append((entry.data, entry.size, entry.overhead, entry.flags, entry.region))
        unlock(handle)
        return found

    return rows


def _keep(heap: Heap) -> Callable[[], int]:
    entries = len(heap.walk())
    return lambda: bare.walk_and_keep(heap.address, entries)


WAYS: dict[str, Callable[[Heap], Callable[[], object]]] = {
    "bare": lambda heap: lambda: bare.walk(heap.address),
    "bare, kept": _keep,
    "ntpages": lambda heap: heap.walk,
    "ctypes": _by_ctypes,
}


@pytest.mark.sizes(100_000, 1_000, 10_000, 1_000_000)
@pytest.mark.parametrize("way", WAYS)
def bench_walk(race: Race, way: str, size: int, filled: Callable[[int], Heap]) -> None:
    """What is in a heap with so many blocks?"""
    race(WAYS[way](filled(size)), answer=busy_blocks)
