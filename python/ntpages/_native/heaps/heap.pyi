from enum import Enum
from typing import overload

from ntpages._native.heaps.block import Block

class HeapKind(Enum):
    """How a heap works inside."""

    NT = 0
    LOW_FRAGMENTATION = 1
    SEGMENT = 2

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

class HeapHold:
    def __init__(self, heap: Heap) -> None: ...
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...

def process_heap() -> int: ...
def heap_addresses() -> list[int]: ...
def terminate_on_heap_corruption() -> None: ...
