"""HeapQueryInformation, HeapValidate, HeapSummary, HeapSize, HeapLock, HeapCompact; all heaps."""

from __future__ import annotations

from ntpages import heaps
from ntpages.heaps import Heap

print(f"{len(heaps.heaps())} heaps; the default one is {Heap.default().kind.name}")
with Heap.create() as heap:
    block = heap.allocate(1000)
    assert heap.address in {each.address for each in heaps.heaps()}
    assert heap.validate()
    assert heap.validate(block)
    assert heap.size(block) == 1000
    print(heap.summary())
    with heap.locked():
        assert len(heap.walk()) > 0
    print(f"the largest free block after compacting: {heap.compact()} bytes")
