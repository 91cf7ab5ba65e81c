"""``ntpages scan``: what is found, what is around it, and narrowing it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from cli.running import ENCODINGS, Run
from ntpages.processes import Process
from ntpages.regions import Protection
from ntpages.report.cells import address

if TYPE_CHECKING:
    from pathlib import Path

    from target import Target

Capture = pytest.CaptureFixture[str]

PAGE = 4096


def addresses(run: Run) -> list[int]:
    return [row["address"] for row in run.json["matches"]]


def test_scan_finds_bytes(capsys: Capture, target: Target) -> None:
    run = Run(capsys, "scan", str(target.pid), "--hex", target.mark.hex(" "), "--json")
    assert target["private"] in addresses(run)
    assert run.json["complete"]
    assert {"guard page", "no access"} <= {hole["reason"] for hole in run.json["holes"]}


def test_scan_shows_what_is_around(capsys: Capture, target: Target) -> None:
    run = Run(capsys, "scan", str(target.pid), "--text", "wren song", "--ignore-case")
    assert address(target["text"] + 100) in run.out
    assert "Wren song" in run.out
    assert "W.r.e.n. .s.o.n.g" in run.out
    assert "2 matches in" in run.err
    assert "could not be read" in run.err


def test_scan_narrows_what_was_saved(capsys: Capture, target: Target, tmp_path: Path) -> None:
    target.tell("number 5 8765309")
    target.tell("number 6 8765309")
    words = ["scan", str(target.pid), "--integer"]
    (tmp_path / "first").write_text(Run(capsys, *words, "8765309", "--json").out)
    target.tell("number 6 12")
    run = Run(capsys, *words, "12", "--within", str(tmp_path / "first"), "--json")
    # The number was on the target's stack, too, while it was told.
    assert target["numbers"] + 24 in addresses(run)
    assert target["numbers"] + 20 not in addresses(run)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_scan_narrows_what_any_shell_saved(
    capsys: Capture, target: Target, tmp_path: Path, encoding: str
) -> None:
    words = ["scan", str(target.pid), "--hex", target.mark.hex()]
    first = Run(capsys, *words, "--json").out
    (tmp_path / "first").write_text(first, encoding=encoding)
    run = Run(capsys, *words, "--within", str(tmp_path / "first"), "--json")
    assert run.code == 0
    assert target["private"] in addresses(run)


def test_scan_says_where_what_was_saved_is_of_another_process(
    capsys: Capture, target: Target, tmp_path: Path
) -> None:
    (tmp_path / "other").write_text('{"pid": 4, "matches": []}')
    run = Run(capsys, "scan", str(target.pid), "--text", "x", "--within", str(tmp_path / "other"))
    assert run.code == 0
    assert "is of process 4" in run.err


@pytest.mark.usefixtures("strict")
def test_what_is_around_a_match_touches_no_guard_page(capsys: Capture, target: Target) -> None:
    guard = target["several"] + 8 * PAGE
    with Process(target.pid) as process:
        process.write(guard + PAGE, b"beside a guard")
        process.write(guard - 20, b"beside a guard......")
        process.protect(guard, PAGE, Protection.READWRITE | Protection.GUARD)
        run = Run(capsys, "scan", str(target.pid), "--text", "beside a guard")
        assert process.protect(guard, 1, Protection.READWRITE) & Protection.GUARD
    assert "beside a guard......" in run.out
    assert address(guard + PAGE) in run.out


def test_scan_wants_one_thing_to_look_for(capsys: Capture) -> None:
    run = Run(capsys, "scan", str(os.getpid()))
    assert run.code == 1
    assert "one of --hex, --text and --integer" in run.err
