"""The screen of ``ntpages top``: what it shows, looks at and lets people choose."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("textual", reason="the screen needs the extra [tui]")

from textual.widgets import Input

from cli.top.made import GIB, MIB, Made, lists, memory, processes
from cli.top.playing import (
    EVERY,
    cockpit,
    lines,
    look,
    names,
    notes,
    panel,
    play,
    press,
    settled,
    shown,
    status,
    until,
)
from ntpages import errors, privileges
from ntpages.cli.top import top_command
from ntpages.cli.top.details import Details
from ntpages.report.top.processes import ProcessTable

if TYPE_CHECKING:
    from textual.pilot import Pilot


# ---- What it shows -------------------------------------------------------------------------------


def test_shows_the_machine_and_every_process() -> None:
    app = cockpit()

    async def act(pilot: Pilot[None]) -> None:
        assert "4 of 4 processes" in status(app)
        assert "by working set ▼" in status(app)
        heading, *rows = lines(app)
        assert heading.split() == [
            *("name", "pid", "working", "set", "▼", "private", "faults", "started", "accessible")
        ]
        assert rows[0].split()[:4] == ["alpha.exe", "100", "4.00", "MiB"]
        assert len(rows) == 4
        bar, legend = panel(app, "composition")
        assert set(bar) == {"█"}
        assert legend.split("■")[1:4] == [
            f" {words}  " for words in ("In use 33.4 GiB", "Modified 2.00 GiB", "Standby 27.9 GiB")
        ]
        assert panel(app, "physical")[0].endswith(" 52% in use")
        assert panel(app, "commit")[0].endswith("31.0 GiB of 73.0 GiB")
        assert panel(app, "hard_faults")[0].split()[-1] == "-"  # a rate takes two looks
        await look(app, pilot)
        assert panel(app, "hard_faults")[0].endswith(" 20/s, most 20")
        assert panel(app, "compression")[0].split()[-1] == "none"

    play(app, act)


def test_what_nobody_may_know_is_not_told_apart() -> None:
    partial = lists(partial=True, modified=None, modified_no_write=None)
    app = cockpit(Made(lists=lambda looks: partial if looks < 2 else None))

    async def act(pilot: Pilot[None]) -> None:
        assert "In use, modified 35.4 GiB" in panel(app, "composition")[1]
        await look(app, pilot)
        assert "Available 28.6 GiB" in panel(app, "composition")[1]
        assert "Standby" not in panel(app, "composition")[1]
        assert "lists not told" in status(app)

    play(app, act)


def test_a_limit_that_grows_moves_the_charge_down() -> None:
    limits = (40 * GIB, 80 * GIB)
    app = cockpit(Made(memory=lambda looks: memory(commit_limit=limits[looks > 1])))

    async def act(pilot: Pilot[None]) -> None:
        heights = [line[-1] for line in panel(app, "commit")[1:]]
        assert heights == ["─", "▃", *"█████"]  # 31 of 40 GiB
        await look(app, pilot)
        heights = [line[-1] for line in panel(app, "commit")[1:]]
        assert heights == ["─", *"   ", "▆", *"██"]  # of 80

    play(app, act)


def test_works_at_any_width() -> None:
    app = cockpit(columns=None)

    async def act(pilot: Pilot[None]) -> None:
        for width, height in ((40, 12), (80, 24), (120, 40), (200, 60)):
            await pilot.resize_terminal(width, height)
            await look(app, pilot)
            screen = shown(app).splitlines()
            assert len(screen) == height
            assert ("by working set ▼" in screen[0]) == (width > 60)
            assert "alpha.exe" in shown(app)
            assert ("Free 738 MiB" in screen[2]) == (width >= 80)
            await press(app, pilot, "enter")
            assert "alpha.exe  pid 100" in shown(app)
            assert ("gamma.exe" in shown(app)) == (width >= 120)  # beside the table
            await press(app, pilot, "escape")
            assert "alpha.exe" in shown(app)

    play(app, act)


# ---- Looking -------------------------------------------------------------------------------------


def test_looks_again_by_itself() -> None:
    machine = Made()
    app = cockpit(machine, every=0.05)

    async def act(pilot: Pilot[None]) -> None:
        await until(pilot, lambda: machine.looks >= 4)

    play(app, act)


@pytest.mark.parametrize("gone", ["Details", "ProcessTable", "#status"])
def test_a_look_that_ends_while_the_screen_is_left_shows_nothing(gone: str) -> None:
    machine = Made()
    app = cockpit(machine)

    async def act(pilot: Pilot[None]) -> None:
        del pilot
        await app.query_one(gone).remove()
        before = machine.looks
        app.look_again()
        await app.workers.wait_for_complete()
        assert machine.looks == before + 1

    play(app, act)


def test_pausing_stops_it() -> None:
    machine = Made()
    app = cockpit(machine)

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "space")
        assert "PAUSED" in status(app)
        await look(app, pilot)
        assert machine.looks == 1
        await press(app, pilot, "space")
        await look(app, pilot)
        assert machine.looks == 2

    play(app, act)


def test_a_look_that_is_refused_is_told_and_the_next_one_shown() -> None:
    machine = Made()
    app = cockpit(machine)

    async def act(pilot: Pilot[None]) -> None:
        machine.refuses = errors.from_call("NtQuerySystemInformation", 5, 0, "Access.", "")
        await look(app, pilot)
        assert "last look refused: NtQuerySystemInformation" in status(app)
        assert len(names(app)) == 4
        machine.refuses = None
        await look(app, pilot)
        assert "refused" not in status(app)

    play(app, act)


# ---- Order and choice ----------------------------------------------------------------------------


def test_sorts_by_the_neighbouring_column() -> None:
    app = cockpit()

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "greater_than_sign")
        assert "by private ▼" in status(app)
        assert names(app) == ["beta2.exe", "gamma.exe", "beta.exe", "alpha.exe"]
        await press(app, pilot, "less_than_sign", "less_than_sign", "less_than_sign")
        assert "by name" in status(app)
        await press(app, pilot, "r")
        assert "by name ▲" in status(app)
        assert names(app) == ["alpha.exe", "beta.exe", "beta2.exe", "gamma.exe"]

    play(app, act)


def test_sorts_by_what_changes_from_look_to_look() -> None:
    grown = processes(working_set=[4 * MIB, 3 * MIB, 9 * MIB, MIB], cpu_time=[0.0, 1.5, 2.0, 3.0])
    app = cockpit(Made(processes(), grown), columns=("working_set_change", "cpu"))

    async def act(pilot: Pilot[None]) -> None:
        await look(app, pilot)
        await press(app, pilot, "greater_than_sign")  # nothing that is shown is sorted by yet
        assert "by name" in status(app)
        await press(app, pilot, "greater_than_sign", "greater_than_sign")
        assert "by change" in status(app)
        assert lines(app)[1].split() == ["gamma.exe", "108", "+7.00", "MiB"]
        await press(app, pilot, "greater_than_sign")
        assert lines(app)[1].split() == ["beta.exe", "104", "50.0", "%"]

    play(app, act)


def test_a_column_that_is_sorted_by_and_not_shown_is_named_all_the_same() -> None:
    app = cockpit(sort="hard_faults", columns=("working_set",))

    async def act(pilot: Pilot[None]) -> None:
        del pilot
        assert "by hard faults ▼" in status(app)
        assert names(app)[0] == "beta2.exe"

    play(app, act)


def test_filters_while_somebody_types_and_escape_takes_it_back() -> None:
    app = cockpit()

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "slash", *"BETA")
        assert names(app) == ["beta.exe", "beta2.exe"]
        assert "Enter keeps it, Escape leaves it" in status(app)
        await press(app, pilot, "enter")
        assert "filter 'BETA'" in status(app)
        assert "2 of 4 processes" in status(app)
        await press(app, pilot, "slash", "2")
        assert names(app) == ["beta2.exe"]
        await press(app, pilot, "escape")
        assert names(app) == ["beta.exe", "beta2.exe"]
        assert app.focused is app.query_one(ProcessTable)
        await press(app, pilot, "r")  # keys are the table's again
        assert names(app) == ["beta2.exe", "beta.exe"]
        await press(app, pilot, "escape")
        assert len(names(app)) == 4
        assert app.query_one("#filter", Input).value == ""
        await press(app, pilot, "escape")  # nothing is open any more
        assert len(names(app)) == 4

    play(app, act)


def test_nothing_to_show_is_no_accident() -> None:
    machine = Made()
    app = cockpit(machine, words="nobody")

    async def act(pilot: Pilot[None]) -> None:
        assert names(app) == []
        await press(app, pilot, "down", "e", "l", "end", "enter", "h", "escape")
        assert machine.told == []
        assert notes(app) == []

    play(app, act)


def test_shows_only_the_accessible() -> None:
    app = cockpit()

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "a")
        assert names(app) == ["alpha.exe", "gamma.exe", "beta2.exe"]
        assert "accessible only" in status(app)
        await press(app, pilot, "a")
        assert len(names(app)) == 4

    play(app, act)


def test_a_tree_shows_each_below_the_one_that_started_it() -> None:
    app = cockpit()

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "t")
        assert "tree" in status(app)
        starts = [line[:16].rstrip() for line in lines(app)[1:]]
        assert starts == ["alpha.exe", "├ beta.exe", "├ gamma.exe", "└ beta2.exe"]

    play(app, act)


# ---- Columns and colours, which are remembered ---------------------------------------------------


def test_columns_are_chosen_and_remembered(folder: Path) -> None:
    app = cockpit(columns=("working_set", "private"))

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "c", "space", "down", "down", "space")
        assert "✓ parent" in shown(app)
        assert lines(app)[0].split() == ["name", "pid", "private", "parent"]
        await press(app, pilot, "escape")
        saved = (folder / "top.json").read_text(encoding="utf-8")
        assert '"private"' in saved
        assert '"working_set"' not in saved
        await press(app, pilot, "c", "space", "down", "space", "escape")
        assert lines(app)[0].split() == ["name", "pid"]
        await press(app, pilot, "c", "u", "escape")
        assert lines(app)[0].split()[2:4] == ["working", "set"]

    play(app, act)


def test_colours_are_changed_and_remembered(folder: Path) -> None:
    app = cockpit()

    async def act(pilot: Pilot[None]) -> None:
        for theme in ("light", "none", "dark"):
            await press(app, pilot, "T")
            assert app.theme == theme
            assert f'"theme": "{theme}"' in (folder / "top.json").read_text(encoding="utf-8")
            hatched = "▒" in panel(app, "composition")[0]
            assert hatched == (theme == "none")

    play(app, act)


def test_what_cant_be_remembered_is_told(folder: Path) -> None:
    folder.write_bytes(b"no folder")
    app = cockpit(note="top.json is not used: why")

    async def act(pilot: Pilot[None]) -> None:
        assert notes(app) == [("Settings", "top.json is not used: why", "warning")]
        await press(app, pilot, "T")
        assert app.theme == "light"
        assert notes(app)[1][0] == "Settings are not remembered"

    play(app, act)


# ---- Help, mouse ---------------------------------------------------------------------------------


def test_the_help_names_every_key() -> None:
    app = cockpit()

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "question_mark")
        said = shown(app)
        keys = {"question_mark": "?", "slash": "/", "less_than_sign": "<", "enter": "Enter"}
        keys |= {"greater_than_sign": ">", "escape": "Escape"}
        for binding in app._bindings.key_to_bindings:
            if binding not in {"ctrl+q", "ctrl+c"}:  # Textual's own
                assert f" {keys.get(binding, binding)} " in said, binding
        await press(app, pilot, "escape")
        assert app.screen is app.screen_stack[0]

    play(app, act, size=(110, 60))


def test_the_mouse_sorts_chooses_and_opens() -> None:
    app = cockpit()

    async def act(pilot: Pilot[None]) -> None:
        x = lines(app)[0].index("private")
        await pilot.click(ProcessTable, offset=(x, 0))
        await settled(app, pilot)
        assert names(app)[0] == "beta2.exe"
        await pilot.click(ProcessTable, offset=(x, 0))
        await settled(app, pilot)
        assert names(app)[0] == "alpha.exe"
        await pilot.click(ProcessTable, offset=(3, 3))
        process = app.query_one(ProcessTable).process
        assert process
        assert process.name == "gamma.exe"
        await pilot.click(ProcessTable, offset=(3, 3), times=2)
        await settled(app, pilot)
        assert app.query_one(Details).is_open

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
    app = cockpit(sort="private", words="a b", accessible=True, theme="light")

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "less_than_sign", "less_than_sign", "r", "t", "R")
        [(program, verb, arguments, home)] = started
        assert (program, verb) == (sys.executable, "runas")
        assert Path(program).parent == Path(home)  # where `-m` looks for modules first
        assert options_of(arguments) == options_of(
            '-m ntpages top --sort=pid --every=1000.0 --ascending --filter="a b" --accessible '
            f"--tree --theme=light --columns=name,pid,{','.join(EVERY)}"
        )

    play(app, act)


def test_a_refused_consent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*words: str) -> None:
        del words
        msg = "The operation was canceled by the user"
        raise OSError(0, msg, None, 1223)

    monkeypatch.setattr(privileges, "is_elevated", lambda: False)
    monkeypatch.setattr(os, "startfile", refuse)
    app = cockpit()

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "R")
        [(title, words, _)] = notes(app)
        assert title == "As administrator"
        assert "canceled" in words

    play(app, act)


def test_an_administrator_is_not_asked_to_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges, "is_elevated", lambda: True)
    app = cockpit()

    async def act(pilot: Pilot[None]) -> None:
        del pilot
        bindings = app.screen.active_bindings.values()
        assert "elevate" not in {each.binding.action for each in bindings}

    play(app, act)


@pytest.mark.parametrize("elevated", [True, False])
def test_every_key_of_the_footer_is_in_sight_at_80_columns(
    monkeypatch: pytest.MonkeyPatch, *, elevated: bool
) -> None:
    monkeypatch.setattr(privileges, "is_elevated", lambda: elevated)
    app = cockpit()

    async def act(pilot: Pilot[None]) -> None:
        def footer() -> str:
            return "".join(strip.text for strip in app.screen._compositor.render_strips()[-1:])

        await until(pilot, lambda: footer().rstrip().endswith("c Columns"))
        assert ("R Admin" in footer()) != elevated

    play(app, act, size=(80, 24))
