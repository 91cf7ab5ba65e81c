"""Processes as a table: once, or again and again."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.live import Live
from rich.text import Text

from ntpages.report import consoles
from ntpages.report.processes.columns import cell, heading, is_text
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.table import Table as RichTable

    from ntpages.table import Table

_WIDEST = 1000  # characters of a line where nobody looks: numbers are for programs, too
_LONGEST_NAME = 32  # cells; what is longer is cut, and still known by its beginning


def fitting(processes: Table, names: Sequence[str], width: int) -> tuple[str, ...]:
    """Return the columns that can be shown whole on so wide a screen, as many as go."""
    room = width
    shown: list[str] = []
    for name in names:
        cells = (cell(name, getattr(row, name)) for row in processes)
        needed = max(map(cell_len, (heading(name), *cells)))
        room -= min(needed, _LONGEST_NAME) if is_text(name) else needed
        if shown and room < 0:
            break
        shown.append(name)
        room -= 2  # the space between columns
    return tuple(shown)


def processes_table(
    processes: Table, wanted: tuple[str, ...] | None, *, width: int | None = None
) -> RichTable:
    """Return processes as a table; with a width, the columns that fit."""
    names = wanted or processes.names
    if width is not None:
        names = fitting(processes, names, width)
    shown = table(*((line if is_text(name) else number)(heading(name)) for name in names))
    for row in processes:
        shown.add_row(*(Text(cell(name, getattr(row, name))) for name in names))
    return shown


def print_processes(processes: Table, wanted: tuple[str, ...] | None) -> None:
    """Print the columns that are wanted; on a screen those that fit, and how many do not."""
    out = consoles.data()
    shown = processes_table(processes, wanted, width=out.width if out.is_terminal else None)
    if not out.is_terminal:
        out = consoles.wide(_WIDEST)
    out.print(shown)
    left_out = len(wanted or processes.names) - len(shown.columns)
    if left_out:
        words = f"{left_out} columns more than fit here: choose some with --columns."
        consoles.words().print(words)


@contextmanager
def watched(wanted: tuple[str, ...] | None) -> Iterator[Callable[[Table], None]]:
    """Give what shows processes again and again: on the whole screen, or below each other."""
    screen = consoles.data()

    def print_below(processes: Table) -> None:
        print_processes(processes, wanted)
        screen.print()

    if not screen.is_terminal:
        yield print_below
        return
    with Live(console=screen, auto_refresh=False, screen=True) as live:
        yield lambda processes: live.update(
            processes_table(processes, wanted, width=screen.width), refresh=True
        )
