"""A region whose writes Windows records, and of which one page in a hundred is written."""

from __future__ import annotations

from ntpages.regions import Region

PAGE = 4096
STEP = 100 * PAGE  # from one page that is written to the next


def watched(size: int) -> Region:
    return Region(size, write_watch=True)


def write(region: Region, byte: int = 1) -> None:
    """Write a byte to one page in a hundred."""
    with memoryview(region) as view:
        view[::STEP] = bytes([byte]) * len(view[::STEP])
