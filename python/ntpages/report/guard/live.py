"""A guard on the screen: its rules, the machine's numbers, and its last accounts."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live as Screen

from ntpages.report import consoles
from ntpages.report.cells import size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table
    from typing_extensions import Self

    from ntpages.guard import Guard, Note, Numbers

_KEPT = 8  # of the last notes
_HOLDS = {True: "holds", False: "-", None: "not known"}


def note_line(note: Note) -> str:
    """Return something that happened on one line."""
    clock = time.strftime("%H:%M:%S", time.localtime(note.time))
    return f"{clock}  {note.kind}{f' {note.rule!r}' if note.rule else ''}: {note.words}"


class Live:
    """What is shown again with each look."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._notes: deque[Note] = deque(maxlen=_KEPT)
        self._screen = Screen(console=consoles.data(), auto_refresh=False, transient=False)

    def __enter__(self) -> Self:
        """Begin to show."""
        self._screen.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last look on the screen."""
        self._screen.stop()

    def note(self, note: Note) -> None:
        """Keep something that happened, to be shown with the next look."""
        self._notes.append(note)

    def show(self, guard: Guard) -> None:
        """Show how the guard stands."""
        parts: list[Table | str] = [_rules(guard), ""]
        if guard.numbers:
            parts += [_numbers(guard.numbers), ""]
        self._screen.update(Group(*parts, _happened(self._notes)), refresh=True)


def _happened(notes: Iterable[Note]) -> Table:
    """Return notes, whose lines hang below one another however narrow the screen is."""
    shown = table(line(), "", headings=False)
    for each in notes:
        clock, _, words = note_line(each).partition("  ")
        shown.add_row(clock, words)
    return shown


def _rules(guard: Guard) -> Table:
    shown = table("rule", line("condition"), number("runs"), number("cooldown"), "waits for")
    for each in guard.standings:
        watched = guard.watching is not None and guard.watching.rule == each.rule.name
        waits = "its price is being counted" if watched else each.waits_for
        slower = f"x {each.factor}" if each.factor > 1 else ""
        runs = str(len(each.runs))
        shown.add_row(each.rule.name, _HOLDS[each.holds], runs, slower, waits)
    return shown


def _numbers(now: Numbers) -> Table:
    shown = table(headings=False)
    for _ in range(6):
        shown.add_column(no_wrap=True)
    faults = "-" if now.hard_faults is None else f"{now.hard_faults:,.0f}/s"
    taken = "-" if now.repurposed is None else f"{now.repurposed:,.0f}/s"
    cells = {
        "available": size(now.available),
        "free": size(now.free),
        "standby": size(now.standby_total),
        "modified": size(now.modified),
        "hard faults": faults,
        "repurposed": taken,
    }
    shown.add_row(*cells)
    shown.add_row(*cells.values())
    return shown
