"""What does it cost to know which pages were written, and to remember what they held?"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.regions import Region
from ntpages.write_watch import Snapshots, dirty

from .._bare import write_watch as bare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..conftest import Race

PAGE = 4096
EVERY = 100  # one page of so many is written
MIB = 1 << 20
GIB = 1 << 30


@pytest.fixture
def region(size: int) -> Iterator[Region]:
    with Region(size, write_watch=True) as region:
        yield region


def write(region: Region, byte: int = 1) -> None:
    """Write a byte to one page in a hundred."""
    with memoryview(region) as view:
        view[:: PAGE * EVERY] = bytes([byte]) * len(view[:: PAGE * EVERY])


# ---- Asking ------------------------------------------------------------------------------------


def _by_ctypes(region: Region) -> Callable[[], int]:
    kernel32: Any = ctypes.WinDLL("kernel32")
    get = kernel32.GetWriteWatch
    get.argtypes = [
        *(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_size_t),
        *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
    ]
    found = (ctypes.c_uint64 * (region.size // PAGE))()
    count, granularity = ctypes.c_size_t(), ctypes.c_uint32()

    def ask() -> int:
        count.value = len(found)
        address, size = region.address, region.size
        get(0, address, size, found, ctypes.byref(count), ctypes.byref(granularity))
        return len([each - address for each in found[: count.value]])

    return ask


ASK: dict[str, Callable[[Region], Callable[[], int]]] = {
    "bare": lambda region: lambda: bare.dirty(region.address, region.size),
    "ntpages": lambda region: lambda: len(dirty(region)),
    "ctypes": _by_ctypes,
}


@pytest.mark.parametrize("way", ASK)
@pytest.mark.sizes(64 * MIB, GIB)
def bench_dirty(race: Race, region: Region, way: str) -> None:
    """Which pages were written, where one in a hundred was?"""
    write(region)
    race(ASK[way](region))


# ---- Remembering -------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["ntpages", "copy"])
@pytest.mark.sizes(64 * MIB, GIB)
def bench_snapshot(race: Race, region: Region, way: str) -> None:
    """How long does it take to remember a region of which one page in a hundred has changed?"""
    turns = iter(range(1, 256))
    with memoryview(region) as view, Snapshots(region) as snapshots:
        view[::PAGE] = b"\xff" * len(view[::PAGE])  # all of it is there
        snapshots.take()
        copy = bytearray(region.size if way == "copy" else 0)

        def change() -> None:
            write(region, next(turns))

        def take() -> bytes:
            snapshots.take()
            return bytes(view[:: PAGE * EVERY])

        def copy_all() -> bytes:
            copy[:] = view
            return bytes(copy[:: PAGE * EVERY])

        race(take if way == "ntpages" else copy_all, setup=change, rounds=7)
