"""Heaps: private ones to allocate from, and a close look into any.

Make a ``Heap`` for what shall be freed together, a ``Pool`` for items of one size. Walk
the heaps of this process (``Heap.walk()``) or of another (``walk_process()``) into a table of
blocks; count them by size, measure their holes, and find what grew between two walks:

    before = heaps.Heap.default().walk()
    suspicious()
    print(heaps.diff(before, heaps.Heap.default().walk())[:10].to_dict())

``image_options()`` shows and changes how the heaps of a program start out.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ntpages import _native
from ntpages._heap import Heap, Pool
from ntpages._heap_global import GlobalMemory
from ntpages._heap_image import (
    Change,
    GlobalFlag,
    ImageOptions,
    image_options,
    set_image_options,
)
from ntpages._heap_remote import ProcessHeap, ProcessHeaps, walk_process
from ntpages._heap_sums import Fragmentation, HeapSummary
from ntpages._native import Block, EntryFlag, HeapKind
from ntpages.table import adopt

if TYPE_CHECKING:
    from ntpages.table import Table

__all__ = [
    "Block",
    "Change",
    "EntryFlag",
    "Fragmentation",
    "GlobalFlag",
    "GlobalMemory",
    "Heap",
    "HeapKind",
    "HeapSummary",
    "ImageOptions",
    "Pool",
    "ProcessHeap",
    "ProcessHeaps",
    "diff",
    "fragmentation",
    "heaps",
    "histogram",
    "image_options",
    "set_image_options",
    "terminate_on_corruption",
    "walk_process",
]


def heaps() -> list[Heap]:
    """Return every heap of this process, the default one first.

    The list is of a moment: libraries create heaps and destroy them.

    Raises:
        NtError: Windows refused.

    Source: ``GetProcessHeaps`` (heapapi.h), Windows 2000.
    """
    found = []
    for address in _native.heap_addresses():
        with suppress(ValueError):  # destroyed since it was listed
            found.append(Heap.at(address))
    return found


def histogram(entries: Table) -> Table:
    """Count blocks by size, in a table from ``Heap.walk()`` or ``walk_process()``.

    Args:
        entries: The table, or rows of it.

    Returns:
        As ``Heap.histogram()``.

    Raises:
        ValueError: The table is none of heap entries.
    """
    return adopt(_native.count_entries(entries))


def fragmentation(entries: Table) -> Fragmentation:
    """Return how the memory in a table of heap entries is split up.

    Args:
        entries: A table from ``Heap.walk()`` or ``walk_process()``, or rows of it.

    Raises:
        ValueError: The table is none of heap entries.
    """
    return Fragmentation.of(_native.sum_entries(entries))


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
    return adopt(_native.compare_entries(before, after))


def terminate_on_corruption() -> None:
    """Make Windows end this process the moment any of its heaps is found corrupt.

    It can't be undone, for the life of the process, and there is no last word: no exception, no
    ``atexit``. Most 64-bit programs of the last decade have it on from the start, Python too.

    Raises:
        NtError: Windows refused.

    Source: ``HeapSetInformation`` (heapapi.h), Windows Vista.
    """
    _native.terminate_on_heap_corruption()
