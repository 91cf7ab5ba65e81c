"""The table of ``ntpages top``: what stands out in it, what is drawn, and where its cursor is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("textual", reason="the screen needs the extra [tui]")

from textual.screen import Screen

from cli.top.made import MIB, Made, processes
from cli.top.playing import cockpit, lines, look, names, play, press, styles
from ntpages.report.top.panel import Panel
from ntpages.report.top.processes import ProcessTable

if TYPE_CHECKING:
    from textual.pilot import Pilot
    from textual.strip import Strip


def test_more_processes_than_lines_scroll() -> None:
    app = cockpit(Made(processes(300)))

    async def act(pilot: Pilot[None]) -> None:
        assert lines(app)[1].split()[1] == "100"
        await press(app, pilot, "end")
        assert lines(app)[-1].split()[1] == "1296"
        assert lines(app)[0].split()[0] == "name"
        await press(app, pilot, "pageup")
        process = app.query_one(ProcessTable).process
        assert process
        assert 1200 < process.pid < 1296
        await press(app, pilot, "home")
        assert lines(app)[1].split()[1] == "100"

    play(app, act)


def test_names_and_ids_stay_where_they_are_when_columns_move() -> None:
    many: dict[str, Any] = {f"column{number}": [number] * 4 for number in range(30)}
    columns = ("working_set", *many)
    app = cockpit(Made(processes(**many)), columns=columns)

    async def act(pilot: Pilot[None]) -> None:
        for key in ("right", "right", "right"):
            await press(app, pilot, key)
        assert "working set" not in lines(app)[0]
        assert lines(app)[0].split()[:2] == ["name", "pid"]
        assert lines(app)[1].split()[:2] == ["alpha.exe", "100"]
        await press(app, pilot, *["greater_than_sign"] * 30)  # what is sorted by is seen
        assert "column29 ▼" in lines(app)[0]
        assert lines(app)[1].split()[:2] == ["alpha.exe", "100"]
        await press(app, pilot, "greater_than_sign", "greater_than_sign")
        assert "pid ▼" in lines(app)[0]

    play(app, act)


def test_what_changed_stands_out_once() -> None:
    changed = processes(working_set=[9 * MIB, 3 * MIB, 1 * MIB, 1 * MIB])
    app = cockpit(Made(processes(), changed, changed))

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "down")  # away from the first
        await look(app, pilot)
        assert styles(app, 1)["9.00"].bold
        assert styles(app, 3)["1.00"].italic
        assert styles(app, 1)["9.00"].color != styles(app, 3)["1.00"].color
        assert not styles(app, 4)["1.00"].bold
        assert not styles(app, 4)["1.00"].italic
        await look(app, pilot)
        assert not styles(app, 1)["9.00"].bold
        assert not styles(app, 3)["1.00"].italic

    play(app, act)


def test_only_lines_that_changed_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    draw = ProcessTable.render_line

    def drawing(table: ProcessTable, y: int) -> Strip:
        drawn.append(y)
        return draw(table, y)

    monkeypatch.setattr(ProcessTable, "render_line", drawing)
    changed = processes(working_set=[4 * MIB, 3 * MIB, 2 * MIB + 4096, 1 * MIB])
    app = cockpit(Made(processes(), processes(), changed))

    async def act(pilot: Pilot[None]) -> None:
        for expected in (set[int](), {3}):
            drawn.clear()
            await look(app, pilot)
            assert set(drawn) == expected

    play(app, act)


def test_a_look_lays_nothing_out_and_works_no_style_out_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []

    def told(owner: type, name: str) -> None:
        does = getattr(owner, name)

        def telling(self: Any, *args: Any, **more: Any) -> Any:
            done.append(name)
            return does(self, *args, **more)

        monkeypatch.setattr(owner, name, telling)

    changed = processes(working_set=[4 * MIB, 3 * MIB, 2 * MIB + 4096, 1 * MIB])
    app = cockpit(Made(processes(), processes(), changed))

    async def act(pilot: Pilot[None]) -> None:
        await look(app, pilot)
        told(Screen, "_refresh_layout")
        told(ProcessTable, "get_component_rich_style")
        told(Panel, "get_component_rich_style")
        told(ProcessTable, "render_line")
        await look(app, pilot)
        assert done == ["render_line"]
        await press(app, pilot, "T")  # other colours
        assert {"get_component_rich_style", "render_line"} <= {*done}

    play(app, act)


def test_processes_that_come_and_go_lay_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    app = cockpit(Made(*map(processes, (300, 301, 100, 3, 4))))
    laid_out: list[int] = []

    async def act(pilot: Pilot[None]) -> None:
        table = app.query_one(ProcessTable)
        await press(app, pilot, "end")
        lay_out = Screen._refresh_layout

        def telling(self: Screen[Any], *args: Any, **more: Any) -> None:
            laid_out.append(len(table._order.rows))
            lay_out(self, *args, **more)

        monkeypatch.setattr(Screen, "_refresh_layout", telling)
        for count in (301, 100):
            await look(app, pilot)
            assert (table.virtual_size.height, laid_out) == (count + 1, [])
            assert table.vertical_scrollbar.window_virtual_size == count + 1
        assert len(lines(app)) == table.size.height  # no line is empty where it has shrunk
        await look(app, pilot)
        await pilot.pause()
        assert laid_out  # without its scroll bar there is more room
        assert not table.show_vertical_scrollbar
        assert len(names(app)) == 3
        laid_out.clear()
        await look(app, pilot)
        assert (len(names(app)), laid_out) == (4, [])

    play(app, act)


def test_newcomers_are_underlined_and_the_shut_are_dim() -> None:
    app = cockpit(Made(processes(3), processes(4)))

    async def act(pilot: Pilot[None]) -> None:
        await look(app, pilot)
        by_name = {name: styles(app, y) for y, name in enumerate(names(app), start=1)}
        assert by_name["beta2.exe"]["beta2.exe"].underline
        assert not by_name["gamma.exe"]["gamma.exe"].underline
        assert by_name["beta.exe"]["beta.exe"].dim
        assert not by_name["gamma.exe"]["gamma.exe"].dim

    play(app, act)


def test_the_cursor_stays_on_its_process_and_survives_it() -> None:
    moved = processes(working_set=[1 * MIB, 2 * MIB, 3 * MIB, 4 * MIB])
    app = cockpit(Made(processes(), moved, processes(1), processes(1, name=["x.exe"])))

    async def act(pilot: Pilot[None]) -> None:
        table = app.query_one(ProcessTable)
        await press(app, pilot, "down")
        assert table.process
        assert table.process.name == "beta.exe"
        await look(app, pilot)
        assert table.process.name == "beta.exe"
        assert names(app)[2] == "beta.exe"
        await look(app, pilot)
        assert table.process.name == "alpha.exe"
        await look(app, pilot)
        assert table.process.name == "x.exe"

    play(app, act)


def test_an_id_that_was_given_again_is_another_process() -> None:
    again = processes(started=[0.0, 99.0, 2.0, 3.0])
    app = cockpit(Made(processes(), again), columns=("working_set_change", "hard_faults_rate"))

    async def act(pilot: Pilot[None]) -> None:
        await look(app, pilot)
        assert styles(app, 2)["beta.exe"].underline or styles(app, 2)["beta.exe"].dim
        assert lines(app)[2].split() == ["beta.exe", "104"]

    play(app, act)
