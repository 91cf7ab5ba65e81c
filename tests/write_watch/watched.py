"""Regions whose writes Windows records, and writing to them."""

from __future__ import annotations

from ntpages.regions import Region

PAGE = 4096
PAGES = 16


def watched(pages: int = PAGES, *, commit: bool = True) -> Region:
    return Region(pages * PAGE, commit=commit, write_watch=True)


def write(region: Region, *pages: int, byte: int = 1, at: int = 0) -> None:
    """Write one byte into each of these pages."""
    with memoryview(region) as view:
        for page in pages:
            view[page * PAGE + at] = byte
