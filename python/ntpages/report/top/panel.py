"""Panels: a heading with the present value, and a graph of the last minute below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from ntpages.report import palette
from ntpages.report.top.graphs import gathered, mean, stacked
from ntpages.report.top.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ntpages.report.top.history import History


def color_of(part: str) -> Style:
    """Return the colour of a list in graphs."""
    known = {"Available": "free", "In use, modified": "in use"}
    return Style(color=palette.of_list(known.get(part, part).lower()).paper)


class Drawn(Lines):
    """A widget whose lines are drawn from the history, again only where they changed."""

    hatched = False
    """Whether areas are told apart by hatchings: there is no colour."""

    def __init__(self, name: str) -> None:
        """Begin with nothing to draw."""
        super().__init__(id=name)
        self._history: History | None = None
        self._rows: list[list[Segment]] = []
        self._drawn_on = Style.null()

    def show(self, history: History) -> None:
        """Draw what was seen last."""
        self._history = history
        before, drawn_on = self._rows, self._drawn_on
        self._rows, self._drawn_on = self.draw_rows(history), self.plain
        if len(before) != len(self._rows) or drawn_on != self._drawn_on:
            self.refresh()
            return
        lines = enumerate(zip(before, self._rows, strict=True))
        width = self.size.width
        changed = [Region(0, y, width, 1) for y, (old, new) in lines if old != new]
        if changed:  # without a region, all would be drawn
            self.refresh(*changed)

    def on_resize(self) -> None:
        """Draw it anew."""
        if self._history:
            self.show(self._history)

    def draw_rows(self, history: History) -> list[list[Segment]]:
        """Return the lines."""
        raise NotImplementedError("whoever is made of this has its own")

    def render_line(self, y: int) -> Strip:
        """Return a line as it was drawn."""
        plain = self._drawn_on
        row = self._rows[y] if y < len(self._rows) else []
        return Strip(Segment.apply_style(row, plain)).adjust_cell_length(self.size.width, plain)


class Panel(Drawn):
    """A heading, a value and a graph."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"panel--heading", "panel--value", "panel--rule"}
    DEFAULT_CSS = """
    Panel { width: 1fr; height: 1fr; margin: 0 1 0 0; }
    Panel .panel--heading { text-style: bold; color: $foreground; }
    Panel .panel--value { color: $foreground; }
    Panel .panel--rule { color: $panel-lighten-2; }
    """
    HEADING = ""

    def draw_rows(self, history: History) -> list[list[Segment]]:
        """Return the heading, and the graph below."""
        width, height = self.size.width, self.size.height - 1
        if width < 1 or height < 1:
            return []
        room = width - len(self.HEADING) - 1
        values = self.values(history)
        value = next((each for each in values if len(each) <= room), "")
        gap = width - len(self.HEADING) - len(value)
        rule = f" {'─' * (gap - 2)} " if gap > 1 else " " * gap
        heading = [
            Segment(self.HEADING, self.style_of("panel--heading")),
            Segment(rule, self.style_of("panel--rule")),
            Segment(value, self.style_of("panel--value")),
        ]
        return [heading, *self.graph(history, width, height)]

    def values(self, history: History) -> Sequence[str]:
        """Return the present value in words, the longest first: the first is shown that fits."""
        raise NotImplementedError("whoever is made of this has its own")

    def graph(self, history: History, width: int, height: int) -> list[list[Segment]]:
        """Return the lines of the graph."""
        raise NotImplementedError("whoever is made of this has its own")

    def _areas(
        self, history: History, values: Sequence[float], full: float, style: Style, **more: Any
    ) -> list[list[Segment]]:
        """Return a graph of one area."""
        columns = gathered(values, history.count, more["width"], more.pop("of", mean))
        styles = (style, *more.pop("styles", ()))
        return stacked(
            [(each,) for each in columns], full, styles=styles, hatched=self.hatched, **more
        )
