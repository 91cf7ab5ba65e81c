"""``ntpages privileges``, and ``grant`` behind its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.running import Run

if TYPE_CHECKING:
    from ntlab import Lab

Capture = pytest.CaptureFixture[str]


def test_privileges_lists_the_token(capsys: Capture) -> None:
    run = Run(capsys, "privileges", "--json")
    assert run.code == 0
    assert "SeChangeNotifyPrivilege" in {one["name"] for one in run.json["privileges"]}
    told = Run(capsys, "privileges")
    assert "SeChangeNotifyPrivilege" in told.out
    assert ("not elevated" in told.err) is not run.json["elevated"]
    assert "elevated" in told.err


def test_grant_from_the_command_line(capsys: Capture, lab: Lab) -> None:
    token = lab.model("privileges")
    run = Run(capsys, "privileges", "grant", "SeLockMemoryPrivilege")
    assert run.code == 0
    assert token.granted("SeLockMemoryPrivilege")
    assert "log off and on again" in run.err
