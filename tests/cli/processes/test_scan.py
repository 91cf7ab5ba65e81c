"""``ntpages scan``: what is found, what is around it, and narrowing it."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import ENCODINGS, Run
from ntpages.processes import Process
from ntpages.regions import Protection
from ntpages.report import consoles
from ntpages.report.cells import address
from ntpages.report.processes.scan import Match, match_lines

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


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--text", "x", "--mask", "x"], "--mask has no effect without --hex"),
        (["--hex", "4D", "--encoding", "ascii"], "--encoding has no effect without --text"),
        (["--integer", "1", "--ignore-case"], "--ignore-case has no effect without --text"),
        (["--text", "1", "--size", "4"], "--size has no effect without --integer"),
        (["--hex", "4D", "--anywhere"], "--anywhere has no effect without --integer"),
        (["--text", "x", "--encoding", "utf-9"], "encodings must be .*, unlike 'utf-9'"),
        (["--text", "x", "--encoding", "hex"], "encodings must be .*, unlike 'hex'"),
        (["--text", "\u00fc", "--encoding", "ascii"], "can't be written in ascii"),
        (["--hex", "4D 5"], "two digits per byte, and '4D 5' has '5'"),
        (["--integer", "1", "--start", "2", "--end", "1"], "start must not be above end"),
    ],
)
def test_what_scan_cant_do_is_said_in_a_sentence(
    capsys: Capture, words: list[str], told: str
) -> None:
    run = Run(capsys, "scan", str(os.getpid()), *words)
    assert run.code == 1
    assert re.search(told, run.err)
    assert "Traceback" not in run.err


def test_scan_takes_a_signature_and_its_mask(capsys: Capture, target: Target) -> None:
    code = "".join(f"\\x{byte:02x}" for byte in target.mark[:2])
    where = ["--start", hex(target["private"]), "--end", hex(target["private"] + PAGE), "--json"]
    run = Run(capsys, "scan", str(target.pid), "--hex", code, "--mask", "x?", *where)
    assert target["private"] in addresses(run)
    assert run.json["patterns"] == [
        {"bytes": f"{target.mark[0]:02x}00", "mask": "ff00", "name": ""}
    ]


def test_scan_narrows_with_all_that_it_is_told(
    capsys: Capture, target: Target, tmp_path: Path
) -> None:
    place = target["several"]
    with Process(target.pid) as process:
        process.write(place, b"x" * 64)
    words = ["scan", str(target.pid), "--hex", "78", "--json"]
    (tmp_path / "first").write_text(Run(capsys, *words, "--start", hex(place)).out)
    words += ["--within", str(tmp_path / "first")]
    run = Run(capsys, *words, "--start", hex(place + 10), "--end", hex(place + 60), "--limit", "7")
    assert addresses(run) == list(range(place + 10, place + 17))
    assert not run.json["complete"]
    with Process(target.pid) as process:
        process.protect(place, PAGE, Protection.READONLY)
    assert place not in addresses(Run(capsys, *words, "--writable"))


def test_a_terminal_gets_a_thousand_matches_unless_more_are_asked_for(
    capsys: Capture, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = target["several"] + 15 * PAGE + 8
    words = ["scan", str(target.pid), "--integer", "0", "--start", hex(place)]
    words += ["--end", hex(place + PAGE - 8)]
    everything = Run(capsys, *words)
    assert len(everything.out.splitlines()) == 1 + (PAGE - 8) // 4
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    run = Run(capsys, *words)
    assert len(run.out.splitlines()) == 1 + 1000
    assert "stopped at the limit (--limit)" in run.err
    assert max(map(len, run.out.splitlines())) <= 40
    assert len(Run(capsys, *words, "--limit", "1010").out.splitlines()) == 1 + 1010
    assert len(Run(capsys, *words, "--json").json["matches"]) == (PAGE - 8) // 4


def test_matches_are_shown_before_what_is_around_the_last_has_been_read(
    capsys: Capture, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    read_many = Process.read_many

    def watched(self: Process, *arguments: Any) -> object:
        written.append(len(capsys.readouterr().out))
        return read_many(self, *arguments)

    monkeypatch.setattr(Process, "read_many", watched)
    place = target["several"]
    words = ["--integer", "0", "--size", "1", "--end", hex(place + 4 * PAGE)]
    Run(capsys, "scan", str(target.pid), *words, "--start", hex(place))
    assert len(written) == 4
    assert all(written[1:])


def test_the_rows_of_matches_line_up() -> None:
    found = [
        Match(0x1000, "utf-8", b"first", ""),
        Match(0x7FFF00000000, "utf-16-le", b"t\0w\0", "kernel32.dll+0x1f40"),
    ]
    assert list(match_lines(found, ["utf-8", "utf-16-le"])) == [
        "address         encoding   around  place",
        "0x000000001000  utf-8      first",
        "0x7fff00000000  utf-16-le  t.w.  kernel32.dll+0x1f40",
    ]
    assert list(match_lines([Match(0x1000, "", b"one", "")], [""])) == [
        "address         around  place",
        "0x000000001000  one",
    ]


def test_the_place_of_a_match_is_shown_whatever_is_around_it() -> None:
    width = consoles.data().width
    [_, line] = match_lines([Match(0x1000, "", b"x" * width, "kernel32.dll+0x1f40")], [""])
    assert len(line) == width
    assert line.endswith("xx  kernel32.dll+0x1f40")


@pytest.mark.parametrize("what", ["--hex", "--regex"])
def test_a_match_in_a_module_is_told_by_it(capsys: Capture, target: Target, what: str) -> None:
    with Process(target.pid) as process:
        base = process.address_of("kernel32.dll")
    sought = {"--hex": b"MZ".hex(), "--regex": "MZ"}[what]
    words = ["--start", hex(base), "--end", hex(base + 2)]
    run = Run(capsys, "scan", str(target.pid), what, sought, *words)
    assert run.out.splitlines()[1].endswith("  kernel32.dll+0x0")
