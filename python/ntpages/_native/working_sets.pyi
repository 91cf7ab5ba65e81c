from dataclasses import dataclass
from enum import IntEnum

from ntpages._native.table import Table

@dataclass(frozen=True)
class Limits:
    """Between what sizes Windows keeps a working set. Bytes."""

    minimum: int
    """What it keeps, as a rule."""
    maximum: int
    """What it grows to, as a rule."""
    hard_minimum: bool
    """Whether the minimum holds also when memory is short."""
    hard_maximum: bool
    """Whether the maximum holds also when there is plenty."""

@dataclass(frozen=True)
class TrimmedRange:
    """A range whose pages were taken out of a working set. Bytes."""

    before: int
    """How much of it was in the working set."""
    after: int
    """How much of it is; what is locked, and what was used again at once."""
    locked: int
    """How much of it can't leave: it is locked."""

@dataclass(frozen=True)
class Resident:
    """What of a process is in its working set. Bytes."""

    total: int
    """All of it: ``private`` and ``shareable``."""
    private: int
    """Pages of its own, those of files and programs that it got a copy of by writing included."""
    shareable: int
    """Pages of files, programs and shared memory, whether others have them right now or not."""
    shared: int
    """Of the shareable ones, those that other processes have in their working sets, too."""
    uss: int
    """The unique set size: ``total`` without ``shared``. Nobody else would miss it."""
    locked: int
    """Pages that can't leave."""
    large: int
    """Pages that are parts of large pages."""

class MemoryPriority(IntEnum):
    """How late pages are used up where memory is short: the higher, the later.

    The two highest are Windows' own to give.
    """

    LOWEST = 0
    VERY_LOW = 1
    LOW = 2
    MEDIUM = 3
    BELOW_NORMAL = 4
    NORMAL = 5
    ABOVE_NORMAL = 6
    HIGH = 7

def working_set_limits(pid: int) -> Limits: ...
def set_working_set_limits(
    pid: int,
    minimum: int | None,
    maximum: int | None,
    hard_minimum: bool | None,
    hard_maximum: bool | None,
) -> Limits: ...
def empty_working_set(pid: int, since: float | None = None) -> None: ...
def empty_working_set_by_limits(pid: int) -> None: ...
def count_resident(pid: int) -> Resident: ...
def working_set_pages(pid: int, start: int, end: int, valid_only: bool) -> Table: ...
def trim_range(pid: int, start: int, end: int) -> TrimmedRange: ...
def memory_priority(pid: int) -> MemoryPriority: ...
def set_memory_priority(pid: int, priority: int) -> MemoryPriority: ...
def thread_memory_priority(thread: int) -> MemoryPriority: ...
def set_thread_memory_priority(thread: int, priority: int) -> MemoryPriority: ...
def set_page_priority(pid: int, start: int, end: int, priority: int) -> None: ...
