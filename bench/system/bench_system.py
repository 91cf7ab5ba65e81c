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
    """Ask all that ``system.memory()`` tells of, and make no object of it."""
    kernel, ntdll = ctypes.WinDLL("kernel32"), ctypes.WinDLL("ntdll")
    performance, installed = kernel.K32GetPerformanceInfo, kernel.GetPhysicallyInstalledSystemMemory
    query = ntdll.NtQuerySystemInformation
    performance.argtypes = [ctypes.POINTER(_PerformanceInformation), ctypes.c_uint32]
    installed.argtypes = [ctypes.POINTER(ctypes.c_uint64)]
    query.argtypes = [ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p]
    info, kibibytes = _PerformanceInformation(), ctypes.c_uint64()
    answer, returned = (ctypes.c_uint64 * 47)(), ctypes.c_uint32()
    size = ctypes.sizeof(info)

    def total() -> int:
        performance(info, size)
        installed(kibibytes)
        for number in (2, 182):  # SystemPerformanceInformation, SystemMemoryUsageInformation
            query(number, answer, ctypes.sizeof(answer), ctypes.byref(returned))
        return int(info.total * info.page)

    return total


def _by_psutil() -> Callable[[], int]:
    psutil = pytest.importorskip("psutil")

    def total() -> int:
        return int(psutil.virtual_memory().total)

    return total


WAYS: dict[str, Callable[[], Callable[[], int]]] = {
    "bare": lambda: bare.memory,
    "bare, the total alone": lambda: bare.total,
    "ntpages": lambda: lambda: system.memory().total,
    "ctypes": _by_ctypes,
    "psutil": _by_psutil,
}


@pytest.mark.parametrize("way", WAYS)
def bench_memory(race: Race, way: str) -> None:
    """How long does it take to ask for all that is known of the machine's memory?"""
    less = "three numbers of fifteen" if way == "psutil" else ""
    race(WAYS[way](), note=lambda _: less)
