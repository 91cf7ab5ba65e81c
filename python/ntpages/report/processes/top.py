"""The table of ``ntpages top``: every process, drawn only where it is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ntpages.report.columns import cell, heading, is_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.events import Click

    from ntpages.table import Table

_GAP = 2
_WIDTHS = {"name": 24, "started": 19}  # characters
_WIDTH = 8  # of all others: "1023 MiB"

_MORE = Style(color="yellow", bold=True)
_LESS = Style(color="cyan")
_NEW = Style(color="green")
_SHUT = Style(dim=True)
_CURSOR = Style(reverse=True)
_HEADING = Style(bold=True, underline=True)


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line shows. Lines that show the same are not drawn again."""

    row: tuple[Any, ...]
    before: tuple[Any, ...] | None
    """The same process a look ago, if anything has changed since."""
    new: bool
    chosen: bool


class ProcessTable(ScrollView, can_focus=True):
    """Processes in the order in which they come, one of them under the cursor.

    A cell that grew since the last look is yellow and bold, one that shrank cyan, a process that
    is new green, and one that can't be opened dim. The cursor stays on its process.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "move(-1000000)", show=False),
        Binding("end", "move(1000000)", show=False),
    ]

    class SortBy(Message):
        """Somebody clicked on the heading of a column."""

        def __init__(self, column: str) -> None:
            """Say which."""
            super().__init__()
            self.column = column

    def __init__(self) -> None:
        """Begin with nothing to show."""
        super().__init__()
        self._table: Table | None = None
        self._earlier: Table | None = None
        self._places: dict[tuple[int, float], int] = {}  # of processes in the earlier table
        self._headings: list[str] = []
        self._sort = ""
        self._cursor = 0
        self._drawn: dict[int, _Line] = {}  # by line of the screen

    @property
    def process(self) -> Any | None:
        """The row under the cursor."""
        return self._table[self._cursor] if self._table else None

    def show(self, table: Table, *, sort: str, descending: bool) -> None:
        """Show these processes, and what changed since those of the last time."""
        under = self.process
        if self._table is not None:
            self._earlier = self._table
            self._places = {identity: at for at, identity in enumerate(_identities(self._table))}
        self._table = table
        pids = table.column("pid").tolist()
        at = pids.index(under.pid) if under and under.pid in pids else self._cursor
        self._cursor = max(0, min(at, len(pids) - 1))
        if sort != self._sort:
            self._sort = sort
            self.call_after_refresh(self._reveal, sort)
        headings = [
            heading(name) + (" ▼" if descending else " ▲") * (name == sort) for name in table.names
        ]
        size = Size(sum(map(_width, table.names, headings)), len(table) + 1)
        if headings != self._headings or size != self.virtual_size:
            self._headings = headings
            self.virtual_size = size
            self.refresh()
        else:
            width = self.size.width
            changed = [y for y in range(1, self.size.height) if self._line(y) != self._drawn.get(y)]
            if changed:  # without a region, all would be drawn
                self.refresh(*(Region(0, y, width, 1) for y in changed))

    def _reveal(self, column: str) -> None:
        """Scroll so that a column is seen."""
        assert self._table is not None
        widths = list(map(_width, self._table.names, self._headings))
        at = self._table.names.index(column)
        where = Region(sum(widths[:at]), self.scroll_offset.y, widths[at], 1)
        self.scroll_to_region(where, animate=False, y_axis=False, force=True)

    def _line(self, y: int) -> _Line | None:
        number = y + self.scroll_offset.y - 1
        if not self._table or number >= len(self._table):
            return None
        row = self._table[number]
        place = self._places.get((row.pid, row.started))
        before = None if self._earlier is None or place is None else self._earlier[place]
        return _Line(
            row,
            before if before != row else None,
            new=before is None and bool(self._earlier),
            chosen=number == self._cursor,
        )

    def render_line(self, y: int) -> Strip:
        """Draw one line: the headings, or a process."""
        width = self.size.width
        plain = self.rich_style
        if y == 0:
            cells = [(text, plain + _HEADING) for text in self._headings]
        elif line := self._line(y):
            self._drawn[y] = line
            cells = self._cells(line, plain)
        else:
            self._drawn.pop(y, None)
            return Strip.blank(width, plain)
        return Strip(self._segments(cells)).adjust_cell_length(width, plain)

    def _cells(self, line: _Line, plain: Style) -> list[tuple[str, Style]]:
        assert self._table is not None
        names = self._table.names
        if line.chosen:
            plain += _CURSOR
        if "accessible" in names and not line.row[names.index("accessible")]:
            plain += _SHUT
        elif line.new:
            plain += _NEW
        more, less = plain + _MORE, plain + _LESS
        styles = [plain] * len(names)
        for at, (now, then) in enumerate(zip(line.row, line.before or (), strict=False)):
            if now != then and not isinstance(now, (str, bool)):
                styles[at] = more if now > then else less
        return [
            (cell(name, value), style)
            for name, value, style in zip(names, line.row, styles, strict=True)
        ]

    def _segments(self, cells: list[tuple[str, Style]]) -> list[Segment]:
        """Return what of a line is seen, what has one style as one piece."""
        assert self._table is not None
        left = self.scroll_offset.x
        right = left + self.size.width
        segments: list[Segment] = []
        start = 0
        for name, title, (text, style) in zip(
            self._table.names, self._headings, cells, strict=True
        ):
            width = _width(name, title)
            if left < start + width and start < right:
                shown = _align(name, text, width)[max(0, left - start) : right - start]
                if segments and segments[-1].style == style:
                    shown = segments.pop().text + shown
                segments.append(Segment(shown, style))
            start += width
        return segments

    # ---- What people do ----

    def action_move(self, lines: int) -> None:
        """Move the cursor."""
        if not self._table:
            return
        self._cursor = max(0, min(self._cursor + lines, len(self._table) - 1))
        line = Region(self.scroll_offset.x, self._cursor, self.size.width, 2)
        self.scroll_to_region(line, animate=False, x_axis=False, force=True)
        self.refresh()

    def action_page(self, pages: int) -> None:
        """Move the cursor by what fits on the screen."""
        self.action_move(pages * max(1, self.size.height - 2))

    def on_click(self, event: Click) -> None:
        """Choose a process, or the column to sort by."""
        if not self._table:
            return
        if event.y:
            self.action_move(event.y + self.scroll_offset.y - 1 - self._cursor)
            return
        x = event.x + self.scroll_offset.x
        for name, title in zip(self._table.names, self._headings, strict=True):
            x -= _width(name, title)
            if x < 0:
                self.post_message(self.SortBy(name))
                return


def _identities(table: Table) -> Iterable[tuple[int, float]]:
    """Return what tells each process from all others, earlier ones of the same pid too."""
    return zip(table.column("pid").tolist(), table.column("started").tolist(), strict=True)


def _width(name: str, title: str) -> int:
    return max(_WIDTHS.get(name, _WIDTH), len(title)) + _GAP


def _align(name: str, text: str, width: int) -> str:
    room = width - _GAP
    fitting = text if len(text) <= room else text[: room - 1] + "…"
    return (fitting.ljust(room) if is_text(name) else fitting.rjust(room)) + " " * _GAP
