"""Rows as a table of columns that somebody chose: once, or again and again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.live import Live
from rich.text import Text

from ntpages.report import consoles
from ntpages.report.columns import cell, heading, is_text
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import RenderableType
    from rich.table import Table as RichTable

_WIDEST = 1000  # characters of a line where nobody looks: numbers are for programs, too
_LONGEST_NAME = 32  # cells; what is longer is cut, and still known by its beginning


def fitting(rows: Any, names: Sequence[str], width: int) -> tuple[str, ...]:
    """Return the columns that can be shown whole on so wide a screen, as many as go."""
    room = width
    shown: list[str] = []
    for name in names:
        cells = (cell(name, getattr(row, name)) for row in rows)
        needed = max(map(cell_len, (heading(name), *cells)))
        room -= min(needed, _LONGEST_NAME) if is_text(name) else needed
        if shown and room < 0:
            break
        shown.append(name)
        room -= 2  # the space between columns
    return tuple(shown)


def columns_table(rows: Any, names: Sequence[str]) -> RichTable:
    """Return rows as a table; on a screen, of those columns that fit."""
    screen = consoles.data()
    shown = fitting(rows, names, screen.width) if screen.is_terminal else tuple(names)
    found = table(*((line if is_text(name) else number)(heading(name)) for name in shown))
    for row in rows:
        found.add_row(*(Text(cell(name, getattr(row, name))) for name in shown))
    return found


def left_out(more: int) -> str:
    """Return what to say of so many columns that did not fit."""
    return f"{more} columns more than fit here: choose some with --columns." if more else ""


def show(shown: RenderableType) -> None:
    """Print it where data goes: text as it is; into a pipe, lines as long as they have to be."""
    if isinstance(shown, str):
        consoles.data().file.write(f"{shown}\n")
    else:
        screen = consoles.data()
        (screen if screen.is_terminal else consoles.wide(_WIDEST)).print(shown)


@contextmanager
def watched() -> Iterator[Callable[[RenderableType], None]]:
    """Give what shows something again and again: on the whole screen, or below each other."""
    screen = consoles.data()

    def print_below(shown: RenderableType) -> None:
        show(shown)
        screen.print()
        screen.file.flush()  # whoever reads the pipe waits for it

    if not screen.is_terminal:
        yield print_below
        return
    with Live(console=screen, auto_refresh=False, screen=True) as live:
        yield lambda shown: live.update(shown, refresh=True)
