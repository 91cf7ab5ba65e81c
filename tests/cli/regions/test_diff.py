"""``ntpages map diff``: what changed between two saved maps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import ENCODINGS, Run
from ntpages.cli.regions.diff import compare

if TYPE_CHECKING:
    from pathlib import Path

Capture = pytest.CaptureFixture[str]


def region(address: int, size: int, state: str, **more: Any) -> dict[str, Any]:
    usual = {"protection": 4, "type": "private", "use": "private", "name": ""}
    return {"address": address, "size": size, "state": state, **usual, **more}


def test_maps_are_compared(capsys: Capture, tmp_path: Path) -> None:
    before = [region(0, 100, "commit"), region(100, 50, "reserve")]
    after = [region(0, 60, "commit"), region(60, 40, "commit", protection=2),
             region(100, 20, "reserve"), region(120, 30, "commit")]  # fmt: skip
    for name, regions in (("before", before), ("after", after)):
        (tmp_path / name).write_text(json.dumps({"pid": 1, "regions": regions}))
    run = Run(capsys, "map", "diff", str(tmp_path / "before"), str(tmp_path / "after"), "--json")
    found = [(each["address"], each["size"]) for each in run.json["changes"]]
    assert found == [(60, 40), (120, 30)]
    assert {(each["state"], each["change"]) for each in run.json["totals"]} == {
        ("commit", 30),
        ("reserve", -30),
    }


def test_neighbours_that_changed_alike_are_one_change() -> None:
    alike = [region(0, 60, "commit"), region(60, 40, "commit")]
    [change] = compare([], alike)
    assert (change.address, change.size) == (0, 100)
    assert (change.before, change.after) == ("free", "commit private RW")
    unlike = [region(0, 60, "commit"), region(60, 40, "commit", protection=2)]
    assert [each.size for each in compare([], unlike)] == [60, 40]


def test_which_part_of_free_space_is_of_use_is_no_change(capsys: Capture, tmp_path: Path) -> None:
    for name, use in (("before", "free"), ("after", "unusable")):
        regions = [region(0, 100, "free", use=use, type="none", protection=0)]
        (tmp_path / name).write_text(json.dumps({"pid": 1, "regions": regions}))
    run = Run(capsys, "map", "diff", str(tmp_path / "before"), str(tmp_path / "after"), "--json")
    assert (run.json["changes"], run.json["totals"]) == ([], [])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_maps_are_compared_whatever_shell_saved_them(
    capsys: Capture, tmp_path: Path, encoding: str
) -> None:
    document = json.dumps({"pid": 1, "regions": [region(0, 100, "commit")]})
    (tmp_path / "map").write_text(document, encoding=encoding)
    run = Run(capsys, "map", "diff", str(tmp_path / "map"), str(tmp_path / "map"), "--json")
    assert (run.json["changes"], run.json["totals"]) == ([], [])


def test_diff_says_that_the_process_is_another(capsys: Capture, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for pid, path in enumerate((before, after), 1):
        path.write_text(json.dumps({"pid": pid, "regions": []}))
    run = Run(capsys, "map", "diff", str(before), str(after))
    assert run.code == 0
    assert f"{before} is of process 1, and {after} of process 2." in run.err
