"""What does it cost to know which pages were written?"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.write_watch import dirty

from .._bare import write_watch as bare
from .watched import PAGE, watched, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages.regions import Region

    from ..conftest import Race

MIB = 1 << 20
GIB = 1 << 30


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


WAYS: dict[str, Callable[[Region], Callable[[], int]]] = {
    "bare": lambda region: lambda: bare.dirty(region.address, region.size),
    "ntpages": lambda region: lambda: len(dirty(region)),
    "ctypes": _by_ctypes,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.sizes(64 * MIB, GIB)
def bench_dirty(race: Race, way: str, size: int) -> None:
    """Which pages were written, where one in a hundred was?"""
    with watched(size) as region:
        write(region)
        race(WAYS[way](region))
