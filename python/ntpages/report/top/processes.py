"""The table of processes: name and id always in sight, drawn only where it changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ntpages.report.top.columns import FROZEN, cell, heading, is_text
from ntpages.report.top.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual.events import Click

    from ntpages.report.top.history import History

_GAP = 2
_WIDTHS = {
    "name": 24,
    "pid": 6,
    "started": 19,
    "working_set_change": 9,
    **dict.fromkeys(("threads", "handles", "session", "hard_faults_rate", "faults_rate", "cpu"), 7),
}
_WIDTH = 8  # of all others: "1023 MiB"
_NARROW_NAME = 18
_NARROW = 90
"""Characters below which names make room for sizes."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A process under the cursor."""

    pid: int
    name: str
    started: float


@dataclass(frozen=True, slots=True)
class Order:
    """Which processes are shown, and in which order."""

    rows: Sequence[int]
    """Places in the last look."""
    branches: Sequence[str]
    """What a tree has before each name; empty where there is none."""
    sort: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What a line shows: as long as it is the same, so is the line."""

    state: str
    """``"shut"`` where it can't be opened, ``"new"`` where it was not there a look before."""
    under_cursor: bool
    branch: str
    """What a tree has before the name."""
    cells: list[tuple[Any, int]]
    """By column: the value, and 1 where it grew since the last look, -1 where it shrank."""


