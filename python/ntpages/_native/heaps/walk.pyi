from enum import IntFlag

from ntpages._native.heaps.heap import Heap
from ntpages._native.heaps.sums import Fragmentation, HeapSummary
from ntpages._native.table import Table

class EntryFlag(IntFlag):
    """Flags of a heap's entry, Windows' own (undocumented)."""

    BUSY = 0x0001
    SEGMENT = 0x0002
    SETTABLE = 0x0010
    MOVABLE = 0x0020
    DDE_SHARE = 0x0040
    UNCOMMITTED = 0x1000
    NO_ACCESS = 0x2000
    LARGE = 0x4000
    LOW_FRAGMENTATION = 0x8000

def walk_heap(heap: Heap) -> tuple[Table, bool]: ...
def walk_heap_in_detail(heap: Heap) -> tuple[Table, bool]: ...
def count_heap(heap: Heap) -> tuple[Table, bool]: ...
def sum_heap(heap: Heap) -> tuple[Fragmentation, bool]: ...
def summarize_heap(heap: Heap) -> tuple[HeapSummary, bool]: ...
