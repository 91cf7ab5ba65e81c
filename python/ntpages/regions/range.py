"""Range: offset and size, as users name bytes and as calls affect them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Range"]


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes that follow each other."""

    offset: int
    """First byte, from the start of what it is part of."""
    size: int
    """Bytes."""
