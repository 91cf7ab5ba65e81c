"""The panel of physical memory: list upon list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.report.cells import size
from ntpages.report.top.graphs import gathered, mean, stacked
from ntpages.report.top.panel import Panel, color_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.segment import Segment

    from ntpages.report.top.history import History


class Physical(Panel):
    """Physical memory, list upon list."""

    HEADING = "Memory"

    def values(self, history: History) -> Sequence[str]:
        """Return how much is in use."""
        total = history.last.memory.total
        used = history.points[-1].parts[0][1]
        share = f"{used / total:.0%}" if total else "-"
        return f"{share} of {size(total)} in use", f"{share} in use", share

    def graph(self, history: History, width: int, height: int) -> list[list[Segment]]:
        """Return the lists of the last minute, one upon the other."""
        names = [name for name, _ in history.points[-1].parts]
        points = [dict(each.parts) for each in history.points]
        series = [
            gathered([each.get(name, 0) for each in points], history.count, width, mean)
            for name in names
        ]
        styles = [color_of(name) for name in names]
        total = history.last.memory.total
        columns = list(zip(*series, strict=True))
        return stacked(
            columns, total, width=width, height=height, styles=styles, hatched=self.hatched
        )
