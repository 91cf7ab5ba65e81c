"""The panel of hard faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style

from ntpages.report import palette
from ntpages.report.top.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.segment import Segment

    from ntpages.report.top.history import History


class HardFaults(Panel):
    """Page faults that went to the disk."""

    HEADING = "Hard faults"

    def values(self, history: History) -> Sequence[str]:
        """Return how many there are each second, and the most there were."""
        now = history.points[-1].hard_faults
        if now is None:
            return ("-",)
        most = max(each.hard_faults or 0 for each in history.points)
        return f"{now:,.0f}/s, most {most:,.0f}", f"{now:,.0f}/s"

    def graph(self, history: History, width: int, height: int) -> list[list[Segment]]:
        """Return the rate; the height is the most there was, and ten at least."""
        rates = [each.hard_faults or 0 for each in history.points]
        style = Style(color=palette.of_use("heap").paper)
        return self._areas(
            history, rates, max(10, *rates, 0), style, width=width, height=height, of=max
        )
