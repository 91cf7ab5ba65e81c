"""How fast are the machine's totals?"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import pytest

from ntpages import system

from .._bare import system as bare

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Race


class _PerformanceInformation(ctypes.Structure):
    _fields_ = (
        ("size", ctypes.c_uint32),
        *((name, ctypes.c_size_t) for name in ("committed", "limit", "peak", "total")),
        *((name, ctypes.c_size_t) for name in ("available", "cache", "kernel", "paged")),
        *((name, ctypes.c_size_t) for name in ("nonpaged", "page")),
        *((name, ctypes.c_uint32) for name in ("handles", "processes", "threads")),
    )


def _by_ctypes() -> Callable[[], int]:
    query = ctypes.WinDLL("kernel32").K32GetPerformanceInfo
    query.argtypes = [ctypes.POINTER(_PerformanceInformation), ctypes.c_uint32]
    info = _PerformanceInformation()
    size = ctypes.sizeof(info)

    def total() -> int:
        query(info, size)
        return int(info.total * info.page)

    return total


def _by_psutil() -> Callable[[], int]:
    psutil = pytest.importorskip("psutil")

    def total() -> int:
        return int(psutil.virtual_memory().total)

    return total


WAYS: dict[str, Callable[[], Callable[[], int]]] = {
    "bare": lambda: bare.total,
    "bare, all that is told": lambda: bare.memory,
    "ntpages": lambda: lambda: system.memory().total,
    "ctypes": _by_ctypes,
    "psutil": _by_psutil,
}


@pytest.mark.parametrize("way", WAYS)
def bench_total(race: Race, way: str) -> None:
    """How much memory has the machine?"""
    race(WAYS[way]())
