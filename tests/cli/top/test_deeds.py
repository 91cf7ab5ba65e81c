"""What ``ntpages top`` does: never before somebody has read what it costs and said yes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("textual", reason="the screen needs the extra [tui]")

from cli.top.made import Made, processes
from cli.top.playing import cockpit, look, notes, play, press, shown, until
from ntpages.cli.top.commands import COMMANDS, ChooseCommand
from ntpages.cli.top.dialogs import Confirm, Told
from ntpages.cli.top.machine import Machine, Sample
from ntpages.errors import no_such_process
from ntpages.memory_lists import DEFRAG, Step
from ntpages.report.top.commands import words_of

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from ntlab import Lab


# ---- One process ---------------------------------------------------------------------------------


def test_a_working_set_is_emptied_where_somebody_says_yes() -> None:
    machine = Made()
    app = cockpit(machine)

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "down", "down", "e")
        assert isinstance(app.screen, Confirm)
        assert "2.00 MiB leave the working set of gamma.exe, pid 108" in shown(app)
        assert machine.told == []
        await press(app, pilot, "y")
        assert machine.told == [("trim", 108)]
        [(title, words, severity)] = notes(app)
        assert (title, severity) == ("gamma.exe", "information")
        assert words == "8.00 MiB → 1.00 MiB, 12 faults since"

    play(app, act)


def test_a_working_set_is_left_alone_where_somebody_does_not() -> None:
    machine = Made()
    app = cockpit(machine)

    async def act(pilot: Pilot[None]) -> None:
        for key in ("escape", "n", "enter"):  # what changes nothing is chosen at first
            await press(app, pilot, "e", key)
            assert app.screen is app.screen_stack[0]
        assert machine.told == []

    play(app, act)


def test_whoever_has_the_id_by_now_is_left_alone() -> None:
    machine = Made(processes(), processes(started=[9.0, 1.0, 2.0, 3.0]))
    app = cockpit(machine)

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "e")
        await look(app, pilot)
        await press(app, pilot, "y")
        assert machine.told == []
        assert notes(app) == [("alpha.exe", "It has exited meanwhile.", "warning")]

    play(app, act)


def test_a_refusal_is_told() -> None:
    machine = Made()
    app = cockpit(machine)

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "e")
        machine.refuses = no_such_process("OpenProcess", 100, 87)
        await press(app, pilot, "y", "l")
        for title, words, severity in notes(app)[:2]:
            assert (title, severity) == ("alpha.exe", "error")
            assert "there is no such process" in words

    play(app, act)


# ---- The memory lists ----------------------------------------------------------------------------


def test_every_command_says_what_it_costs_and_does_nothing_before_a_yes() -> None:
    machine = Made()
    app = cockpit(machine)
    costs = {
        "1": "Up to 10.0 MiB leave working sets",
        "2": "The system cache is 20.0 GiB",
        "3": "2.00 GiB will be written",
        "4": "2.00 GiB become Free",
        "5": "27.9 GiB become Free, 25.0 GiB of it of priority 5 and above",
        "8": "12.0 MiB will be written",
    }

    async def act(pilot: Pilot[None]) -> None:
        for key, steps in COMMANDS.items():
            machine.held = key != "5"
            words = words_of([step.value for step in steps])
            await press(app, pilot, "m")
            assert isinstance(app.screen, ChooseCommand)
            assert words.title in shown(app)
            await press(app, pilot, key)
            assert isinstance(app.screen, Confirm)
            assert words.title in shown(app)
            assert costs.get(key, "") in shown(app)
            assert ("not held, so Windows will refuse" in shown(app)) == (key == "5")
            await press(app, pilot, "escape")
            assert app.screen is app.screen_stack[0]
        assert machine.told == []

    play(app, act)


def test_every_step_has_a_key_and_defrag_too() -> None:
    offered = [*COMMANDS.values()]
    assert {steps[0] for steps in offered if len(steps) == 1} == set(Step)
    assert DEFRAG in offered
    assert len(offered) == len(Step) + 1


class Still(Machine):
    """A modelled machine, at which a second passes with each look."""

    def __init__(self) -> None:
        super().__init__()
        self._second = 0

    def sample(self, earlier: Sample | None = None, *, anew: bool = False) -> Sample:
        self._second += 1
        return replace(super().sample(earlier, anew=anew), time=float(self._second))


def modelled(lab: Lab) -> Any:
    for name in ("memory_lists", "system", "compression"):
        lab.model(name)
    lab.model("privileges").hold("SeProfileSingleProcessPrivilege")
    return lab.model("memory_lists")


def test_a_purge_is_accounted_for_and_its_price_counted_afterwards(lab: Lab) -> None:
    pages = modelled(lab).pages
    standby = sum(pages.standby)
    app = cockpit(Still())

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "m", "5", "y")
        await until(pilot, lambda: "accepted" in shown(app))
        assert isinstance(app.screen, Told)
        said = shown(app)
        assert "purge-standby" in said
        assert "Ready for use" in said
        after = lab.model("memory_lists").pages
        assert sum(after.standby) < standby / 100
        await look(app, pilot)
        await look(app, pilot)
        assert "Since then, 3 s: 0 hard faults" in shown(app)
        await press(app, pilot, "escape")
        await look(app, pilot)
        assert app.screen is app.screen_stack[0]

    play(app, act)


def test_nothing_that_windows_refused_is_told_as_done(lab: Lab) -> None:
    modelled(lab)
    app = cockpit(Still())

    async def act(pilot: Pilot[None]) -> None:
        lab.model("privileges").drop("SeProfileSingleProcessPrivilege")
        await press(app, pilot, "m", "9")
        assert "SeProfileSingleProcessPrivilege: not held" in shown(app)
        await press(app, pilot, "y")
        await until(pilot, lambda: "refused" in shown(app))
        said = shown(app)
        assert "accepted" not in said
        assert "not tried" in said
        assert "Ready for use" not in said
        await look(app, pilot)
        assert "Since then" not in shown(app)  # nothing was done, so nothing costs

    play(app, act)
