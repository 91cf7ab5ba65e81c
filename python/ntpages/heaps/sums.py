"""What is counted of heaps: their sizes, how they are split up, and what grew."""

from __future__ import annotations

from typing import NamedTuple

from ntpages import arguments
from ntpages._native import heaps as native
from ntpages._native.heaps import Fragmentation, HeapSummary
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

__all__ = [
    "Fragmentation",
    "GrowthRow",
    "HeapSummary",
    "SizeRow",
    "diff",
    "fragmentation",
    "histogram",
]


class SizeRow(NamedTuple):
    """The blocks of a size class."""

    smallest: int
    largest: int
    busy: int
    busy_size: int
    free: int
    free_size: int


@shows_addresses
class GrowthRow(NamedTuple):
    """What became of the blocks of one size between two walks."""

    size: int
    appeared: int
    vanished: int
    growth: int
    address: Address


def histogram(entries: Table) -> Table[SizeRow]:
    """Count blocks by size, in a table from ``Heap.walk()`` or ``walk_process()``.

    Args:
        entries: The table, or rows of it.

    Returns:
        As ``Heap.histogram()``.

    Raises:
        ValueError: The table is none of heap entries.
    """
    return adopt(native.count_entries(arguments.instance("entries", entries, Table)), SizeRow)


def fragmentation(entries: Table) -> Fragmentation:
    """Return how the memory in a table of heap entries is split up.

    Args:
        entries: A table from ``Heap.walk()`` or ``walk_process()``, or rows of it.

    Raises:
        ValueError: The table is none of heap entries.
    """
    return native.sum_entries(arguments.instance("entries", entries, Table))


def diff(before: Table, after: Table) -> Table[GrowthRow]:
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
    return adopt(native.compare_entries(before, after), GrowthRow)
