"""What grew between two walks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ntpages.report.cells import address, bar, count, size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table as RichTable

    from ntpages.table import Table


@dataclass(frozen=True, slots=True)
class HeapGrowth:
    """What the blocks of a heap hold in two walks. Bytes."""

    address: int
    before: int
    after: int


def heaps_table(heaps: Sequence[HeapGrowth]) -> RichTable:
    """Return what the blocks of each heap held, and hold."""
    shown = table(line("heap"), *map(number, ("before", "after", "growth")), line())
    changes = [each.after - each.before for each in heaps]
    most = max(changes, default=0)
    for each, change in zip(heaps, changes, strict=True):
        cells = (size(each.before), size(each.after), size(change, signed=True))
        shown.add_row(address(each.address), *cells, bar(change, most, width=16))
    return shown


def growth_table(grown: Table, top: int | None) -> RichTable:
    """Return what grew by block size, the first ``top`` of it, and the sum of all."""
    numbers = map(number, ("block size", "appeared", "vanished", "growth"))
    shown = table(*numbers, line("one of them"), line())
    most = max(grown.column("growth"), default=0)
    for row in grown[:top]:
        shown.add_row(
            f"{count(row.size)} B",
            count(row.appeared),
            count(row.vanished),
            size(row.growth, signed=True),
            address(row.address) if row.address else "-",
            bar(row.growth, most, width=16),
        )
    shown.add_row(
        "all",
        count(sum(grown.column("appeared"))),
        count(sum(grown.column("vanished"))),
        size(sum(grown.column("growth")), signed=True),
        style="bold",
    )
    return shown
