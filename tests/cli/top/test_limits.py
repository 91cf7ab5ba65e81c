"""The dialog of ``ntpages top`` that asks for limits, played by Textual's pilot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("textual", reason="the screen needs the extra [tui]")

from textual.widgets import Input, Select

from cli.top.made import MIB, Made
from cli.top.playing import cockpit, notes, play, press
from ntpages.cli.top.limits import SetLimits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from ntpages.cli.top.cockpit import Cockpit


def set_limits(act: Callable[[Pilot[None], Cockpit], Awaitable[None]]) -> list[Any]:
    machine = Made()
    app = cockpit(machine)

    async def open_first(pilot: Pilot[None]) -> None:
        await press(app, pilot, "l")
        assert isinstance(app.screen, SetLimits)
        await act(pilot, app)
        await pilot.pause()

    play(app, open_first, size=(110, 40))
    return [each[1:] for each in machine.told if each[0] == "set_limits"]


def test_sets_limits_and_flags() -> None:
    async def act(pilot: Pilot[None], app: Cockpit) -> None:
        assert app.screen.query_one("#minimum", Input).value == "2.00 MiB"
        app.screen.query_one("#maximum", Input).value = "64 MiB"
        app.screen.query_one("#hard_maximum", Select).value = True
        await pilot.click("#set")

    assert set_limits(act) == [(100, {"maximum": 64 * MIB, "hard_maximum": True})]


def test_limits_that_did_not_change_are_not_set() -> None:
    async def act(pilot: Pilot[None], app: Cockpit) -> None:
        del app
        await pilot.click("#set")

    assert set_limits(act) == []


@pytest.mark.parametrize("way", ["escape", "#cancel"])
def test_limits_can_be_left_alone(way: str) -> None:
    async def act(pilot: Pilot[None], app: Cockpit) -> None:
        app.screen.query_one("#maximum", Input).value = "64 MiB"
        await (pilot.click(way) if way.startswith("#") else pilot.press(way))
        await pilot.pause()
        assert not isinstance(app.screen, SetLimits)

    assert set_limits(act) == []


def test_a_size_that_is_none_is_told() -> None:
    async def act(pilot: Pilot[None], app: Cockpit) -> None:
        app.screen.query_one("#minimum", Input).value = "plenty"
        await pilot.click("#set")
        await pilot.pause()
        assert isinstance(app.screen, SetLimits)
        [(_, words, severity)] = notes(app)
        assert severity == "error"
        assert "minimum: 'plenty' is no size" in words

    assert set_limits(act) == []
