"""The screen of ``ntpages top``, played by Textual's pilot."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest
from rich.color import Color

pytest.importorskip("textual", reason="the screen needs the extra [tui]")

from textual.widgets import Input, Select, Static

from ntpages import privileges, working_sets
from ntpages.cli.processes.top_limits import SetLimits
from ntpages.cli.processes.top_screen import Top
from ntpages.errors import no_such_process
from ntpages.report.processes.top import ProcessTable
from ntpages.table import Table
from ntpages.working_sets import Limits, Trimmed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot
    from textual.strip import Strip

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


# ---- What it shows -------------------------------------------------------------------------------


def test_shows_every_process_and_column() -> None:
    app = screen()

    async def act(pilot: Pilot[None]) -> None:
        del pilot
        heading, *rows = lines(app)
        assert heading.split() == [
            *("pid", "name", "working", "set", "▼", "private", "faults", "started", "accessible")
        ]
        assert rows[0].split()[:5] == ["100", "alpha.exe", "4.00", "MiB", "0"]
        assert len(rows) == 4
        assert "4 of 4 processes" in status(app)
        assert "working sets 10.0 MiB" in status(app)

    play(app, act)


def test_the_largest_working_set_comes_first() -> None:
    app = screen()

    async def act(pilot: Pilot[None]) -> None:
        del pilot
        assert names(app) == ["alpha.exe", "beta.exe", "gamma.exe", "beta2.exe"]

    play(app, act)


def test_more_processes_than_lines_scroll() -> None:
    app = screen(Looks(processes(300)))

    async def act(pilot: Pilot[None]) -> None:
        assert lines(app)[1].split()[0] == "100"
        await pilot.press("end")
        await pilot.pause()
        assert lines(app)[-1].split()[0] == "1296"
        assert lines(app)[0].split()[0] == "pid"
        await pilot.press("pageup")
        await pilot.pause()
        process = app.query_one(ProcessTable).process
        assert process
        assert 1200 < process.pid < 1296
        await pilot.press("home")
        await pilot.pause()
        assert lines(app)[1].split()[0] == "100"

    play(app, act)


# ---- Refreshing ----------------------------------------------------------------------------------


def test_looks_again_by_itself() -> None:
    look = Looks(processes())
    app = screen(look, every=0.05)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.pause(0.5)
        assert look.count >= 4

    play(app, act)


def test_pausing_stops_it() -> None:
    look = Looks(processes())
    app = screen(look, every=0.05)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("space")
        await pilot.pause(0.1)
        count = look.count
        await pilot.pause(0.3)
        assert look.count == count
        assert "PAUSED" in status(app)

    play(app, act)


def test_what_changed_is_coloured_once() -> None:
    changed = processes(working_set=[9 * MIB, 3 * MIB, 1 * MIB, 1 * MIB])
    app = screen(Looks(processes(), changed, changed))

    async def act(pilot: Pilot[None]) -> None:
        app.look_again()
        await pilot.pause()
        assert styles(app, 1)["9.00"].color == Color.parse("yellow")
        assert styles(app, 1)["9.00"].bold
        assert styles(app, 3)["1.00"].color == Color.parse("cyan")
        assert styles(app, 2)["3.00"].color not in {Color.parse("yellow"), Color.parse("cyan")}
        app.look_again()
        await pilot.pause()
        assert styles(app, 1)["9.00"].color != Color.parse("yellow")

    play(app, act)


def test_limits_are_asked_for_again_only_now_and_then() -> None:
    look = Looks(processes())
    app = screen(look)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.pause()
        app.look_again()
        assert look.known is None
        for _ in range(3):
            app.look_again()
            assert look.known is look.tables[0]
        app.measure()
        app.look_again()
        assert look.known is None

    play(app, act)


def test_only_lines_that_changed_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    draw = ProcessTable.render_line

    def drawing(table: ProcessTable, y: int) -> Strip:
        drawn.append(y)
        return draw(table, y)

    monkeypatch.setattr(ProcessTable, "render_line", drawing)
    changed = processes(working_set=[4 * MIB, 3 * MIB, 2 * MIB + 4096, 1 * MIB])
    app = screen(Looks(processes(), processes(), changed))

    async def act(pilot: Pilot[None]) -> None:
        for expected in (set[int](), {3}):
            drawn.clear()
            app.look_again()
            await pilot.pause()
            assert set(drawn) == expected

    play(app, act)


def test_newcomers_are_green_and_the_shut_are_dim() -> None:
    app = screen(Looks(processes(3), processes(4)))

    async def act(pilot: Pilot[None]) -> None:
        app.look_again()
        await pilot.pause()
        by_name = {name: styles(app, y) for y, name in enumerate(names(app), start=1)}
        assert by_name["beta2.exe"]["beta2.exe"].color == Color.parse("green")
        assert by_name["beta.exe"]["beta.exe"].dim
        assert not by_name["gamma.exe"]["gamma.exe"].dim

    play(app, act)


def test_the_cursor_stays_on_its_process() -> None:
    moved = processes(working_set=[1 * MIB, 2 * MIB, 3 * MIB, 4 * MIB])
    app = screen(Looks(processes(), moved))

    async def act(pilot: Pilot[None]) -> None:
        table = app.query_one(ProcessTable)
        await pilot.press("down")
        assert table.process
        assert table.process.name == "beta.exe"
        app.look_again()
        await pilot.pause()
        assert table.process.name == "beta.exe"
        assert names(app)[2] == "beta.exe"

    play(app, act)


def test_the_cursor_survives_its_process() -> None:
    app = screen(Looks(processes(4), processes(1), processes(1, name=["x.exe"])))

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("end")
        app.look_again()
        await pilot.pause()
        process = app.query_one(ProcessTable).process
        assert process
        assert process.name == "alpha.exe"

    play(app, act)


# ---- Order and choice ----------------------------------------------------------------------------


def test_sorts_by_the_neighbouring_column() -> None:
    app = screen()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("greater_than_sign")
        assert "by private" in status(app)
        assert names(app) == ["beta2.exe", "gamma.exe", "beta.exe", "alpha.exe"]
        await pilot.press("less_than_sign", "less_than_sign")
        assert "by name" in status(app)
        await pilot.press("r")
        assert names(app) == ["alpha.exe", "beta.exe", "beta2.exe", "gamma.exe"]

    play(app, act)


def test_sorts_by_the_heading_that_is_clicked() -> None:
    app = screen()

    async def act(pilot: Pilot[None]) -> None:
        x = lines(app)[0].index("name")
        await pilot.click(ProcessTable, offset=(x, 0))
        await pilot.pause()
        assert names(app)[0] == "gamma.exe"
        await pilot.click(ProcessTable, offset=(x, 0))
        await pilot.pause()
        assert names(app)[0] == "alpha.exe"

    play(app, act)


def test_a_click_chooses_a_process() -> None:
    app = screen()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.click(ProcessTable, offset=(3, 3))
        process = app.query_one(ProcessTable).process
        assert process
        assert process.name == "gamma.exe"

    play(app, act)


def test_filters_by_part_of_a_name() -> None:
    app = screen()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"BETA", "enter")
        await pilot.pause()
        assert names(app) == ["beta.exe", "beta2.exe"]
        assert "filter 'BETA'" in status(app)
        assert "2 of 4 processes" in status(app)
        app.query_one("#filter", Input).value = ""
        await pilot.press("slash", "enter")
        await pilot.pause()
        assert len(names(app)) == 4

    play(app, act)


def test_filters_by_wildcards() -> None:
    app = screen(words="beta?.exe")

    async def act(pilot: Pilot[None]) -> None:
        del pilot
        assert names(app) == ["beta2.exe"]

    play(app, act)


def test_shows_only_the_accessible() -> None:
    app = screen()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("a")
        assert names(app) == ["alpha.exe", "gamma.exe", "beta2.exe"]
        assert "accessible only" in status(app)
        await pilot.press("a")
        assert len(names(app)) == 4

    play(app, act)


def test_nothing_to_show_is_no_accident() -> None:
    app = screen(words="nobody")

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("down", "e", "l", "end")
        assert len(lines(app)) == 1
        assert notes(app) == []

    play(app, act)


# ---- What it does --------------------------------------------------------------------------------


def test_empties_a_working_set(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def trim(pid: int) -> Trimmed:
        asked.append(pid)
        return Trimmed(pid, "", 8 * MIB, MIB, 0, 0)

    monkeypatch.setattr(working_sets, "trim", trim)
    app = screen()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("down", "down", "e")
        await pilot.pause()
        assert asked == [108]
        assert notes(app) == [("gamma.exe", "8.00 MiB → 1.00 MiB", "information")]

    play(app, act)


def test_a_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def trim(pid: int) -> Trimmed:
        raise no_such_process("OpenProcess", pid, 87)

    monkeypatch.setattr(working_sets, "trim", trim)
    app = screen()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("e")
        await pilot.pause()
        [(title, words, severity)] = notes(app)
        assert (title, severity) == ("alpha.exe", "error")
        assert "there is no such process" in words

    play(app, act)


def set_limits(
    monkeypatch: pytest.MonkeyPatch, act: Callable[[Pilot[None], Top], Awaitable[None]]
) -> list[tuple[int, dict[str, Any]]]:
    asked: list[tuple[int, dict[str, Any]]] = []
    now = Limits(2 * MIB, 8 * MIB, hard_minimum=False, hard_maximum=False)

    def set_(pid: int, **wanted: Any) -> Limits:
        asked.append((pid, wanted))
        return now

    monkeypatch.setattr(working_sets, "limits", lambda pid: now)  # noqa: ARG005
    monkeypatch.setattr(working_sets, "set_limits", set_)
    app = screen()

    async def open_first(pilot: Pilot[None]) -> None:
        await pilot.press("l")
        await pilot.pause()
        assert isinstance(app.screen, SetLimits)
        await act(pilot, app)
        await pilot.pause()

    play(app, open_first, height=40)
    return asked


def test_sets_limits_and_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(pilot: Pilot[None], app: Top) -> None:
        assert app.screen.query_one("#minimum", Input).value == "2.00 MiB"
        app.screen.query_one("#maximum", Input).value = "64 MiB"
        app.screen.query_one("#hard_maximum", Select).value = True
        await pilot.click("#set")

    assert set_limits(monkeypatch, act) == [(100, {"maximum": 64 * MIB, "hard_maximum": True})]


def test_limits_that_did_not_change_are_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(pilot: Pilot[None], app: Top) -> None:
        del app
        await pilot.click("#set")

    assert set_limits(monkeypatch, act) == []


@pytest.mark.parametrize("way", ["escape", "#cancel"])
def test_limits_can_be_left_alone(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    async def act(pilot: Pilot[None], app: Top) -> None:
        app.screen.query_one("#maximum", Input).value = "64 MiB"
        await (pilot.click(way) if way.startswith("#") else pilot.press(way))
        await pilot.pause()
        assert not isinstance(app.screen, SetLimits)

    assert set_limits(monkeypatch, act) == []


def test_a_size_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(pilot: Pilot[None], app: Top) -> None:
        app.screen.query_one("#minimum", Input).value = "plenty"
        await pilot.click("#set")
        await pilot.pause()
        assert isinstance(app.screen, SetLimits)
        [(_, words, severity)] = notes(app)
        assert severity == "error"
        assert "minimum: 'plenty' is no size" in words

    assert set_limits(monkeypatch, act) == []


# ---- Becoming administrator ----------------------------------------------------------------------


def test_starts_again_as_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(privileges, "is_elevated", lambda: False)
    monkeypatch.setattr(os, "startfile", lambda *words: started.append(words))
    app = screen()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("R")
        await pilot.pause()
        [(_, verb, arguments)] = started
        assert (verb, arguments) == ("runas", "-m ntpages top")

    play(app, act)


def test_a_refused_consent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: str) -> None:
        del words
        msg = "The operation was canceled by the user"
        raise OSError(0, msg, None, 1223)

    monkeypatch.setattr(privileges, "is_elevated", lambda: False)
    monkeypatch.setattr(os, "startfile", refuse)
    app = screen()

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("R")
        await pilot.pause()
        [(title, words, _)] = notes(app)
        assert title == "As administrator"
        assert "canceled" in words

    play(app, act)


def test_an_administrator_is_not_asked_to_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges, "is_elevated", lambda: True)
    app = screen()

    async def act(pilot: Pilot[None]) -> None:
        del pilot
        bindings = app.screen.active_bindings.values()
        assert "elevate" not in {each.binding.action for each in bindings}

    play(app, act)
