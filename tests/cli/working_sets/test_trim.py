"""``ntpages trim``: who is trimmed, and what it costs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.running import Run
from target import CROWD, Target, crowd

if TYPE_CHECKING:
    from ntlab import Lab

Capture = pytest.CaptureFixture[str]


def test_trim_tells_what_was_done_and_the_price(capsys: Capture, lab: Lab) -> None:
    lab.model("working_sets")
    with crowd(2) as targets:
        run = Run(capsys, "trim", "--where", CROWD, "--settle", "0", "--json")
        assert run.code == 0
        assert {each["pid"] for each in run.json["trimmed"]} == {t.pid for t in targets}
        assert all(each["faults"] == 3 for each in run.json["trimmed"])
        assert run.json["freed"] > 0
        assert "2 trimmed" in run.err


def test_trim_is_partly_done_where_some_refuse(capsys: Capture, lab: Lab) -> None:
    lab.model("working_sets")
    with crowd(2) as targets:
        lab.model("processes").deny(targets[0].pid, 0x0100)
        run = Run(capsys, "trim", *(str(t.pid) for t in targets), "--settle", "0")
        assert run.code == 2
        assert "refused" in run.out
        assert "Access" in run.err


def test_trim_dry_run_shows_who(capsys: Capture) -> None:
    with Target("idle") as target:
        run = Run(capsys, "trim", "--where", "*", "--except", "python*", "--dry-run")
        assert str(target.pid) in run.out
        assert "would be trimmed" in run.err


def test_trim_wants_to_know_whom(capsys: Capture) -> None:
    run = Run(capsys, "trim")
    assert run.code == 1
    assert "name processes or choose by --where NAME" in run.err
