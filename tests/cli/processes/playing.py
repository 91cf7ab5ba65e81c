"""The screen of ``ntpages top``, played by Textual's pilot."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("textual", reason="the screen needs the extra [tui]")

from textual.widgets import Static

from ntpages.cli.processes.top_screen import Top
from ntpages.report.processes.top import ProcessTable
from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

MIB = 1 << 20


def processes(count: int = 4, **changed: list[Any]) -> Table:
    """Return made-up processes: the first has the largest working set."""
    columns: dict[str, list[Any]] = {
        "pid": [4 * i + 100 for i in range(count)],
        "name": [("alpha.exe", "beta.exe", "gamma.exe", "beta2.exe")[i % 4] for i in range(count)],
        "working_set": [(count - i) * MIB for i in range(count)],
        "private": [i * MIB for i in range(count)],
        "faults": [1000 + i for i in range(count)],
        "started": [float(i) for i in range(count)],
        "accessible": [i != 1 for i in range(count)],
    }
    return Table("Process", columns | changed)


class Looks:
    """What the screen gets to see, look by look; the last one for ever."""

    def __init__(self, *tables: Table) -> None:
        self.tables = list(tables)
        self.count = 0
        self.known: Table | None = None
        """Whose limits were to be taken over in the last look."""

    def __call__(self, known: Table | None) -> Table:
        self.count += 1
        self.known = known
        return self.tables.pop(0) if len(self.tables) > 1 else self.tables[0]


def play(app: Top, act: Callable[[Pilot[None]], Awaitable[None]], height: int = 20) -> None:
    async def run() -> None:
        async with app.run_test(size=(110, height)) as pilot:
            await pilot.pause()
            await act(pilot)

    asyncio.run(run())


def screen(look: Looks | None = None, **options: Any) -> Top:
    return Top(look=look or Looks(processes()), every=options.pop("every", 1000.0), **options)


def lines(app: Top) -> list[str]:
    table = app.query_one(ProcessTable)
    drawn = [table.render_line(y).text.rstrip() for y in range(table.size.height)]
    return [line for line in drawn if line]


def names(app: Top) -> list[str]:
    return [line.split()[1] for line in lines(app)[1:]]


def styles(app: Top, y: int) -> dict[str, Any]:
    strip = app.query_one(ProcessTable).render_line(y)
    return {word: segment.style for segment in strip for word in segment.text.split()}


def status(app: Top) -> str:
    return str(app.query_one("#status", Static).render())


def notes(app: Top) -> list[tuple[str, str, str]]:
    return [(note.title, note.message, note.severity) for note in app._notifications]
