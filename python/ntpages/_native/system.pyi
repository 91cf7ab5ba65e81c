from typing import Final

def page_size() -> int: ...
def allocation_granularity() -> int: ...
def large_page_size() -> int: ...

class Totals:
    # Bytes, but for the three counts.

    total: Final[int]
    available: Final[int]
    committed: Final[int]
    commit_limit: Final[int]
    commit_peak: Final[int]
    cache: Final[int]
    kernel_paged: Final[int]
    kernel_nonpaged: Final[int]
    processes: Final[int]
    threads: Final[int]
    handles: Final[int]
    installed: Final[int | None]
    shared_committed: Final[int | None]
    dirty_cache: Final[int | None]
    resident_available: Final[int | None]

def query_totals() -> Totals: ...

class FaultCounters:
    # Counts that wrap at 2**32.

    page_faults: Final[int]
    transition_faults: Final[int]
    demand_zero_faults: Final[int]
    copy_on_write_faults: Final[int]
    page_reads: Final[int]
    pages_read: Final[int]

def query_fault_counters() -> FaultCounters: ...

class PageFile:
    # Bytes.

    path: Final[str]
    size: Final[int]
    used: Final[int]
    peak: Final[int]
    minimum: Final[int | None]
    maximum: Final[int | None]

def query_page_files() -> list[PageFile]: ...

class Version:
    major: Final[int]
    minor: Final[int]
    build: Final[int]
    wine: Final[str | None]

def query_version() -> Version: ...

class MemoryNotification:
    def __init__(self, low: bool) -> None: ...
    def wait(self, milliseconds: int) -> bool: ...
