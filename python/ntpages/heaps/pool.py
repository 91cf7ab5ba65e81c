"""Pool: items of one size, which never leave a hole."""

from __future__ import annotations

from ntpages import arguments
from ntpages._native import heaps as native
from ntpages.heaps.heap import heap_sizes
from ntpages.owner import Owner

__all__ = ["Pool"]


class Pool(Owner, native.Pool):
    """Items of one size from a heap of their own, where none of them ever leaves a hole.

    The heap is made with the first item and destroyed with the last. ``len(pool)`` is the number of
    items. Calls from several threads are safe.
    """

    __slots__ = ()

    def __init__(self, item_size: int, *, initial: int = 0, maximum: int = 0) -> None:
        """Make a pool, without a heap yet.

        Args:
            item_size: Bytes, above 0.
            initial: Bytes that the heap commits at once; 0 for one page.
            maximum: Bytes that the heap may ever take; 0 lets it grow. A heap that can't grow has
                no low-fragmentation front end, and serves no item of about 1 MiB or more.

        Raises:
            ValueError: A size is out of range, or ``initial`` more than ``maximum``, or
                ``item_size`` more than ``maximum``.

        Source: ``HeapCreate`` (heapapi.h), Windows 2000.
        """
        item_size = arguments.size("item_size", item_size)
        initial, maximum = heap_sizes(initial, maximum)
        if 0 < maximum < item_size:
            msg = f"item_size must be at most maximum ({maximum} bytes), not {item_size}"
            raise ValueError(msg)
        super().__init__(item_size, initial, maximum)

    def __repr__(self) -> str:
        """Return how many items there are, and how large."""
        state = "closed" if self.closed else f"{len(self)} items of {self.item_size} bytes"
        return f"<Pool: {state}>"

    def close(self) -> None:
        """Destroy the heap with all items that are left. Closing twice is harmless.

        Raises:
            BufferError: A view of an item lives.
        """
        super().close()
