"""How fast is an address space walked?"""

from __future__ import annotations

import ctypes
import mmap
import os
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import regions, system, working_sets
from ntpages.table import Table

from .._bare import regions as bare

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Race

_RESERVE, _COMMIT, _READWRITE = 0x2000, 0x1000, 0x04
_MOST = 100_000
_MOST_UNDER_WINE = 50_000
_kernel = ctypes.WinDLL("kernel32")
_kernel.VirtualAlloc.restype = ctypes.c_size_t
_kernel.VirtualAlloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_uint32]


class _Region(ctypes.Structure):
    _fields_ = (
        ("base", ctypes.c_size_t),
        ("allocation_base", ctypes.c_size_t),
        ("allocation_protection", ctypes.c_uint32),
        ("partition", ctypes.c_uint16),
        ("size", ctypes.c_size_t),
        ("state", ctypes.c_uint32),
        ("protection", ctypes.c_uint32),
        ("type", ctypes.c_uint32),
    )


@cache
def _reserve() -> list[int]:
    """Address space for the most that is asked for, and how many regions it is already."""
    return [_kernel.VirtualAlloc(0, (_MOST + 1) * mmap.PAGESIZE, _RESERVE, _READWRITE), 0]


def _make_regions(count: int) -> None:
    """See that the process has so many regions more: every other page of a reservation."""
    state = _reserve()
    base, made = state
    for page in range(made, count, 2):
        _kernel.VirtualAlloc(base + page * mmap.PAGESIZE, mmap.PAGESIZE, _COMMIT, _READWRITE)
    state[1] = count


def _by_ctypes() -> Callable[[], list[tuple[int, ...]]]:
    query = _kernel.VirtualQuery
    query.restype = ctypes.c_size_t
    query.argtypes = [ctypes.c_size_t, ctypes.POINTER(_Region), ctypes.c_size_t]
    region = _Region()
    size = ctypes.sizeof(region)

    def rows() -> list[tuple[int, ...]]:
        found: list[tuple[int, ...]] = []
        address = 0
        while query(address, region, size):
            found.append(
                (
                    region.base,
                    region.size,
                    region.state,
                    region.protection,
                    region.type,
                    region.allocation_base,
                    region.allocation_protection,
                )
            )
            address = region.base + region.size
        return found

    return rows


def _by_psutil() -> Callable[[], object]:
    psutil = pytest.importorskip("psutil")
    process = psutil.Process(os.getpid())

    def rows() -> object:
        return process.memory_maps(grouped=False)

    return rows


WAYS: dict[str, Callable[[], Callable[[], object]]] = {
    "bare": lambda: lambda: bare.walk(_reserve()[0]),
    "ntpages": lambda: lambda: regions.walk(names=False, uses=False),
    "ntpages, uses": lambda: lambda: regions.walk(names=False),
    "ntpages, uses and names": lambda: regions.walk,
    "ctypes": _by_ctypes,
    "psutil": _by_psutil,
}


def _made(answer: Any) -> int:
    """How many of the regions made here an answer has: others come and go."""
    base, made = _reserve()
    if isinstance(answer, Table):
        return sum(each == base for each in answer.column("allocation_base"))
    if isinstance(answer, list) and type(answer[0]) is tuple:
        return sum(row[5] == base for row in answer)
    if isinstance(answer, list):  # psutil tells of mapped memory only: is that at least all there?
        mapped = {row.address for row in regions.walk() if row.name}
        assert mapped <= {int(row.addr, 16) for row in answer}
        return made
    return int(answer)


@pytest.mark.sizes(100, 1_000, 10_000, 100_000)
@pytest.mark.parametrize("way", WAYS)
def bench_walk(race: Race, way: str, size: int) -> None:
    """What are the regions of a process with so many?"""
    if size > _MOST_UNDER_WINE and system.windows().wine:
        race.cannot("each region is a mapping of Linux here, which has 65,530 at the most")
    _make_regions(size)
    race(WAYS[way](), answer=_made)


RESIDENT: dict[str, Callable[[], int]] = {
    "bare": bare.resident,
    "ntpages": lambda: sum(
        regions.walk(names=False, uses=False, resident=True).column("resident").tolist()
    ),
    "ntpages, sums": lambda: working_sets.resident().total,
}


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", RESIDENT)
def bench_resident(race: Race, way: str, size: int) -> None:
    """How much of each region is in the working set, with so many touched bytes?"""
    with mmap.mmap(-1, size) as memory:
        for page in range(0, size, mmap.PAGESIZE):
            memory[page] = 1
        race(RESIDENT[way], answer=lambda found: found >= size)
