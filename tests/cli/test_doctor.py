"""``ntpages doctor``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from cli.running import Run
from ntpages import cli, doctor
from ntpages.cli import doctor as commands
from ntpages.cli.exits import Exit
from ntpages.doctor.findings import NEEDED_FOR

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab


def test_findings_are_shown_with_what_to_do_about_them(
    capsys: pytest.CaptureFixture[str], lab: Lab
) -> None:
    lab.model("privileges").drop("SeLockMemoryPrivilege")
    run = Run(capsys, "doctor")
    assert run.code == 0
    assert "SeLockMemoryPrivilege" in run.out
    assert "ntpages privileges grant" in run.out


def test_obstacles_come_first(capsys: pytest.CaptureFixture[str], lab: Lab) -> None:
    lab.model("privileges").drop("SeLockMemoryPrivilege")
    marks = [line.split(" ", 1)[0] for line in Run(capsys, "doctor").out.splitlines()[1:]]
    order = [mark for mark in marks if mark in {"NO", "note", "ok"}]
    assert order == sorted(order, key=("NO", "note", "ok").index)


def test_a_privilege_is_said_to_be_for_each_command_that_is_refused_without_it(
    capsys: pytest.CaptureFixture[str], lab: Lab, calls: dict[str, list[str]]
) -> None:
    lab.model("privileges").drop("SeProfileSingleProcessPrivilege")
    ended = {words[0]: Run(capsys, *words).code for name, words in calls.items() if name != "top"}
    refused = {command for command, code in ended.items() if code == Exit.PRIVILEGE}
    assert "lists" in refused
    assert refused <= commands_said_of("SeProfileSingleProcessPrivilege")


def test_each_command_that_opens_others_is_said_to_need_the_right_to() -> None:
    assert commands_said_of("SeDebugPrivilege") == cli._INTO_OTHERS


def commands_said_of(privilege: str) -> set[str]:
    [listed] = re.findall(r"\((.*)\)", NEEDED_FOR[privilege])
    return set(listed.split(", "))


def test_findings_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    findings = Run(capsys, "doctor", "--json").json["findings"]
    assert {finding["health"] for finding in findings} <= {each.value for each in doctor.Health}


def test_a_verification_ends_with_2_where_windows_did_something_else(
    capsys: pytest.CaptureFixture[str], lab: Lab
) -> None:
    lab.model("system").performance_size(400)
    run = Run(capsys, "doctor", "--verify")
    assert run.code == 2
    assert "system.performance_lengths" in run.out


def test_a_report_is_written_as_markdown_and_as_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    Run(capsys, "doctor", "--verify", "--report", str(tmp_path / "report.md"))
    markdown = (tmp_path / "report.md").read_text(encoding="utf-8")
    checks = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["checks"]
    assert all(f"| {check['name']} | {check['verdict']} |" in markdown for check in checks)


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_an_interrupted_verification_tells_and_writes_what_was_found(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    more: list[str],
) -> None:
    begun: list[str] = []

    def stop_at_the_third(check: doctor.Check) -> None:
        begun.append(check.name)
        if len(begun) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(commands, "_announce", stop_at_the_third)
    run = Run(capsys, "doctor", "--verify", "--report", str(tmp_path / "report.md"), *more)
    assert run.code == 2
    assert "Interrupted" in run.err
    assert begun[0] in run.out
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    for document in [written, *([run.json] if more else [])]:
        assert document["interrupted"]
        ran = [check["name"] for check in document["checks"] if check["verdict"] != "not run"]
        assert ran == begun[:2]


def test_what_changes_the_machine_is_named_first(
    capsys: pytest.CaptureFixture[str], lab: Lab
) -> None:
    lab.model("memory_lists")
    run = Run(capsys, "doctor", "--verify", "--effects")
    assert "memory_lists.purge: purges the standby list" in run.err


def test_options_of_a_verification_alone_are_refused_without_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = Run(capsys, "doctor", "--effects")
    assert run.code == 1
    assert "--verify" in run.err
