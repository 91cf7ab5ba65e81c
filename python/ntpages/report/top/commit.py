"""The panel of the commit charge and its limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style

from ntpages.report import palette
from ntpages.report.cells import size
from ntpages.report.top.graphs import gathered
from ntpages.report.top.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.segment import Segment

    from ntpages.report.top.history import History


class Commit(Panel):
    """Commit charge against its limit."""

    HEADING = "Commit"

    def values(self, history: History) -> Sequence[str]:
        """Return the charge and the limit."""
        now = history.points[-1]
        share = f"{now.committed / now.limit:.0%}" if now.limit else "-"
        whole = f"{size(now.committed)} of {size(now.limit)}"
        return f"charge {whole}, {share}", whole, f"{share} of limit", share

    def graph(self, history: History, width: int, height: int) -> list[list[Segment]]:
        """Return the charge, and the limit as a line."""
        points = history.points
        limits = gathered([each.limit for each in points], history.count, width, max)
        return self._areas(
            history,
            [each.committed for each in points],
            max(limits),
            Style(color=palette.of_use("private").paper),
            width=width,
            height=height,
            styles=(Style(color=palette.of_use("heap").paper),),
            limits=limits,
        )
