"""What does a region cost to make, to free, to read and to write?"""

from __future__ import annotations

import ctypes
import mmap
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.regions import Region

from .._bare import regions as bare

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

    from ..conftest import Race

KIB, MIB = 1 << 10, 1 << 20
_TIMES = 100  # a region made and freed is too little for a clock
_RESERVE_AND_COMMIT, _RELEASE, _READWRITE = 0x3000, 0x8000, 0x04

# ---- Making and freeing ------------------------------------------------------------------------


def _by_ntpages(size: int) -> int:
    for _ in range(_TIMES):
        Region(size).close()
    return _TIMES


def _by_mmap(size: int) -> int:
    for _ in range(_TIMES):
        mmap.mmap(-1, size).close()
    return _TIMES


def _by_ctypes() -> Callable[[int], int]:
    kernel = ctypes.WinDLL("kernel32")
    allocate, free = kernel.VirtualAlloc, kernel.VirtualFree
    allocate.restype = ctypes.c_void_p
    allocate.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_uint32]
    free.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32]

    def make_and_free(size: int) -> int:
        for _ in range(_TIMES):
            free(allocate(None, size, _RESERVE_AND_COMMIT, _READWRITE), 0, _RELEASE)
        return _TIMES

    return make_and_free


MAKERS: dict[str, Callable[[], Callable[[int], int]]] = {
    "bare": lambda: lambda size: bare.make_and_free(_TIMES, size),
    "ntpages": lambda: _by_ntpages,
    "ctypes": _by_ctypes,
    "mmap": lambda: _by_mmap,
}


@pytest.mark.parametrize("way", MAKERS)
@pytest.mark.sizes(64 * KIB, MIB)
def bench_make_and_free(race: Race, way: str, size: int) -> None:
    """How long do 100 pieces of committed memory take to make and to free?"""
    make_and_free = MAKERS[way]()
    race(lambda: make_and_free(size))


# ---- Reading and writing -----------------------------------------------------------------------

BUFFERS: dict[str, Callable[[int], Buffer]] = {
    "bytearray": bytearray,
    "ntpages": Region,
    "mmap": lambda size: mmap.mmap(-1, size),
}


def _written(way: str, size: int) -> memoryview:
    """A view whose every page was written to: the first touch is another question."""
    view = memoryview(BUFFERS[way](size))
    view[:] = bytes(range(256)) * (size // 256)
    return view


@pytest.mark.parametrize("way", BUFFERS)
@pytest.mark.sizes(64 * KIB, MIB)
def bench_write_bytes(race: Race, way: str, size: int) -> None:
    """How long does it take to write each byte, one by one?"""
    view = _written(way, size)

    def write() -> memoryview:
        for at in range(size):
            view[at] = 7
        return view

    race(write, answer=_sum)


@pytest.mark.parametrize("way", BUFFERS)
@pytest.mark.sizes(64 * KIB, MIB)
def bench_read_bytes(race: Race, way: str, size: int) -> None:
    """How long does it take to read each byte, one by one?"""
    view = _written(way, size)
    race(lambda: sum(view))


@pytest.mark.parametrize("way", BUFFERS)
@pytest.mark.sizes(64 * KIB, MIB)
def bench_copy(race: Race, way: str, size: int) -> None:
    """How long does it take to copy everything in, and out again?"""
    view = _written(way, size)
    source = bytes(size)

    def copy() -> bytes:
        view[:] = source
        return view.tobytes()

    race(copy, answer=hash)


def _sum(view: Any) -> int:
    return sum(view)
