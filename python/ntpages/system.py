"""System: how much memory there is, in what pages, and on which Windows."""

from __future__ import annotations

import math
import time
from functools import cache
from typing import Literal

import ntpages.errors  # noqa: F401 (what the compiled half raises)
from ntpages import arguments
from ntpages._native import system as native
from ntpages._native.system import FaultCounters, PageFile, SystemMemory, WindowsVersion

__all__ = [
    "FaultCounters",
    "PageFile",
    "SystemMemory",
    "WindowsVersion",
    "allocation_granularity",
    "fault_counters",
    "large_page_size",
    "memory",
    "page_size",
    "pagefiles",
    "wait_for_memory",
    "windows",
]

__dir__ = __all__.copy

_SLICE = 0.1  # seconds between looks at Ctrl-C while waiting


def page_size() -> int:
    """Return the bytes in a page: the grain of commit, protection and residence.

    Source: ``GetSystemInfo`` (sysinfoapi.h), Windows 2000.
    """
    return native.PAGE_SIZE


@cache
def allocation_granularity() -> int:
    """Return the bytes that reservations are aligned to: 64 KiB on every Windows so far.

    Source: ``GetSystemInfo`` (sysinfoapi.h), Windows 2000.
    """
    return native.allocation_granularity()


@cache
def large_page_size() -> int:
    """Return the bytes in a large page, or 0 where the processor has none.

    Source: ``GetLargePageMinimum`` (memoryapi.h), Windows Vista.
    """
    return native.large_page_size()


def memory() -> SystemMemory:
    """Return the machine's memory totals.

    Raises:
        NtError: Windows refused.

    Source: ``GetPerformanceInfo`` (psapi.h), Windows XP;
    ``GetPhysicallyInstalledSystemMemory`` (sysinfoapi.h), Windows Vista;
    ``NtQuerySystemInformation`` class 2 (undocumented), Windows XP, and class 182,
    Windows 10.
    """
    return native.query_memory()


def fault_counters() -> FaultCounters:
    """Return the system's page fault counters, for a difference over time.

    Raises:
        NtError: Windows refused.

    Source: ``NtQuerySystemInformation`` class 2 (undocumented), Windows XP.
    """
    return native.query_fault_counters()


def pagefiles() -> list[PageFile]:
    """Return every page file; an empty list if the system runs without one.

    Raises:
        UnavailableError: The system does not answer (Wine).

    Source: ``NtQuerySystemInformation`` class 144 (undocumented), Windows 8.1; before it
    class 18 (undocumented), Windows XP.
    """
    return native.query_page_files()


@cache
def windows() -> WindowsVersion:
    """Return the real version of this Windows, whatever the program's manifest says.

    Source: ``RtlGetVersion`` (ntddk.h), Windows 2000.
    """
    return native.query_version()


def wait_for_memory(condition: Literal["low", "high"], *, timeout: float | None = None) -> bool:
    """Wait until the kernel says that memory is short, or plentiful.

    Args:
        condition: ``"low"`` for short, ``"high"`` for plentiful.
        timeout: Seconds to wait at most, 0 to ask only; ``None`` waits for ever.

    Returns:
        Whether the condition holds; ``False`` when the time ran out.

    Raises:
        ValueError: Another condition, or a timeout that can't be waited for.
        NtError: Windows refused.

    Source: ``CreateMemoryResourceNotification`` (memoryapi.h), Windows XP.
    """
    arguments.choice("condition", condition, ("low", "high"))
    longest = math.inf if timeout is None else arguments.seconds("timeout", timeout)
    notification = native.MemoryNotification(condition == "low")
    end = time.monotonic() + longest
    while True:
        left = max(0.0, end - time.monotonic())
        if notification.wait(math.ceil(min(left, _SLICE) * 1000)):
            return True
        if left <= 0:
            return False
