from enum import Enum, IntFlag
from typing import Final, overload

from typing_extensions import Buffer, Self

from ntpages._native.table import Table

class HeapKind(Enum):
    """How a heap works inside."""

    NT = 0
    LOW_FRAGMENTATION = 1
    SEGMENT = 2

class EntryFlag(IntFlag):
    """Flags of a heap's entry, Windows' own (undocumented)."""

    BUSY = 0x0001
    SEGMENT = 0x0002
    SETTABLE = 0x0010
    UNCOMMITTED = 0x1000
    NO_ACCESS = 0x2000
    LARGE = 0x4000
    LOW_FRAGMENTATION = 0x8000

class Heap:
    @overload
    def __init__(self, initial: int, maximum: int, serialize: bool, executable: bool) -> None: ...
    @overload
    def __init__(self, address: int) -> None: ...
    @property
    def address(self) -> int:
        """Where the heap is, which is also its handle. Stays when it is closed."""
    @property
    def blocks(self) -> int:
        """Blocks that ntpages allocated from it and that are not freed. A count."""
    @property
    def owned(self) -> bool:
        """Whether ntpages created it, and ``close()`` destroys it."""
    @property
    def closed(self) -> bool:
        """Whether ``close()`` has destroyed it, called on this object or on an equal one."""
    @property
    def _key(self) -> int: ...
    def close(self) -> None: ...
    def allocate(self, size: int, *, zero: bool = False) -> Block:
        """Allocate a block.

        Args:
            size: Bytes, from 0.
            zero: Whether the block starts as zeros; its content is undefined otherwise.

        Raises:
            ValueError: ``size`` is out of range, the heap is closed, or other code made the heap.
            OutOfMemoryError: The heap has reached its maximum, or the system has no more.

        Source: ``HeapAlloc`` (heapapi.h), Windows 2000.
        """
    def free(self, block: Block) -> None: ...
    def size(self, block: Block) -> int: ...
    def _reallocate(self, block: Block, size: int, zero: bool, in_place: bool) -> None: ...
    @overload
    def _validate(self) -> bool: ...
    @overload
    def _validate(self, block: Block) -> bool: ...
    def compact(self) -> int: ...
    def _kind(self) -> HeapKind: ...
    def _lock(self) -> None: ...
    def _unlock(self) -> None: ...

class Block(Buffer):
    """Memory from a heap or a pool: one writable buffer of bytes.

    It is freed by ``free()``, at the end of its ``with`` block, or when the last reference
    goes; it is gone when its heap is closed. While a view of it lives, neither can happen.
    """

    @property
    def address(self) -> int:
        """Address of the first byte. ``Heap.reallocate()`` may change it.

        Raises:
            ValueError: The block is freed, or its heap closed.
        """
    @property
    def size(self) -> int:
        """Bytes, exactly as asked for.

        Raises:
            ValueError: The block is freed, or its heap closed.
        """
    @property
    def live(self) -> bool:
        """Whether it is neither freed nor its heap closed."""
    def free(self) -> None:
        """Give the memory back.

        Raises:
            ValueError: It was freed before, or its heap is closed.
            BufferError: A view of it is alive.

        Source: ``HeapFree`` (heapapi.h), Windows 2000.
        """
    def __enter__(self) -> Self: ...
    def __exit__(self, *raised: object) -> None: ...

class Pool:
    def __init__(self, item_size: int) -> None: ...
    def __len__(self) -> int: ...
    @property
    def item_size(self) -> int:
        """Bytes of each item."""
    @property
    def closed(self) -> bool:
        """Whether it was closed, and gives out no items any more."""
    def allocate(self, *, zero: bool = False) -> Block:
        """Allocate one item; the first one makes the heap.

        Args:
            zero: Whether the item starts as zeros; its content is undefined otherwise.

        Raises:
            ValueError: The pool is closed.
            OutOfMemoryError: The system has no more.

        Source: ``HeapAlloc`` (heapapi.h), Windows 2000.
        """
    def close(self) -> None: ...

class HeapSums:
    # Sizes in bytes.

    busy_blocks: Final[int]
    busy: Final[int]
    free_blocks: Final[int]
    free: Final[int]
    largest_free: Final[int]
    uncommitted: Final[int]

class HeapTotals:
    # Bytes.

    allocated: Final[int]
    committed: Final[int]
    reserved: Final[int]
    limit: Final[int]
    walked: Final[bool]

def process_heap() -> int: ...
def heap_addresses() -> list[int]: ...
def walk_heap(heap: Heap) -> Table: ...
def count_heap(heap: Heap) -> Table: ...
def sum_heap(heap: Heap) -> HeapSums: ...
def summarize_heap(heap: Heap) -> HeapTotals: ...
def count_entries(table: Table) -> Table: ...
def sum_entries(table: Table) -> HeapSums: ...
def compare_entries(before: Table, after: Table) -> Table: ...
def terminate_on_heap_corruption() -> None: ...

class HeapMethod(Enum):
    QUERY = 0
    TOOLHELP = 1

class RemoteHeap:
    # Sizes in bytes.

    address: Final[int]
    kind: Final[HeapKind | None]
    flags: Final[int]
    allocated: Final[int]
    committed: Final[int]
    blocks: Final[int]

class HeapQuery:
    def __init__(self, pid: int, method: HeapMethod, blocks: bool, clone: bool) -> None: ...
    def wait(self, milliseconds: int) -> bool: ...
    def abandon(self) -> None: ...
    @property
    def heaps(self) -> list[RemoteHeap]: ...
    @property
    def entries(self) -> Table: ...

class GlobalMemory(Buffer):
    @overload
    def __init__(self, size: int, movable: bool, zero: bool, local: bool) -> None: ...
    @overload
    def __init__(self, handle: int, local: bool) -> None: ...
    @property
    def handle(self) -> int:
        """What Windows knows the memory by; of fixed memory, its address.

        Raises:
            ValueError: It was closed or detached.
        """
    @property
    def size(self) -> int:
        """Bytes, as Windows says: at least what was asked for.

        Raises:
            ValueError: It was closed or detached.
            NtError: Windows knows no such memory any more: somebody else freed it.

        Source: ``GlobalSize``, ``LocalSize`` (winbase.h), Windows 2000.
        """
    @property
    def local(self) -> bool:
        """Whether it is of LocalAlloc's family, else of GlobalAlloc's."""
    @property
    def closed(self) -> bool:
        """Whether it was freed, or handed on by ``detach()``."""
    def close(self) -> None: ...
    def detach(self) -> int: ...
