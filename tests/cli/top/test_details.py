"""The details of one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("textual", reason="the screen needs the extra [tui]")

from cli.top.made import MIB, Made, processes
from cli.top.playing import cockpit, look, notes, play, press, settled, shown, until
from ntpages import errors
from ntpages.cli.top import details
from ntpages.cli.top.details import Details

if TYPE_CHECKING:
    from textual.pilot import Pilot


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is under the cursor is opened without waiting."""
    monkeypatch.setattr(details, "_SETTLES", 0.001)


async def walked(app: object, pilot: Pilot[None], machine: Made, count: int) -> None:
    """Wait until so many address spaces were walked."""
    await until(pilot, lambda: sum(each[0] == "space" for each in machine.told) >= count)
    await settled(app, pilot)  # type: ignore[arg-type]


def test_shows_trend_map_heaps_and_limits() -> None:
    grown = processes(working_set=[8 * MIB, 3 * MIB, 2 * MIB, MIB])
    machine = Made(processes(), grown)
    app = cockpit(machine)

    async def act(pilot: Pilot[None]) -> None:
        for _ in range(4):  # as many share a column
            await look(app, pilot)
        await press(app, pilot, "enter")
        await walked(app, pilot, machine, 1)
        said = shown(app)
        assert "alpha.exe  pid 100" in said
        trend = next(line for line in said.splitlines() if "▁█" in line)
        assert "8.00 MiB" in trend
        assert "+4.00 MiB" in trend
        kind = next(line for line in said.splitlines() if "812 MiB" in line)
        assert kind.partition("private")[2].split()[:6] == [
            "812",
            "MiB",
            "700",
            "MiB",
            "4.00",
            "GiB",
        ]
        assert said.index("812 MiB") < said.index("210 MiB") < said.index("142 MiB")
        assert "Heaps, 2, as their first segments show" in said
        assert said.index("0x0000003e0000") < said.index("0x0000001f0000")  # the largest first
        assert "minimum    200 KiB  soft" in said
        assert "maximum   1.35 MiB  soft" in said
        await press(app, pilot, "escape")
        assert "Map by kind" not in shown(app)

    play(app, act, size=(120, 45))


def test_it_is_asked_for_who_stays_under_the_cursor() -> None:
    machine = Made()
    app = cockpit(machine)

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "enter")
        await walked(app, pilot, machine, 1)
        await press(app, pilot, "down")
        await walked(app, pilot, machine, 2)
        assert machine.told == [("space", 100), ("space", 104)]
        assert "beta.exe  pid 104" in shown(app)
        assert "not told: it can't be opened" in shown(app)
        for _ in range(4):  # seconds: it is still new enough
            await look(app, pilot)
        assert len(machine.told) == 2
        await look(app, pilot)
        await walked(app, pilot, machine, 3)
        assert machine.told[2] == ("space", 104)

    play(app, act, size=(120, 45))


def test_the_process_tells_its_heaps_where_it_is_asked_to() -> None:
    machine = Made()
    app = cockpit(machine)

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "h")
        assert machine.told == []  # nobody's details are seen
        await press(app, pilot, "enter")
        await walked(app, pilot, machine, 1)
        await press(app, pilot, "h")
        assert machine.told[-1] == ("heaps", 100)
        assert "Heaps, 1, as the process tells" in shown(app)
        assert "2.00 MiB in blocks" in shown(app)
        machine.refuses = errors.from_call("OpenProcess", 5, 0, "Access is denied.", "")
        await press(app, pilot, "h")
        assert notes(app)[0][0] == "Heaps of alpha.exe"

    play(app, act, size=(120, 45))


def test_a_refusal_is_told_once_and_not_asked_for_again() -> None:
    machine = Made()
    app = cockpit(machine)

    async def act(pilot: Pilot[None]) -> None:
        machine.refuses = errors.from_call("OpenProcess", 5, 0, "Access is denied.", "")
        await press(app, pilot, "enter")
        await until(pilot, lambda: "OpenProcess" in shown(app))
        machine.refuses = None
        for _ in range(8):
            await look(app, pilot)
        assert machine.told == []
        assert "OpenProcess" in shown(app)
        await press(app, pilot, "down")  # of another it may be told
        await walked(app, pilot, machine, 1)

    play(app, act, size=(120, 45))


def test_who_has_exited_is_told_so() -> None:
    machine = Made(processes(1), processes(1, pid=[999]))
    app = cockpit(machine)

    async def act(pilot: Pilot[None]) -> None:
        await press(app, pilot, "enter")
        await walked(app, pilot, machine, 1)
        await look(app, pilot)
        assert app.query_one(Details).is_open
        assert "pid 999" in shown(app)
        assert "pid 100" not in shown(app)

    play(app, act, size=(120, 45))
