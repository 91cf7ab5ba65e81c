"""Ranges: runs of bytes of something, as users name them and as calls affect them."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index

__all__ = ["PAGE", "Range", "checked"]

PAGE = 4096  # bytes, on every processor that 64-bit Windows runs on


@dataclass(frozen=True, slots=True)
class Range:
    """A run of bytes."""

    offset: int
    """First byte, from the start of what it is part of."""
    size: int
    """Bytes."""


def checked(offset: int, size: int | None, total: int, *, whole_pages: bool = False) -> Range:
    """Return bytes that lie in ``[0, total)``; ``size`` None means all from ``offset`` on.

    Raises:
        ValueError: They don't, there are none, or they are no whole pages where that matters.
        TypeError: A number is no integer.
    """
    offset = index(offset)
    if not 0 <= offset < total:
        msg = f"offset must be from 0 to {total - 1}, not {offset}"
        raise ValueError(msg)
    size = total - offset if size is None else index(size)
    if not 0 < size <= total - offset:
        msg = f"size must be from 1 to {total - offset} at offset {offset}, not {size}"
        raise ValueError(msg)
    if whole_pages and (offset % PAGE or size % PAGE):
        msg = f"offset and size must be whole pages of {PAGE} bytes, not {offset} and {size}"
        raise ValueError(msg)
    return Range(offset, size)
