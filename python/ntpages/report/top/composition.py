"""Physical memory as one line, and its lists in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment

from ntpages.report.cells import size
from ntpages.report.top.graphs import HATCHINGS, across
from ntpages.report.top.panel import Drawn, color_of

if TYPE_CHECKING:
    from ntpages.report.top.history import History


class Composition(Drawn):
    """Physical memory on one line, and what its parts are below."""

    DEFAULT_CSS = "Composition { height: 2; margin: 0 1 0 0; }"

    def draw_rows(self, history: History) -> list[list[Segment]]:
        """Return the bar and its legend."""
        width = self.size.width
        parts = history.points[-1].parts
        styles = [color_of(name) for name, _ in parts]
        bar = across([part for _, part in parts], width=width, styles=styles, hatched=self.hatched)
        legend = []
        for at, (name, part) in enumerate(parts):
            mark = HATCHINGS[at] if self.hatched else "■"
            legend.append(Segment(mark, None if self.hatched else styles[at]))
            legend.append(Segment(f" {name} {size(part)}  "))
        rest = width - sum(len(each.text) for each in legend)
        total = f"{size(history.last.memory.total)} in all"
        if rest >= len(total):
            legend.append(Segment(total.rjust(rest)))
        return [bar, legend]
