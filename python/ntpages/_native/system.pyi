from dataclasses import dataclass

PAGE_SIZE: int

def allocation_granularity() -> int: ...
def large_page_size() -> int: ...

@dataclass(frozen=True)
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

def query_memory() -> SystemMemory: ...

@dataclass(frozen=True)
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
        """Return what was added after ``earlier``, counting through one wrap.

        Args:
            earlier: Counters of this system, read before.
        """

def query_fault_counters() -> FaultCounters: ...

@dataclass(frozen=True)
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

def query_page_files() -> list[PageFile]: ...

@dataclass(frozen=True)
class WindowsVersion:
    """Which Windows this is."""

    version: str
    """As ``"10.0"``."""
    build: int
    """As 19045."""
    wine: str | None
    """Wine's own version, or ``None`` on Windows."""

def query_version() -> WindowsVersion: ...

class MemoryNotification:
    def __init__(self, low: bool) -> None: ...
    def wait(self, milliseconds: int) -> bool: ...
