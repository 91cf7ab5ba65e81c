"""The command itself: what it refuses, and what it takes over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("textual", reason="the screen needs the extra [tui]")

from cli.running import Run
from ntpages.cli import streams
from ntpages.cli.top import settings
from ntpages.cli.top.cockpit import Cockpit
from ntpages.cli.top.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What came on the screen, for which there is a terminal."""
    found: list[Any] = []
    monkeypatch.setattr(streams, "have_a_terminal", lambda: True)
    monkeypatch.setattr(Cockpit, "run", lambda app: found.append(app))  # noqa: PLW0108 (a method)
    return found


@pytest.mark.parametrize("words", [("--sort", "flux"), ("--columns", "pid,flux")])
def test_a_wrong_column_is_refused_with_those_that_there_are(
    capsys: Capture, shown: list[Any], words: tuple[str, str]
) -> None:
    run = Run(capsys, "top", *words)
    assert run.code == 1
    assert "no column 'flux': there are pid, parent, name" in run.err
    assert "hard_faults_rate" in run.err
    assert shown == []


def test_what_is_remembered_holds_unless_something_else_is_asked_for(
    capsys: Capture, shown: list[Any]
) -> None:
    settings.save(Settings(("private",), "light"))
    assert Run(capsys, "top").code == 0
    assert Run(capsys, "top", "--theme", "none").code == 0
    assert Run(capsys, "top", "--columns", "commit,pid").code == 0
    assert [app._settings for app in shown] == [
        Settings(("private",), "light"),
        Settings(("private",), "none"),
        Settings(("commit", "pid"), "light"),
    ]
    assert settings.load() == (Settings(("private",), "light"), "")


def test_a_broken_file_is_said_on_the_screen(
    capsys: Capture, shown: list[Any], folder: Path
) -> None:
    folder.mkdir()
    (folder / "top.json").write_bytes(b"{")
    assert Run(capsys, "top").code == 0
    [app] = shown
    assert "top.json is not used" in app._note


def test_options_say_what_is_shown_first(capsys: Capture, shown: list[Any]) -> None:
    words = ("--sort", "private", "--ascending", "--filter", "a*", "--accessible", "--tree")
    assert Run(capsys, "top", *words, "--every", "5").code == 0
    [app] = shown
    choice = app._choice
    assert (choice.sort, choice.descending, choice.words) == ("private", False, "a*")
    assert (choice.accessible, choice.tree, app._every) == (True, True, 5.0)
