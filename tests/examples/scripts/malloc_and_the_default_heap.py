"""malloc of Microsoft's C runtime takes from the default heap."""

from __future__ import annotations

import ctypes

from ntpages.heaps import Heap

runtime = ctypes.CDLL("ucrtbase")
runtime.malloc.restype = ctypes.c_void_p
runtime.free.argtypes = [ctypes.c_void_p]
address = runtime.malloc(123_457)
sizes = {entry.address: entry.size for entry in Heap.default().walk()}
print(f"malloc({123_457}) is a block of {sizes[address]} bytes at {address:#x}")
assert sizes[address] >= 123_457
runtime.free(address)
