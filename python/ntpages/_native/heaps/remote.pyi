from dataclasses import dataclass
from enum import Enum, IntFlag

from ntpages._native.heaps.heap import HeapKind
from ntpages._native.table import Table

class HeapFlag(IntFlag):
    """Flags of a whole heap, Windows' own."""

    NO_SERIALIZE = 0x1
    GROWABLE = 0x2
    GENERATE_EXCEPTIONS = 0x4
    ZERO_MEMORY = 0x8
    REALLOC_IN_PLACE_ONLY = 0x10
    TAIL_CHECKING = 0x20
    FREE_CHECKING = 0x40
    DISABLE_COALESCING = 0x80
    SEGMENT_HEAP = 0x100
    PRIVATE = 0x1000
    ALIGN_16 = 0x10000
    TRACING = 0x20000
    EXECUTABLE = 0x40000
    PAGE_ALLOCATIONS = 0x1000000
    CAPTURE_STACKS = 0x8000000
    SKIP_VALIDATION = 0x10000000
    VALIDATE_ALL = 0x20000000
    VALIDATE_PARAMETERS = 0x40000000

@dataclass(frozen=True)
class ProcessHeap:
    """A heap of some process. Sizes in bytes."""

    address: int
    """Where it is in that process."""
    kind: HeapKind | None
    """``None`` where the process may not be read, or this Windows' heaps are not known."""
    flags: HeapFlag
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
