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

from ntpages._native.heaps import Block, EntryFlag, HeapFlag, HeapKind
from ntpages.heaps.global_memory import GlobalMemory
from ntpages.heaps.heap import Heap, heaps, optimize, terminate_on_corruption
from ntpages.heaps.image import (
    Change,
    GlobalFlag,
    ImageOptions,
    PageHeapFlag,
    image_options,
    set_image_options,
)
from ntpages.heaps.machine import machine_segment_heap, set_machine_segment_heap
from ntpages.heaps.pool import Pool
from ntpages.heaps.remote import ProcessHeap, ProcessHeaps, RemoteEntryRow, walk_process
from ntpages.heaps.sums import (
    Fragmentation,
    GrowthRow,
    HeapSummary,
    SizeRow,
    diff,
    fragmentation,
    histogram,
)
from ntpages.heaps.walk import DetailRow, EntryRow

__all__ = [
    "Block",
    "Change",
    "DetailRow",
    "EntryFlag",
    "EntryRow",
    "Fragmentation",
    "GlobalFlag",
    "GlobalMemory",
    "GrowthRow",
    "Heap",
    "HeapFlag",
    "HeapKind",
    "HeapSummary",
    "ImageOptions",
    "PageHeapFlag",
    "Pool",
    "ProcessHeap",
    "ProcessHeaps",
    "RemoteEntryRow",
    "SizeRow",
    "diff",
    "fragmentation",
    "heaps",
    "histogram",
    "image_options",
    "machine_segment_heap",
    "optimize",
    "set_image_options",
    "set_machine_segment_heap",
    "terminate_on_corruption",
    "walk_process",
]

__dir__ = __all__.copy
