"""How fast are the pages of a working set?"""

from __future__ import annotations

import ctypes
import mmap
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import working_sets

from .._bare import working_sets as bare

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Race

PAGE = 4096


def _by_ctypes(address: int, size: int) -> Callable[[], int]:
    kernel32: Any = ctypes.WinDLL("kernel32")
    kernel32.GetCurrentProcess.restype = ctypes.c_void_p
    kernel32.K32QueryWorkingSetEx.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]
    pages = size // PAGE
    asked = (ctypes.c_uint64 * (2 * pages))()
    process = kernel32.GetCurrentProcess()

    def count() -> int:
        asked[::2] = [*range(address, address + size, PAGE)]
        kernel32.K32QueryWorkingSetEx(process, asked, ctypes.sizeof(asked))
        return sum(bits & 1 for bits in asked[1::2])

    return count


WAYS: dict[str, Callable[[int, int], Callable[[], Any]]] = {
    "bare": lambda address, size: lambda: bare.valid_pages(address, size, 1),
    "bare, two threads": lambda address, size: lambda: bare.valid_pages(address, size, 2),
    "ntpages": lambda address, size: lambda: working_sets.pages(address=address, size=size),
    "ctypes": _by_ctypes,
}


def _valid(found: Any) -> int:
    return found if isinstance(found, int) else sum(found.column("valid"))


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", WAYS)
def bench_pages(race: Race, way: str, size: int) -> None:
    """Which pages of so many touched bytes are in the working set?"""
    with mmap.mmap(-1, size) as memory:
        for page in range(0, size, PAGE):
            memory[page] = 1
        pin = ctypes.c_char.from_buffer(memory)
        race(WAYS[way](ctypes.addressof(pin), size), answer=_valid)
        del pin
