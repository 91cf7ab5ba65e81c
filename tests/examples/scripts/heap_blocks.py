"""HeapAlloc, HeapReAlloc, HeapFree on a private heap, and a heap for objects of one size."""

from __future__ import annotations

from ntpages.errors import NtError
from ntpages.heaps import Heap, Pool

with Heap.create(64 << 10, 16 << 20) as heap:
    block = heap.allocate(100, zero=True)
    memoryview(block)[:5] = b"hello"
    longer = heap.reallocate(block, 5000)
    assert bytes(memoryview(longer)[:5]) == b"hello"
    print(f"100 bytes became {heap.size(longer)} at {longer.address:#x}")
    try:
        heap.reallocate(longer, 1 << 19, in_place=True)
    except NtError as refused:
        print(f"not in its place: {refused}")
    longer.free()
    try:
        heap.allocate(32 << 20)
    except MemoryError as refused:
        print(f"a heap of fixed size: {refused}")

with Pool(24) as pool:  # what operator new and delete of a class do
    blocks = [pool.allocate() for _ in range(1000)]
    addresses = {each.address for each in blocks}
    assert len(addresses) == 1000
    for each in blocks:
        each.free()
    print(f"1000 objects of 24 bytes at {min(addresses):#x} to {max(addresses):#x}, all freed")