class ProcessTable(ScrollView, Lines, can_focus=True):
    """Processes in the order in which they come, one of them under the cursor.

    A cell that grew since the last look stands out, one that shrank too, otherwise; a process that
    is new does, and one that can't be opened is dim. The cursor stays on its process.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *("processes--heading", "processes--cursor", "processes--more", "processes--less"),
        *("processes--new", "processes--shut", "processes--sorted"),
    }
    DEFAULT_CSS = """
    ProcessTable { height: 1fr; width: 1fr; scrollbar-size-horizontal: 0;
                   scrollbar-size-vertical: 1; background: $background; }
    ProcessTable .processes--heading { background: $panel; color: $text; text-style: bold; }
    ProcessTable .processes--sorted { background: $primary; color: $text; text-style: bold; }
    ProcessTable .processes--cursor { background: $primary; color: #ffffff; }
    ProcessTable .processes--more { color: $text-warning; text-style: bold; }
    ProcessTable .processes--less { color: $text-accent; text-style: italic; }
    ProcessTable .processes--new { color: $text-success; text-style: underline; }
    ProcessTable .processes--shut { text-style: dim; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "move(-1000000)", show=False),
        Binding("end", "move(1000000)", show=False),
        Binding("left", "aside(-1)", show=False),
        Binding("right", "aside(1)", show=False),
    ]

    class SortBy(Message):
        """Somebody clicked on the heading of a column."""

        def __init__(self, column: str) -> None:
            """Say which."""
            super().__init__()
            self.column = column

    class Moved(Message):
        """Another process is under the cursor."""

    class Opened(Message):
        """Somebody clicked on a process twice."""

    def __init__(self) -> None:
        """Begin with nothing to show."""
        super().__init__()
        self._history: History | None = None
        self._order = Order((), (), "", descending=True)
        self._names: tuple[str, ...] = FROZEN
        self._headings: tuple[str, ...] = ()
        self._widths: list[int] = []
        self._cursor = 0
        self._under: Chosen | None = None
        self._drawn: dict[int, Facts | None] = {}  # by line of the screen
        self._columns: list[tuple[Sequence[Any], Sequence[Any] | None]] = []
        self._open: Sequence[bool] | None = None

    @property
    def process(self) -> Chosen | None:
        """The process under the cursor."""
        if not self._history or not self._order.rows:
            return None
        row = self._order.rows[self._cursor]
        of = self._history.column
        return Chosen(of("pid")[row], of("name")[row], of("started")[row])

    def show(self, history: History, order: Order, columns: Sequence[str]) -> None:
        """Show these processes, and what changed since the last look.

        Args:
            history: The last looks.
            order: Which, in which order.
            columns: Which columns, behind those that are always there.
        """
        under = self._under
        resorted = order.sort != self._order.sort
        self._history, self._order = history, order
        self._names = (*FROZEN, *columns)
        self._prepare()
        self._follow(under)
        marker = " ▼" if order.descending else " ▲"
        headings = tuple(heading(name) + marker * (name == order.sort) for name in self._names)
        widths = [*map(self._width, self._names, headings)]
        size = Size(sum(widths), len(order.rows) + 1)
        scrolls, scrolled = (each.height > self.size.height for each in (size, self.virtual_size))
        if (headings, widths, scrolls) != (self._headings, self._widths, scrolled):
            self._headings, self._widths = headings, widths
            self.virtual_size = size
            self.refresh()
        else:
            if size != self.virtual_size:
                self._take_size(size)
            width, height = self.size
            first = self.scroll_offset.y - 1
            drawn = self._drawn
            changed = [y for y in range(1, height) if self._facts(first + y) != drawn.get(y)]
            if changed:  # without a region, all would be drawn
                self.refresh(*(Region(0, y, width, 1) for y in changed))
        if resorted:
            self.call_after_refresh(self._reveal, order.sort)
        self._under = self.process
        if self._under != under:
            self.post_message(self.Moved())

    def _take_size(self, size: Size) -> None:
        """Have more lines, or fewer. Textual would lay the whole screen out for it."""
        self.set_reactive(ProcessTable.virtual_size, size)
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = size.height
        if self.scroll_y > self.max_scroll_y:
            self.scroll_to(y=self.max_scroll_y, animate=False, force=True)

    def _follow(self, under: Chosen | None) -> None:
        """Keep the cursor on its process, or where it was."""
        assert self._history
        rows = self._order.rows
        pids, started = self._history.column("pid"), self._history.column("started")
        if under:
            for at, row in enumerate(rows):
                if pids[row] == under.pid and started[row] == under.started:
                    self._cursor = at
                    return
        self._cursor = max(0, min(self._cursor, len(rows) - 1))

    def _width(self, name: str, title: str) -> int:
        width = _WIDTHS.get(name, _WIDTH)
        if name == "name" and self.size.width < _NARROW:
            width = _NARROW_NAME
        return max(width, len(title)) + _GAP

    @property
    def _frozen(self) -> int:
        return sum(self._widths[: len(FROZEN)])

    def _reveal(self, column: str) -> None:
        """Scroll so that a column is seen."""
        if column in self._names[len(FROZEN) :]:
            at = self._names.index(column)
            start = sum(self._widths[:at]) - self._frozen
            room = self.size.width - self._frozen
            x = min(start, max(self.scroll_offset.x, start + self._widths[at] - room))
            self.scroll_to(x=x, animate=False, force=True)

    # ---- Drawing ----

    def _prepare(self) -> None:
        """Have at hand what all lines need."""
        assert self._history
        history = self._history
        self._columns = [
            (history.column(name), None if is_text(name) else history.earlier(name))
            for name in self._names
        ]
        self._open = (
            history.column("accessible") if "accessible" in history.last.processes.names else None
        )

    def _facts(self, number: int) -> Facts | None:
        """Return what the line of a process shows, ``None`` where there are not so many."""
        if not self._history or not 0 <= number < len(self._order.rows):
            return None
        row = self._order.rows[number]
        place = self._history.place(row)
        state = ""
        if self._open is not None and not self._open[row]:
            state = "shut"
        elif place is None and self._history.before is not None:
            state = "new"
        branch = self._order.branches[number] if self._order.branches else ""
        cells = [
            (
                values[row],
                _change(values[row], earlier[place]) if earlier and place is not None else 0,
            )
            for values, earlier in self._columns
        ]
        return Facts(state, number == self._cursor, branch, cells)

    def _line(self, facts: Facts) -> list[tuple[str, Style]]:
        """Return the cells of a line."""
        plain = self.plain
        if facts.state:
            plain += self.style_of(f"processes--{facts.state}")
        more = plain + self.style_of("processes--more")
        less = plain + self.style_of("processes--less")
        if facts.under_cursor:
            cursor = self.style_of("processes--cursor")
            plain, more, less = plain + cursor, more + cursor, less + cursor
        cells = []
        for name, (value, change) in zip(self._names, facts.cells, strict=True):
            text = cell(name, value)
            style = (plain, more, less)[change]
            cells.append((facts.branch + text if name == "name" else text, style))
        return cells

    def render_line(self, y: int) -> Strip:
        """Draw one line: the headings, or a process."""
        width, plain = self.size.width, self.plain
        if y == 0:
            plain = self.get_component_rich_style("processes--heading")
            by = self.get_component_rich_style("processes--sorted")
            cells = [
                (text, by if name == self._order.sort else plain)
                for name, text in zip(self._names, self._headings, strict=True)
            ]
        else:
            facts = self._drawn[y] = self._facts(y + self.scroll_offset.y - 1)
            cells = self._line(facts) if facts else []
            if cells:
                plain = cells[0][1]
        return Strip(self._segments(cells)).adjust_cell_length(width, plain)

    def _segments(self, cells: Sequence[tuple[str, Style]]) -> list[Segment]:
        """Return what of a line is seen: the frozen columns, and of the others what fits."""
        if not cells:
            return []
        fixed = len(FROZEN)
        shown = [
            (_align(name, text, width), style)
            for name, width, (text, style) in zip(self._names, self._widths, cells, strict=True)
        ]
        segments = [Segment(text, style) for text, style in shown[:fixed]]
        left = self.scroll_offset.x
        right = left + self.size.width - self._frozen
        start = 0
        for text, style in shown[fixed:]:
            end = start + len(text)
            if left < end and start < right:
                piece = text[max(0, left - start) : right - start]
                if segments[-1].style == style:
                    piece = segments.pop().text + piece
                segments.append(Segment(piece, style))
            start = end
        return segments

    # ---- What people do ----

    def action_move(self, lines: int) -> None:
        """Move the cursor."""
        if not self._order.rows:
            return
        self._cursor = max(0, min(self._cursor + lines, len(self._order.rows) - 1))
        line = Region(self.scroll_offset.x, self._cursor, self.size.width, 2)
        self.scroll_to_region(line, animate=False, x_axis=False, force=True)
        self._under = self.process
        self.post_message(self.Moved())
        self.refresh()

    def action_page(self, pages: int) -> None:
        """Move the cursor by what fits on the screen."""
        self.action_move(pages * max(1, self.size.height - 2))

    def action_aside(self, step: int) -> None:
        """Show columns that do not fit, one more at a time."""
        self.scroll_to(x=self.scroll_offset.x + step * (_WIDTH + _GAP), animate=False, force=True)

    def on_resize(self) -> None:
        """Make room for names, or for sizes."""
        if self._history:
            self.show(self._history, self._order, self._names[len(FROZEN) :])

    def on_click(self, event: Click) -> None:
        """Choose a process, or the column to sort by."""
        if not self._history:
            return
        if event.y:
            at = event.y + self.scroll_offset.y - 1
            if at < len(self._order.rows):
                self.action_move(at - self._cursor)
                if event.chain > 1:
                    self.post_message(self.Opened())
            return
        x = event.x if event.x < self._frozen else event.x + self.scroll_offset.x
        for name, width in zip(self._names, self._widths, strict=True):
            x -= width
            if x < 0:
                self.post_message(self.SortBy(name))
                return


def _change(value: Any, was: Any) -> int:
    """Return 1 for more, -1 for less, 0 for what is as it was, or no number."""
    if value == was or value is None or was is None or isinstance(value, bool):
        return 0
    return 1 if value > was else -1


def _align(name: str, text: str, width: int) -> str:
    room = width - _GAP
    fitting = text if len(text) <= room else text[: room - 1] + "…"
    return (fitting.ljust(room) if is_text(name) else fitting.rjust(room)) + " " * _GAP
