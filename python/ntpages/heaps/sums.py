"""What is counted of heaps: their sizes, how they are split up, and what grew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ntpages import arguments
from ntpages._native import heaps as native
from ntpages.table import Table, adopt

__all__ = ["Fragmentation", "HeapSummary", "diff", "fragmentation", "histogram"]


@dataclass(frozen=True, slots=True)
class HeapSummary:
    """What a heap takes. Bytes."""

    allocated: int
    """In blocks that are in use."""
    committed: int
    """Charged against the system's commit limit."""
    reserved: int
    """Address space set aside."""
    limit: int
    """What may be reserved; in today's Windows the same as ``reserved``."""
    source: Literal["HeapSummary", "walk"]
    """Who counted: Windows, or ntpages by walking where the function is missing or a stub."""

    @classmethod
    def of(cls, found: native.HeapTotals) -> HeapSummary:
        """Make a native result one of these. For ntpages's own modules."""
        source: Literal["HeapSummary", "walk"] = "walk" if found.walked else "HeapSummary"
        return cls(found.allocated, found.committed, found.reserved, found.limit, source)


@dataclass(frozen=True, slots=True)
class Fragmentation:
    """How a heap's memory is split up. Sizes in bytes."""

    busy_blocks: int
    """Blocks in use, a count."""
    busy: int
    """What they hold."""
    free_blocks: int
    """Holes, a count."""
    free: int
    """What they hold."""
    largest_free: int
    """The largest of them: a bigger block needs fresh memory."""
    uncommitted: int
    """Reserved, and without memory."""

    @classmethod
    def of(cls, sums: native.HeapSums) -> Fragmentation:
        """Make a native result one of these. For ntpages's own modules."""
        return cls(
            sums.busy_blocks,
            sums.busy,
            sums.free_blocks,
            sums.free,
            sums.largest_free,
            sums.uncommitted,
        )

    @property
    def ratio(self) -> float:
        """The share of the free bytes that are not in the largest hole: 0.0 is one hole."""
        return 1 - self.largest_free / self.free if self.free else 0.0


def histogram(entries: Table) -> Table:
    """Count blocks by size, in a table from ``Heap.walk()`` or ``walk_process()``.

    Args:
        entries: The table, or rows of it.

    Returns:
        As ``Heap.histogram()``.

    Raises:
        ValueError: The table is none of heap entries.
    """
    return adopt(native.count_entries(arguments.instance("entries", entries, Table)))


def fragmentation(entries: Table) -> Fragmentation:
    """Return how the memory in a table of heap entries is split up.

    Args:
        entries: A table from ``Heap.walk()`` or ``walk_process()``, or rows of it.

    Raises:
        ValueError: The table is none of heap entries.
    """
    return Fragmentation.of(native.sum_entries(arguments.instance("entries", entries, Table)))


def diff(before: Table, after: Table) -> Table:
    """Return what grew between two walks, by block size, the greatest growth first.

    Two blocks are one and the same if address and size are: so a block that was freed, and given
    out again for the same size, does not show. Blocks that only came and went between the walks
    do not show either: what is left is what stayed.

    Args:
        before: A table of heap entries: of one heap, or of a process. Also one that was saved, and
            read into a ``ntpages.table.Table`` with the columns ``address`` and ``size`` (as
            unsigned 64-bit numbers) and ``kind`` (as words).
        after: A later one of the same.

    Returns:
        A table with the columns ``size`` (bytes), ``appeared`` and ``vanished`` (counts of blocks),
        ``growth`` (bytes, below zero where more vanished), and ``address``, of one block that
        appeared, to look at its content; 0 if none did.

    Raises:
        ValueError: One of the tables is none of heap entries.
        MemoryError: There is no memory to compare them.
    """
    arguments.instance("before", before, Table)
    arguments.instance("after", after, Table)
    return adopt(native.compare_entries(before, after))
