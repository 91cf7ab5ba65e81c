from dataclasses import dataclass
from typing import Literal

from ntpages._native.table import Table

@dataclass(frozen=True)
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

@dataclass(frozen=True)
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
    @property
    def ratio(self) -> float:
        """The share of the free bytes that are not in the largest hole: 0.0 is one hole."""

def count_entries(table: Table) -> Table: ...
def sum_entries(table: Table) -> Fragmentation: ...
def compare_entries(before: Table, after: Table) -> Table: ...
