"""Pool: items of one size, which never leave a hole."""

from __future__ import annotations

from ntpages import arguments
from ntpages._native import heaps as native
from ntpages.owner import Owner

__all__ = ["Pool"]


class Pool(Owner, native.Pool):
    """Items of one size from a heap of their own, where none of them ever leaves a hole.

    The heap is made with the first item and destroyed with the last. ``len(pool)`` is the number of
    items. Calls from several threads are safe.
    """

    __slots__ = ()

    def __init__(self, item_size: int) -> None:
        """Make a pool, without a heap yet.

        Args:
            item_size: Bytes, above 0.

        Raises:
            ValueError: ``item_size`` is out of range.

        Source: ``HeapCreate`` (heapapi.h), Windows 2000.
        """
        super().__init__(arguments.size("item_size", item_size))

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
