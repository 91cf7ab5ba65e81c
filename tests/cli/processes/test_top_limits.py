"""The dialog of ``ntpages top`` that asks for limits, played by Textual's pilot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("textual", reason="the screen needs the extra [tui]")

from textual.widgets import Input, Select

from cli.processes.playing import MIB, notes, play, screen
from ntpages import working_sets
from ntpages.cli.processes.top_limits import SetLimits
from ntpages.working_sets import Limits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.pilot import Pilot

    from ntpages.cli.processes.top_screen import Top


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
