"""The exercise: show every block of a heap with what it is."""

from __future__ import annotations

from ntpages.heaps import Heap

with Heap.create() as heap:
    kept = [heap.allocate(size) for size in (16, 100, 4000)]
    kept.pop(1).free()
    entries = heap.walk()
    for entry in entries:
        print(f"{entry.address:#x} {entry.size:>8} {entry.kind}")
    busy = [entry for entry in entries if entry.kind == "busy"]
    assert {each.address for each in kept} <= {entry.address for entry in busy}
