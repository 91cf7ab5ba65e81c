from dataclasses import dataclass
from enum import Enum

from ntpages._native.heaps.heap import HeapKind
from ntpages._native.table import Table

@dataclass(frozen=True)
class ProcessHeap:
    """A heap of some process. Sizes in bytes."""

    address: int
    """Where it is in that process."""
    kind: HeapKind | None
    """``None`` where the process may not be read, or this Windows' heaps are not known."""
    flags: int
    """What it was created with, as Windows keeps it."""
    allocated: int
    """In blocks that are in use."""
    committed: int
    """Charged against the system's commit limit; 0 from Toolhelp."""
    blocks: int
    """Blocks in use, a count; 0 unless they were asked for."""

class HeapMethod(Enum):
    QUERY = 0
    TOOLHELP = 1

class HeapQuery:
    def __init__(self, pid: int, method: HeapMethod, blocks: bool, clone: bool) -> None: ...
    def wait(self, milliseconds: int) -> bool: ...
    def abandon(self) -> None: ...
    @property
    def heaps(self) -> tuple[ProcessHeap, ...]: ...
    @property
    def entries(self) -> Table: ...
    @property
    def corrupt(self) -> int: ...
