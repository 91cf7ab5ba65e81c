"""Walking a heap of this process: its entries as a table, and what they add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages._native import heaps as native
from ntpages.table import adopt

if TYPE_CHECKING:
    from ntpages._native.heaps import Fragmentation, HeapSummary
    from ntpages.table import Table

__all__ = ["WalkedHeap"]


class WalkedHeap(native.Heap):
    """The part of ``ntpages.heaps.Heap`` that tells what is in it."""

    __slots__ = ()

    def walk(self) -> Table:
        """Return every entry of the heap.

        One native call, with the heap locked; the result is in memory of its own, so that walking
        never changes what is walked, not even the default heap.

        Returns:
            A table with the columns ``address``, ``size`` (bytes; of a region its address space),
            ``overhead`` (bytes), ``flags`` (Windows' own, undocumented), ``region`` (a number), and
            ``kind``: ``"busy"``, ``"free"``, ``"uncommitted"`` or ``"region"``.

        Raises:
            ValueError: The heap is closed, or it is another's and has no lock.
            OutOfMemoryError: There is no memory for the table.
            NtError: The heap is corrupt.

        Source: ``HeapLock`` (heapapi.h), Windows 2000; ``RtlWalkHeap`` (undocumented, Windows NT
        3.1), which ``HeapWalk`` calls, and which knows sizes above 4 GiB.
        """
        return adopt(native.walk_heap(self))

    def histogram(self) -> Table:
        """Count the heap's blocks by size, without a table of them.

        Returns:
            A table with a row per size class, each twice as wide as the one before: ``smallest``
            and ``largest`` (bytes), ``busy`` and ``free`` (counts), ``busy_size`` and
            ``free_size`` (bytes).

        Raises:
            ValueError: The heap is closed, or it is another's and has no lock.
            NtError: The heap is corrupt.

        Source: as ``walk()``.
        """
        return adopt(native.count_heap(self))

    def fragmentation(self) -> Fragmentation:
        """Return how the heap's memory is split up, without a table of it.

        Raises:
            ValueError: The heap is closed, or it is another's and has no lock.
            NtError: The heap is corrupt.

        Source: as ``walk()``.
        """
        return native.sum_heap(self)

    def summary(self) -> HeapSummary:
        """Return what the heap takes.

        Raises:
            ValueError: The heap is closed, or it is another's and has no lock.
            NtError: Windows refused.

        Source: ``HeapSummary`` (heapapi.h), in every Windows 10, documented by its header only;
        else as ``walk()``.
        """
        return native.summarize_heap(self)
