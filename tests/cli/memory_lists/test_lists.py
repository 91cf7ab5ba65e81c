"""``ntpages lists``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.running import Run
from ntpages import extras, system

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

Capture = pytest.CaptureFixture[str]

WINE = system.windows().wine is not None


@pytest.mark.skipif(not WINE, reason="Windows has the lists")
def test_what_this_windows_lacks_ends_with_4(capsys: Capture) -> None:
    run = Run(capsys, "lists")
    assert run.code == 4
    assert "does not offer" in run.err


def test_lists_are_printed_in_bytes_as_json(capsys: Capture, lab: Lab) -> None:
    model = lab.model("memory_lists")
    lab.model("privileges")
    run = Run(capsys, "lists", "--json")
    assert run.code == 0
    assert run.json["lists"]["zero"] == model.pages.zero * system.page_size()
    assert len(run.json["lists"]["standby"]) == 8
    assert Run(capsys, "lists").code == 0


def test_what_anyone_may_know_is_shown_without_the_privilege(capsys: Capture, lab: Lab) -> None:
    lab.model("partitions")
    lab.model("privileges").standard_user()
    run = Run(capsys, "lists")
    assert run.code == 0
    assert "standby 7" in run.out
    assert "modified" not in run.out
    assert "run as administrator" in run.err
    lists = Run(capsys, "lists", "--json").json["lists"]
    assert lists["standby"][7] == 10 * 4096
    assert lists["modified"] is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # matplotlib's own
def test_lists_are_drawn_and_not_printed(capsys: Capture, lab: Lab, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    lab.model("memory_lists")
    lab.model("privileges")
    run = Run(capsys, "lists", "--picture", str(tmp_path / "lists.svg"))
    assert (run.code, run.out) == (0, "")
    assert "<svg" in (tmp_path / "lists.svg").read_text(encoding="utf-8")


def test_matplotlib_is_missed_by_who_wants_a_picture_alone(
    capsys: Capture, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.model("memory_lists")
    lab.model("privileges")
    monkeypatch.setattr(extras, "missing", lambda _: True)
    assert Run(capsys, "lists").code == 0
    run = Run(capsys, "lists", "--picture", "lists.svg")
    assert run.code == 1
    assert "pictures need matplotlib" in run.err
