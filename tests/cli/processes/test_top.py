"""The screen of ``ntpages top``, played by Textual's pilot."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.color import Color

pytest.importorskip("textual", reason="the screen needs the extra [tui]")

from textual.widgets import Input

from cli.processes.playing import (
    MIB,
    Looks,
    lines,
    names,
    notes,
    play,
    processes,
    screen,
    status,
    styles,
)
from ntpages import privileges, working_sets
from ntpages.cli.processes.top import top_command
from ntpages.errors import no_such_process
from ntpages.report.processes.top import ProcessTable
from ntpages.working_sets import Trimmed

if TYPE_CHECKING:
    from textual.pilot import Pilot
    from textual.strip import Strip


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


def test_escape_leaves_the_filter_as_it_was() -> None:
    app = screen(words="beta")

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"alpha", "escape")
        await pilot.pause()
        box = app.query_one("#filter", Input)
        assert not box.display
        assert box.value == "beta"
        assert names(app) == ["beta.exe", "beta2.exe"]
        assert app.focused is app.query_one(ProcessTable)
        await pilot.press("escape")
        await pilot.press("r")  # keys are the table's again
        await pilot.pause()
        assert names(app) == ["beta2.exe", "beta.exe"]

    play(app, act)


def test_the_column_that_is_sorted_by_is_seen() -> None:
    many: dict[str, Any] = {f"column{number}": [number] * 4 for number in range(30)}
    app = screen(Looks(processes(**many)), sort="accessible")

    async def act(pilot: Pilot[None]) -> None:
        for key, column in (("greater_than_sign", "column0"), ("less_than_sign", "accessible")):
            await pilot.press(key)
            await pilot.pause()
            assert f"{column} ▼" in lines(app)[0]
        await pilot.press(*["greater_than_sign"] * 30)
        await pilot.pause()
        assert "column29 ▼" in lines(app)[0]
        await pilot.press("greater_than_sign")
        await pilot.pause()
        assert "pid ▼" in lines(app)[0]

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


# ---- Becoming administrator ----------------------------------------------------------------------


def options_of(words: str) -> dict[str, Any]:
    """What a command line asks ``ntpages top`` for."""
    dash_m, package, name, *options = shlex.split(words)
    assert (dash_m, package, name) == ("-m", "ntpages", "top")
    return top_command.make_context(name, options).params


def test_starts_again_as_administrator_with_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(privileges, "is_elevated", lambda: False)
    monkeypatch.setattr(os, "startfile", lambda *words: started.append(words))
    app = screen(sort="private", words="a b", accessible=True)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("less_than_sign", "less_than_sign", "r", "R")
        await pilot.pause()
        [(program, verb, arguments, home)] = started
        assert (program, verb) == (sys.executable, "runas")
        assert Path(program).parent == Path(home)  # where `-m` looks for modules first
        assert options_of(arguments) == options_of(
            '-m ntpages top --sort=name --every=1000.0 --ascending --filter="a b" --accessible'
        )

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
