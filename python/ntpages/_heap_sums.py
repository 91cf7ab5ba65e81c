"""What is counted of heaps: their sizes, and how they are split up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ntpages import _native

__all__ = ["Fragmentation", "HeapSummary"]


@dataclass(frozen=True, slots=True)
class HeapSummary:
    """What a heap takes. Bytes."""

    allocated: int
    """In blocks that are in use."""
    committed: int
    """Charged against the system's commit limit."""
    reserved: int
    """Address space set aside."""
    limit: int
    """What may be reserved; in today's Windows the same as ``reserved``."""
    source: Literal["HeapSummary", "walk"]
    """Who counted: Windows, or ntpages by walking where the function is missing or a stub."""

    @classmethod
    def of(cls, found: _native.HeapTotals) -> HeapSummary:
        """Make a native result one of these. For ntpages's own modules."""
        source: Literal["HeapSummary", "walk"] = "walk" if found.walked else "HeapSummary"
        return cls(found.allocated, found.committed, found.reserved, found.limit, source)


@dataclass(frozen=True, slots=True)
class Fragmentation:
    """How a heap's memory is split up. Sizes in bytes."""

    busy_blocks: int
    """Blocks in use, a count."""
    busy: int
    """What they hold."""
    free_blocks: int
    """Holes, a count."""
    free: int
    """What they hold."""
    largest_free: int
    """The largest of them: a bigger block needs fresh memory."""
    uncommitted: int
    """Reserved, and without memory."""

    @classmethod
    def of(cls, sums: _native.HeapSums) -> Fragmentation:
        """Make a native result one of these. For ntpages's own modules."""
        return cls(
            sums.busy_blocks,
            sums.busy,
            sums.free_blocks,
            sums.free,
            sums.largest_free,
            sums.uncommitted,
        )

    @property
    def ratio(self) -> float:
        """The share of the free bytes that are not in the largest hole: 0.0 is one hole."""
        return 1 - self.largest_free / self.free if self.free else 0.0
