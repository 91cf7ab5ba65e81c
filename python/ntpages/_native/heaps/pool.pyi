from ntpages._native.heaps.block import Block

class Pool:
    def __init__(self, item_size: int, initial: int, maximum: int) -> None: ...
    def __len__(self) -> int: ...
    @property
    def item_size(self) -> int:
        """Bytes of each item."""
    @property
    def initial(self) -> int:
        """Bytes that its heap commits at once; 0 for one page."""
    @property
    def maximum(self) -> int:
        """Bytes that its heap may ever take; 0 for no limit."""
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
