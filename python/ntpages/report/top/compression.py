"""The panel of the compression store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style

from ntpages.report import palette
from ntpages.report.cells import size
from ntpages.report.top.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.segment import Segment

    from ntpages.report.top.history import History


class Compression(Panel):
    """What compressed pages take."""

    HEADING = "Compressed"

    def values(self, history: History) -> Sequence[str]:
        """Return the size of the store, and of what is in it where that is known."""
        told = history.last.compression
        store = history.points[-1].store
        if not store and not told:
            return ("none",)
        both = f"{size(told.data)} in {size(store)}" if told else size(store)
        return both, size(store)

    def graph(self, history: History, width: int, height: int) -> list[list[Segment]]:
        """Return its size; the height is a quarter more than the most there was."""
        sizes = [each.store for each in history.points]
        style = Style(color=palette.of_use("PEB").paper)
        return self._areas(history, sizes, max(sizes) * 1.25, style, width=width, height=height)
