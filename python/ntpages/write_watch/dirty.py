"""Which pages of a region were written."""

from __future__ import annotations

from typing import NamedTuple

from ntpages import arguments
from ntpages._native import write_watch as native
from ntpages.regions import Region
from ntpages.table import Table, adopt

__all__ = ["DirtyRow", "dirty"]


class DirtyRow(NamedTuple):
    """A page that was written."""

    offset: int


def dirty(
    region: Region, *, reset: bool = False, offset: int = 0, size: int | None = None
) -> Table[DirtyRow]:
    """Return the pages that were written since the region was made, or last reset.

    Args:
        region: Made with ``write_watch=True``.
        reset: Count each page as unwritten from the moment it is found: a write at the same time
            is in this answer or in the next, never in none.
        offset: Bytes from the start. Pages that hold one of the bytes are looked at.
        size: Bytes; ``None`` for all from ``offset`` on.

    Returns:
        One row per page with its ``offset`` in bytes, ascending; also of pages that were
        decommitted since.

    Raises:
        ValueError: The region was made without ``write_watch``, or is closed, or does not hold
            the bytes.
        BufferError: ``reset`` while ``Snapshots`` follow the region.
        OutOfMemoryError: No memory for 8 bytes per page looked at. Nothing was reset.
        NtError: Windows refused.

    Source: ``GetWriteWatch`` (memoryapi.h), Windows XP.
    """
    arguments.instance("region", region, Region)
    offset, size = arguments.part(offset, size, region.size)
    return adopt(native.dirty(region, offset, size, arguments.boolean("reset", reset)), DirtyRow)
