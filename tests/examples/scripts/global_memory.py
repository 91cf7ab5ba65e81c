"""GlobalAlloc and LocalAlloc: a handle that is locked to be used, as the clipboard wants it."""

from __future__ import annotations

from ntpages.heaps import GlobalMemory

for local in (False, True):
    with GlobalMemory(100, movable=True, zero=True, local=local) as memory:
        with memoryview(memory) as view:
            view[:5] = b"hello"
        print(
            f"{'Local' if local else 'Global'}Alloc: {memory.size} bytes, handle {memory.handle:#x}"
        )
        handle = memory.detach()
    with GlobalMemory.adopt(handle, local=local) as again, memoryview(again) as view:
        assert bytes(view[:5]) == b"hello"
