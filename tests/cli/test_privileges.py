"""``ntpages privileges``, and the commands behind its name."""

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


def test_who_has_a_privilege_is_listed_and_it_is_taken_back(capsys: Capture, lab: Lab) -> None:
    lab.model("privileges")
    name, account = "SeLockMemoryPrivilege", "S-1-5-32-544"
    assert f"Nobody has been given {name}" in Run(capsys, "privileges", "accounts", name).err
    assert Run(capsys, "privileges", "accounts", name, "--json").json["accounts"] == []
    Run(capsys, "privileges", "grant", name, "--account", account)
    run = Run(capsys, "privileges", "accounts", name)
    assert "Administrators" in run.out
    assert account in run.out
    [found] = Run(capsys, "privileges", "accounts", name, "--json").json["accounts"]
    assert found["sid"] == account
    run = Run(capsys, "privileges", "revoke", name, "--account", account)
    assert run.code == 0
    assert "until they log off" in run.err
    again = Run(capsys, "privileges", "revoke", name, "--account", account)
    assert again.code == 0
    assert "nothing was changed" in again.err


@pytest.mark.parametrize("command", ["accounts", "grant", "revoke"])
def test_the_policy_is_refused_to_others_than_administrators(
    capsys: Capture, lab: Lab, command: str
) -> None:
    lab.model("privileges").standard_user()
    run = Run(capsys, "privileges", command, "SeLockMemoryPrivilege")
    assert run.code == 1
    assert "LsaOpenPolicy" in run.err or "Lsa" in run.err
