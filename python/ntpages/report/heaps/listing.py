"""The heaps of a process: what they take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ntpages.report.cells import address, bar, count, size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

_KINDS = {"nt": "NT", "low-fragmentation": "NT, LFH", "segment": "segment", None: "-"}


@dataclass(frozen=True, slots=True)
class HeapLine:
    """A heap in the list of heaps. Sizes in bytes; ``None`` is unknown."""

    address: int
    kind: str | None
    """As ``ntpages.report.cells.word()`` has it."""
    blocks: int | None
    """In use, a count."""
    allocated: int | None
    """In those blocks."""
    committed: int | None
    reserved: int | None


def heaps_table(shown_lines: Sequence[HeapLine], lines: Sequence[HeapLine]) -> Table:
    """Return some heaps, with bars for what is committed, and the sum of all ``lines``."""
    numbers = map(number, ("blocks", "in use", "committed", "reserved"))
    shown = table(line("heap"), line("kind"), *numbers, line())
    committed = _sum(each.committed for each in lines) or 0
    for each in shown_lines:
        shown.add_row(
            address(each.address),
            _KINDS[each.kind],
            count(each.blocks),
            size(each.allocated),
            size(each.committed),
            size(each.reserved),
            bar(each.committed or 0, committed, width=12),
        )
    shown.add_row(
        "all",
        "",
        count(_sum(each.blocks for each in lines)),
        size(_sum(each.allocated for each in lines)),
        size(committed),
        size(_sum(each.reserved for each in lines)),
        style="bold",
    )
    return shown


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
