from dataclasses import dataclass

from ntpages._native.table import Table

def list_processes(full: bool, limits: bool, known_limits: Table | None) -> Table: ...

@dataclass(frozen=True)
class Counters:
    """How much memory a process uses. Bytes."""

    working_set: int
    """Physical memory it can use without a page fault."""
    peak_working_set: int
    """Most that ever was."""
    private_working_set: int
    """The part of it that is not shared. 0 before Windows 10."""
    private: int
    """Memory that only this process can use."""
    commit: int
    """What it is charged for, in memory or in a page file."""
    peak_commit: int
    """Most that ever was."""
    shared_commit: int
    """What it is charged for of memory that is shared. 0 before Windows 10."""
    virtual: int
    """Address space in use."""
    peak_virtual: int
    """Most that ever was."""
    paged_pool: int
    """Kernel memory that it is charged for and that may be paged out."""
    peak_paged_pool: int
    """Most that ever was."""
    nonpaged_pool: int
    """Kernel memory that it is charged for and that stays in RAM."""
    peak_nonpaged_pool: int
    """Most that ever was."""
    faults: int
    """Page faults so far; not bytes."""
