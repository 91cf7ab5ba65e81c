"""System: how much memory there is, in what pages, and on which Windows."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ntpages._native import system as native

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

_SLICE = 0.1  # seconds between looks at Ctrl-C while waiting


@dataclass(frozen=True, slots=True)
class SystemMemory:
    """The machine's memory at one moment, in bytes. ``None`` where this Windows can't say."""

    total: int
    """Physical memory that Windows can use."""
    available: int
    """Physical memory a process can have at once: zeroed, free and standby pages."""
    committed: int
    """Memory promised to all processes and the kernel, in RAM or page files."""
    commit_limit: int
    """What can be promised: RAM plus page files at their present size."""
    commit_peak: int
    """Most that was ever committed since the system started."""
    cache: int
    """The system cache: standby list plus the system working set."""
    kernel_paged: int
    """Paged pool."""
    kernel_nonpaged: int
    """Nonpaged pool."""
    installed: int | None
    """Physical memory plugged in; firmware and devices keep some of it."""
    shared_committed: int | None
    """Committed memory that is shared between processes."""
    resident_available: int | None
    """Memory that could be locked into RAM. May be negative."""
    dirty_cache: int | None
    """File data in the cache that is not yet written to disk."""
    processes: int
    """Processes, a count."""
    threads: int
    """Threads, a count."""
    handles: int
    """Open handles, a count."""


@dataclass(frozen=True, slots=True)
class FaultCounters:
    """Page faults of the whole system since it started. Counts; they wrap at 2**32."""

    page_faults: int
    """All faults, hard and soft."""
    transition_faults: int
    """Soft: the page was still on the standby or modified list."""
    demand_zero_faults: int
    """Soft: a fresh page of zeros was given."""
    copy_on_write_faults: int
    """Soft: a shared page was copied for its first writer."""
    page_reads: int
    """Hard: reads from page files and mapped files."""
    pages_read: int
    """Hard: pages those reads brought in."""

    def since(self, earlier: FaultCounters) -> FaultCounters:
        """Return what was added after ``earlier``, counting through one wrap."""
        return FaultCounters(
            *(
                (getattr(self, name) - getattr(earlier, name)) % 2**32
                for name in FaultCounters.__slots__
            )
        )


@dataclass(frozen=True, slots=True)
class PageFile:
    """A page file. Sizes in bytes."""

    path: str
    """Windows' own path, such as ``"\\??\\C:\\pagefile.sys"``."""
    size: int
    """Present size."""
    used: int
    """In use now."""
    peak: int
    """Most that was ever in use."""
    minimum: int | None
    """Size it starts with; ``None`` where this Windows can't say."""
    maximum: int | None
    """Size it may grow to; ``None`` where this Windows can't say."""


@dataclass(frozen=True, slots=True)
class WindowsVersion:
    """Which Windows this is."""

    version: str
    """As ``"10.0"``."""
    build: int
    """As 19045."""
    wine: str | None
    """Wine's own version, or ``None`` on Windows."""

    def __str__(self) -> str:
        """Return one line for a report's head."""
        host = f" (Wine {self.wine})" if self.wine else ""
        return f"Windows {self.version}.{self.build}{host}"


@cache
def page_size() -> int:
    """Return the bytes in a page: the grain of commit, protection and residence.

    Source: ``GetSystemInfo`` (sysinfoapi.h).
    """
    return native.page_size()


@cache
def allocation_granularity() -> int:
    """Return the bytes that reservations are aligned to: 64 KiB on every Windows so far.

    Source: ``GetSystemInfo`` (sysinfoapi.h).
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

    Source: ``GetPerformanceInfo`` (psapi.h), Windows XP;
    ``GetPhysicallyInstalledSystemMemory`` (sysinfoapi.h), Windows Vista;
    ``NtQuerySystemInformation`` classes 2 and 182 (undocumented) where Windows has them.
    """
    totals = native.query_totals()
    return SystemMemory(*(getattr(totals, name) for name in SystemMemory.__slots__))


def fault_counters() -> FaultCounters:
    """Return the system's page fault counters, for a difference over time.

    Source: ``NtQuerySystemInformation`` class 2 (undocumented).
    """
    counters = native.query_fault_counters()
    return FaultCounters(*(getattr(counters, name) for name in FaultCounters.__slots__))


def pagefiles() -> list[PageFile]:
    """Return every page file; an empty list if the system runs without one.

    Raises:
        UnavailableError: The system does not answer (Wine).

    Source: ``NtQuerySystemInformation`` classes 144 and 18 (undocumented).
    """
    return [
        PageFile(*(getattr(file, name) for name in PageFile.__slots__))
        for file in native.query_page_files()
    ]


@cache
def windows() -> WindowsVersion:
    """Return the real version of this Windows, whatever the program's manifest says.

    Source: ``RtlGetVersion`` (ntddk.h), Windows 2000.
    """
    found = native.query_version()
    return WindowsVersion(f"{found.major}.{found.minor}", found.build, found.wine)


def wait_for_memory(condition: Literal["low", "high"], *, timeout: float | None = None) -> bool:
    """Wait until the kernel says that memory is short, or plentiful.

    Args:
        condition: ``"low"`` for short, ``"high"`` for plentiful.
        timeout: Seconds to wait at most, 0 to ask only; ``None`` waits for ever.

    Returns:
        Whether the condition holds; ``False`` when the time ran out.

    Raises:
        ValueError: Another condition, or a timeout below 0.

    Source: ``CreateMemoryResourceNotification`` (memoryapi.h), Windows XP.
    """
    if condition not in ("low", "high"):
        msg = f"condition must be 'low' or 'high', not {condition!r}"
        raise ValueError(msg)
    if timeout is not None and not timeout >= 0:
        msg = f"timeout must be 0 seconds or more, not {timeout!r}"
        raise ValueError(msg)
    notification = native.MemoryNotification(condition == "low")
    end = math.inf if timeout is None else time.monotonic() + timeout
    while True:
        left = max(0.0, end - time.monotonic())
        if notification.wait(math.ceil(min(left, _SLICE) * 1000)):
            return True
        if left <= 0:
            return False
