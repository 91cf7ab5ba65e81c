"""``ntpages files``, ``files diff`` and ``files drop``."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import Run

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def machine(lab: Lab) -> Any:
    door = lab.model("physical")
    door.live_in()
    lab.model("privileges")
    return door


def test_files_are_told_the_largest_first(capsys: Capture) -> None:
    run = Run(capsys, "files", "--top", "2")
    assert run.code == 0
    first, second = map(str.rstrip, run.out.splitlines()[1:])
    assert first.endswith("D:\\Games\\Skyhaven\\data\\world_03.pak")
    assert second.endswith("D:\\$Mft")
    assert "10 files" in run.err


def test_the_document_has_all_of_them_with_their_lists(capsys: Capture) -> None:
    document = Run(capsys, "files", "--json").json
    assert len(document["files"]) == 10
    assert document["names_refused"] is None
    largest = document["files"][0]
    assert largest["total"] == largest["active"] + largest["standby"]
    assert largest["standby"] == largest["standby_5"]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.pak", ["world_03.pak", "textures_hd.pak"]),
        ("world_03.pak", ["world_03.pak"]),
        ("d:\\games\\*.exe", ["Skyhaven.exe"]),
        ("D:/Games/*.exe", ["Skyhaven.exe"]),
    ],
)
def test_a_pattern_chooses_files(capsys: Capture, pattern: str, names: list[str]) -> None:
    found = Run(capsys, "files", pattern, "--json").json["files"]
    assert [each["path"].rpartition("\\")[2] for each in found] == names


def test_a_pattern_that_nothing_is_like_fails(capsys: Capture) -> None:
    run = Run(capsys, "files", "*.nothing")
    assert run.code == 1
    assert "*.nothing" in run.err


def test_the_order_can_be_chosen(capsys: Capture) -> None:
    found = Run(capsys, "files", "--sort", "image", "--json").json["files"]
    images = [each["image"] for each in found]
    assert images == sorted(images, reverse=True)
    assert found[0]["path"].endswith("chrome.dll")


def test_files_without_names_are_shown_by_their_keys(capsys: Capture, machine: Any) -> None:
    machine.log(b"", version=99)
    run = Run(capsys, "files")
    assert "unnamed key 0x" in run.out
    assert "Files have no names here" in run.err


def test_two_looks_are_compared(capsys: Capture, tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    row = {"key": 1, "path": "C:\\a", "total": 4096, "standby": 0}
    gone = {"key": 2, "path": "", "total": 8192, "standby": 0}
    same = {"key": 3, "path": "C:\\c", "total": 100, "standby": 0}
    before.write_text(json.dumps({"files": [row, gone, same]}))
    after.write_text(json.dumps({"files": [row | {"total": 5 * 4096}, same]}))
    run = Run(capsys, "files", "diff", str(before), str(after), "--json")
    assert run.json["changes"] == [
        {"file": "C:\\a", "before": 4096, "after": 20480},
        {"file": "unnamed key 0x2", "before": 8192, "after": 0},
    ]
    shown = Run(capsys, "files", "diff", str(before), str(after), "--top", "1")
    assert "+16.0 KiB" in shown.out
    assert "1 more" in shown.err
    assert "Nothing has changed" in Run(capsys, "files", "diff", str(after), str(after)).err
    assert Run(capsys, "files", "diff", str(before), __file__).code == 1


@pytest.mark.parametrize("mapped", [False, True], ids=["cached", "mapped"])
def test_a_file_is_dropped_and_what_came_of_it_is_told(
    capsys: Capture, machine: Any, tmp_path: Path, *, mapped: bool
) -> None:
    file = tmp_path / "cold.bin"
    file.write_bytes(b"x")
    path = os.path.realpath(file)
    key = 0xFFFFC08A_10000010 + 0x2B0  # of the largest file
    machine.cached(path, key, mapped=mapped)
    machine.names({key: f"\\??\\{path}"})
    run = Run(capsys, "files", "drop", str(file))
    assert run.code == (2 if mapped else 0)
    assert ("is left: somebody has it mapped" if mapped else "nothing is left") in run.out
    document = Run(capsys, "files", "drop", str(file), "--json").json
    assert document["dropped"]["after"] == (9_000 * 4096 if mapped else 0)


def test_without_the_privilege_a_file_is_dropped_and_not_verified(
    capsys: Capture, lab: Lab, tmp_path: Path
) -> None:
    lab.model("privileges").standard_user()
    file = tmp_path / "cold.bin"
    file.write_bytes(b"x")
    run = Run(capsys, "files", "drop", str(file))
    assert run.code == 0
    assert "It can't be verified" in run.err
    assert Run(capsys, "files").code == 3
