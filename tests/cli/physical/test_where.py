"""``ntpages where``: one screen, whose rows sum up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.running import Run
from ntpages.report.cells import size

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def machine(lab: Lab) -> None:
    lab.model("physical").live_in()
    lab.model("privileges")


def test_the_document_has_parts_that_sum_up_to_the_memory(capsys: Capture) -> None:
    run = Run(capsys, "where", "--json", "--files", "--processes", "--top", "2")
    assert run.code == 0
    assert set(run.json) == {
        *("time", "version", "host", "total", "parts", "look", "refused", "processes", "files"),
    }
    assert sum(part["size"] for part in run.json["parts"]) == run.json["total"] == 64 << 30
    assert run.json["look"]["drift"] == 0
    assert [each["name"] for each in run.json["processes"]] == ["Skyhaven.exe", "chrome.exe"]
    assert len(run.json["files"]) == 2


def test_people_see_groups_their_parts_and_shares(capsys: Capture) -> None:
    run = Run(capsys, "where")
    lines = run.out.splitlines()
    assert lines[0] == "64.0 GiB of memory"
    groups = [line.split("  ")[0] for line in lines[3:] if not line.startswith(" ")]
    assert groups == ["in use", "modified", "standby", "free", "not usable", "not told"]
    assert any(line.startswith("  metafile") for line in lines)
    assert {*lines[1]} <= {"█", "i", "m", "s", "f", "n"}
    in_use = [line.split()[0] for line in lines[4:9]]
    assert in_use == ["process", "metafile", "shared", "compression", "nonpaged"]
    assert "no snapshot" in run.err


def test_the_largest_processes_and_files_are_added_where_they_are_asked_for(
    capsys: Capture,
) -> None:
    run = Run(capsys, "where", "--processes", "--files", "--top", "1")
    assert "Skyhaven.exe" in run.out
    assert "chrome.exe" not in run.out
    assert "world_03.pak" in run.out
    assert "Skyhaven.exe" not in Run(capsys, "where").out


def test_who_lacks_the_privilege_sees_what_is_left_and_why(capsys: Capture, lab: Lab) -> None:
    lab.model("privileges").standard_user()
    run = Run(capsys, "where")
    assert run.code == 0
    assert "the rest: run as administrator" in run.out
    assert "SeProfileSingleProcessPrivilege" in run.err
    document = Run(capsys, "where", "--json", "--processes").json
    assert document["look"] is None
    assert document["refused"]["privilege"] == "SeProfileSingleProcessPrivilege"
    assert "processes" not in document
    assert sum(part["size"] for part in document["parts"]) == document["total"]


@pytest.mark.parametrize(
    "wrong",
    [("--top", "3"), ("--json", "--picture", "a.png"), ("--picture", "a.png", "--files")],
    ids=" ".join,
)
def test_options_without_effect_are_refused(
    capsys: Capture, wrong: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Run(capsys, "where", *wrong).code == 1


def test_sizes_of_groups_are_those_of_their_parts(capsys: Capture) -> None:
    parts = Run(capsys, "where", "--json").json["parts"]
    standby = sum(part["size"] for part in parts if part["group"] == "standby")
    [line] = [line for line in Run(capsys, "where").out.splitlines() if line.startswith("standby")]
    assert size(standby) in line
