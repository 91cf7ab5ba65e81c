"""``ntpages limits``: what is shown, what is changed, and who refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cli.running import Run
from ntpages import working_sets
from ntpages.cli.exits import Exit
from target import CROWD, Target, crowd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

Capture = pytest.CaptureFixture[str]

MIB = 1 << 20
SOFT: dict[str, Any] = {
    "minimum": 50 * 4096,
    "maximum": 345 * 4096,
    "hard_minimum": False,
    "hard_maximum": False,
}


@pytest.fixture(autouse=True)
def machine(lab: Lab) -> None:
    lab.model("working_sets")


@pytest.fixture
def pid() -> Iterator[int]:
    with Target("idle") as target:
        yield target.pid


def test_limits_of_a_process_are_shown(capsys: Capture, pid: int) -> None:
    run = Run(capsys, "limits", str(pid), "--json")
    assert run.code == Exit.OK
    [line] = run.json["processes"]
    assert line["pid"] == pid
    assert line["limits"] == line["before"] == SOFT
    working_sets.set_limits(pid, minimum=MIB, maximum=8 * MIB, hard_maximum=True)
    shown = Run(capsys, "limits", str(pid)).out
    assert "1.00 MiB" in shown
    assert "8.00 MiB hard" in shown
    assert "before" not in shown


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        (["--min", "1M", "--max", "64M"], {"minimum": MIB, "maximum": 64 * MIB}),
        (["--max", "64M", "--hard-max"], {"maximum": 64 * MIB, "hard_maximum": True}),
        (["--hard-min"], {"hard_minimum": True}),
        (["--min", "0x80000"], {"minimum": MIB // 2}),
    ],
)
def test_what_is_given_is_changed_and_the_rest_stays(
    capsys: Capture, pid: int, options: list[str], changed: dict[str, Any]
) -> None:
    run = Run(capsys, "limits", str(pid), *options, "--json")
    assert run.code == Exit.OK
    [line] = run.json["processes"]
    assert line["before"] == SOFT
    assert line["limits"] == {**SOFT, **changed}
    assert run.err.strip() == "The limits of 1 changed."
    assert working_sets.limits(pid) == working_sets.Limits(**{**SOFT, **changed})


def test_what_was_hard_is_made_soft_again(capsys: Capture, pid: int) -> None:
    working_sets.set_limits(pid, hard_minimum=True, hard_maximum=True)
    run = Run(capsys, "limits", str(pid), "--soft-min", "--soft-max")
    assert run.code == Exit.OK
    assert "hard" in run.out  # before
    assert working_sets.limits(pid) == working_sets.Limits(**SOFT)


def test_a_dry_run_changes_nothing(capsys: Capture, lab: Lab, pid: int) -> None:
    lab.record("SetProcessWorkingSetSizeEx")
    run = Run(capsys, "limits", str(pid), "--max", "64M", "--dry-run", "--json")
    assert run.code == Exit.OK
    assert run.json["dry_run"] is True
    assert run.json["processes"][0]["limits"]["maximum"] == 64 * MIB
    assert "would be changed" in run.err
    assert lab.calls("SetProcessWorkingSetSizeEx") == []


def test_processes_are_named_by_their_programs(capsys: Capture) -> None:
    with crowd(3) as targets:
        run = Run(capsys, "limits", CROWD.replace(".exe", ".*"), "--max", "32M", "--json")
        assert run.code == Exit.OK
        assert {line["pid"] for line in run.json["processes"]} == {each.pid for each in targets}
        assert {working_sets.limits(each.pid).maximum for each in targets} == {32 * MIB}
        run = Run(capsys, "limits", CROWD.removesuffix(".exe"), "--json")  # as everywhere
        assert {line["pid"] for line in run.json["processes"]} == {each.pid for each in targets}


def test_who_refuses_is_told_and_the_others_are_changed(capsys: Capture, lab: Lab) -> None:
    with crowd(2) as targets:
        lab.model("processes").deny(targets[0].pid, 0x0100)
        run = Run(capsys, "limits", CROWD, "--max", "32M", "--json")
        assert run.code == Exit.PARTLY
        assert [line["pid"] for line in run.json["processes"]] == [targets[1].pid]
        [refused] = run.json["refused"]
        assert (refused["pid"], refused["error"]["code"]) == (targets[0].pid, 5)
        assert CROWD in run.err
        alone = Run(capsys, "limits", str(targets[0].pid), "--max", "32M")
        assert (alone.code, alone.out) == (Exit.FAILURE, "")


def test_a_missing_privilege_has_its_exit_code(capsys: Capture, lab: Lab, pid: int) -> None:
    lab.model("privileges").drop("SeIncreaseWorkingSetPrivilege")
    run = Run(capsys, "limits", str(pid), "--max", "1G")
    assert run.code == Exit.PRIVILEGE
    assert "SeIncreaseWorkingSetPrivilege is not held" in run.err
    assert Run(capsys, "limits", str(pid), "--min", "100K").code == Exit.OK


def test_who_is_not_there_is_told(capsys: Capture, pid: int) -> None:
    run = Run(capsys, "limits", "2147483644", "nosuch.exe")
    assert (run.code, run.out) == (Exit.FAILURE, "")
    assert "no process has the id 2147483644" in run.err
    assert "no process is called 'nosuch.exe'" in run.err
    assert Run(capsys, "limits", str(pid), "nosuch.exe").code == Exit.PARTLY


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--min", "2M", "--max", "1M"], "--min 2097152 is above --max 1048576"),
        (["--max", "0"], "ntpages trim"),
        (["--dry-run"], "--dry-run is for a change"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_done(
    capsys: Capture, lab: Lab, pid: int, options: list[str], words: str
) -> None:
    lab.record("SetProcessWorkingSetSizeEx")
    run = Run(capsys, "limits", str(pid), *options)
    assert (run.code, run.out) == (Exit.FAILURE, "")
    assert words in run.err
    assert lab.calls("SetProcessWorkingSetSizeEx") == []


def test_limits_that_windows_refuses_are_told_with_both(capsys: Capture, pid: int) -> None:
    run = Run(capsys, "limits", str(pid), "--min", "2M")  # above the maximum that it has
    assert run.code == Exit.FAILURE
    assert "minimum 2097152 and maximum 1413120 bytes" in run.err
