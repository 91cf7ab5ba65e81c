"""What grew between two walks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.report.cells import address, bar, count, size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from rich.table import Table as RichTable

    from ntpages.table import Table


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
