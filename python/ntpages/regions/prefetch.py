"""Prefetching: what is in mapped files, or was paged out, brought in before it is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import arguments
from ntpages._native import regions as native

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["prefetch"]


def prefetch(*buffers: Buffer) -> None:
    """Bring memory of this process in from disk: many ranges with one call and large reads.

    Touching a mapped file page by page waits for one small read after the other. Where it is known
    what will be looked at, this asks for all of it at once::

        with open("index.bin", "rb") as file:
            index = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        whole = memoryview(index)
        prefetch(whole[:header], whole[table : table + size])

    It is a hint: pages come into RAM, on the standby list, as far as there is room. The first touch
    of each is still a (soft) fault, and nothing is committed or locked.

    Args:
        buffers: Whatever lends its memory in one piece: ``mmap`` objects, slices of memoryviews,
            arrays, regions, views of sections. Empty ones are passed over.

    Raises:
        TypeError: One of them is no buffer.
        BufferError: One of them is not in one piece.
        UnavailableError: This Windows is older than 8.
        NtError: Windows refused.

    Source: ``PrefetchVirtualMemory`` (memoryapi.h), Windows 8.
    """
    native.prefetch([arguments.buffer(f"buffers[{at}]", each) for at, each in enumerate(buffers)])
