"""How the memory of a target is laid out, by how wide its pointers are, and how to change it."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ntpages import regions
from ntpages.processes import Process
from ntpages.regions import Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from target import Target


@dataclass(frozen=True)
class Width:
    """How wide the pointers of a process are, and where its structures have what."""

    fixture: str
    pointer: str
    """For ``struct``."""
    process_heap: int
    """In the PEB, and so the next."""
    heaps: int
    """NumberOfHeaps, MaximumNumberOfHeaps and ProcessHeaps."""
    segment: str
    """Start of a heap's segment: entry, signature, flags, list entry, heap."""
    entry: int
    """Of it, where the list entry is."""
    list_head: int
    """Where a heap keeps the head of that list: anywhere behind its first segment."""
    block: str
    """Start of a large block of a heap: what it has committed, and its size, behind its links."""
    stack_base: int
    """In the TEB, and so the next two."""
    self: int
    thread: int

    @property
    def size(self) -> int:
        """Bytes of a pointer."""
        return struct.calcsize(self.pointer)

    def pack(self, *pointers: int) -> bytes:
        return b"".join(struct.pack(self.pointer, each) for each in pointers)

    def use(self, use: Use) -> Use:
        """What walks call it in a process of this width."""
        return use if self is BITS64 else Use(f"32-bit {use.value}")


BITS64 = Width(
    *("target", "<Q", 0x30, 0xE8),
    *("<16xIIQQQ", 0x18, 0x120, "<32xQQ"),
    *(0x08, 0x30, 0x48),
)
BITS32 = Width(
    *("target32", "<I", 0x18, 0x88),
    *("<8xIIIII", 0x10, 0xA4, "<16xII"),
    *(0x04, 0x18, 0x24),
)


def row_at(target: Target, address: int) -> Any:
    """What the walk says of the region that an address lies in."""
    table = regions.walk(target.pid)
    (row,) = (row for row in table if row.address <= address < row.address + row.size)
    return row


@contextmanager
def written_over(target: Target, address: int, content: bytes) -> Iterator[None]:
    """Other bytes in the target, for as long as it waits for its next line."""
    with Process(target.pid) as process:
        before = process.read(address, len(content))
        process.write(address, content)
        try:
            yield
        finally:
            process.write(address, before)
