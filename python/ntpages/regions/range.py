"""Range: a run of bytes, as users name it and as calls affect it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Range"]


@dataclass(frozen=True, slots=True)
class Range:
    """A run of bytes."""

    offset: int
    """First byte, from the start of what it is part of."""
    size: int
    """Bytes."""
