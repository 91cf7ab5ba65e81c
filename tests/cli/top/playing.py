"""The screen of ``ntpages top``, played by Textual's pilot."""

from __future__ import annotations

import asyncio
from io import StringIO
from typing import TYPE_CHECKING, Any, cast

import pytest

pytest.importorskip("textual", reason="the screen needs the extra [tui]")

from rich.console import Console
from textual.widgets import Static

from cli.top.made import Made
from ntpages.cli.top.choice import Choice
from ntpages.cli.top.cockpit import Cockpit
from ntpages.cli.top.settings import Settings
from ntpages.report.top.panel import Drawn
from ntpages.report.top.processes import ProcessTable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from ntpages.cli.top.machine import Machine

    Act = Callable[[Pilot[None]], Awaitable[None]]

EVERY = ("working_set", "private", "faults", "started", "accessible")


def cockpit(machine: Made | Machine | None = None, **options: Any) -> Cockpit:
    """Return a cockpit that looks when it is told to."""
    columns, theme = options.pop("columns", EVERY), options.pop("theme", "dark")
    every, note = options.pop("every", 1000.0), options.pop("note", "")
    return Cockpit(
        cast("Machine", machine or Made()),
        choice=Choice(**options),
        settings=Settings(columns, theme),
        every=every,
        note=note,
    )


def play(app: Cockpit, act: Act, *, size: tuple[int, int] = (110, 33)) -> None:
    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await act(pilot)

    asyncio.run(run())


async def look(app: Cockpit, pilot: Pilot[None]) -> None:
    """Have it look once more, and show what it saw."""
    app.look_again()
    await settled(app, pilot)


async def settled(app: Cockpit, pilot: Pilot[None]) -> None:
    """Wait until nobody works any more."""
    await app.workers.wait_for_complete()
    await pilot.pause()


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait for what is done on another thread."""
    for _ in range(1000):
        if condition():
            return
        await pilot.pause(0.01)
    msg = f"it never came to that:\n{shown(cast('Cockpit', pilot.app))}"
    raise AssertionError(msg)


async def press(app: Cockpit, pilot: Pilot[None], *keys: str) -> None:
    """Press keys one after the other, and wait for what each of them starts."""
    for key in keys:
        await pilot.press(key)
        await settled(app, pilot)


def lines(app: Cockpit) -> list[str]:
    """The lines of the table, the headings first."""
    table = app.screen_stack[0].query_one(ProcessTable)
    drawn = [table.render_line(y).text.rstrip() for y in range(table.size.height)]
    return [line for line in drawn if line]


def names(app: Cockpit) -> list[str]:
    """Who is in the table."""
    return [line.strip("├└│ ").split()[0] for line in lines(app)[1:]]


def styles(app: Cockpit, y: int) -> dict[str, Any]:
    """The words of a line of the table, and how each looks."""
    strip = app.query_one(ProcessTable).render_line(y)
    return {word: segment.style for segment in strip for word in segment.text.split()}


def panel(app: Cockpit, name: str) -> list[str]:
    """The lines of a panel."""
    drawn = app.screen_stack[0].query_one(f"#{name}", Drawn)
    return [drawn.render_line(y).text for y in range(drawn.size.height)]


def shown(app: Cockpit) -> str:
    """What stands on the screen, dialogs too."""
    width, height = app.size
    console = Console(width=width, height=height, file=StringIO(), record=True)
    console.print(
        app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    )
    return console.export_text()


def status(app: Cockpit) -> str:
    """What the line at the top says."""
    return str(app.screen_stack[0].query_one("#status", Static).render())


def notes(app: Cockpit) -> list[tuple[str, str, str]]:
    """What was said beside the screen."""
    return [(note.title, note.message, note.severity) for note in app._notifications]
