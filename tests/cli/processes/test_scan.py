"""``ntpages ps``, ``scan``, ``read``, ``trim`` and ``top``: what scripts and people get."""

from __future__ import annotations

import io
import json
import os
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from cli.running import Run
from ntpages import processes
from ntpages.processes import Process, list_processes
from ntpages.regions import Protection
from ntpages.report.processes import ps as shown
from ntpages.report.processes.ps import hex_lines
from target import Target, crowd

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab
    from ntpages.table import Table

PAGE = 4096
# What PowerShell 7, PowerShell 5 asked for UTF-8, and PowerShell 5 make of `>`.
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16")
Capture = pytest.CaptureFixture[str]


# ---- ps ------------------------------------------------------------------------------------------


def test_ps_prints_every_column_as_json(capsys: Capture) -> None:
    [me] = Run(capsys, "ps", "--pid", str(os.getpid()), "--json").json["processes"]
    assert me["pid"] == os.getpid()
    assert {"working_set", "private", "commit", "faults", "started", "cpu_time"} <= set(me)


def test_ps_sorts_filters_and_cuts(capsys: Capture) -> None:
    with crowd(3) as targets:
        run = Run(capsys, "ps", "TARGET*", "--sort", "pid", "--ascending", "--top", "2", "--json")
        pids = [row["pid"] for row in run.json["processes"]]
        assert pids == sorted(target.pid for target in targets)[:2]


def test_ps_prints_the_columns_it_is_asked_for(capsys: Capture) -> None:
    run = Run(capsys, "ps", "--columns", "name,threads", "--pid", str(os.getpid()))
    heading, row = run.out.splitlines()
    assert heading.split() == ["name", "threads"]
    assert row.lower().startswith("python")


def test_ps_prints_whole_lines_into_a_pipe(capsys: Capture) -> None:
    run = Run(capsys, "ps", "--all", "--limits")
    assert "…" not in run.out
    assert "max WS" in run.out


@pytest.mark.parametrize("words", [["--sort", "size"], ["--columns", "pid,size"]])
def test_ps_names_the_columns_there_are(capsys: Capture, words: list[str]) -> None:
    run = Run(capsys, "ps", *words)
    assert run.code == 1
    assert "no column 'size': there are pid, parent, name" in run.err


def test_ps_cuts_no_number_on_a_narrow_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Console(
        file=io.StringIO(), force_terminal=True, legacy_windows=False, width=60, color_system=None
    )
    words: list[str] = []
    monkeypatch.setattr(shown, "data", lambda: screen)
    monkeypatch.setattr(shown, "words", lambda: SimpleNamespace(print=words.append))
    table = list_processes()
    shown.print_table(lambda: table, ("pid", *table.names[3:]), watch=None)
    assert isinstance(screen.file, io.StringIO)
    heading = screen.file.getvalue().splitlines()[0].split()
    assert heading[:3] == ["pid", "working", "set"]
    assert "…" not in screen.file.getvalue()
    assert "columns more than fit here" in words[0]


def interrupted_after(looks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Press Ctrl-C in the pause behind so many looks."""
    pauses = iter(range(looks - 1))

    def pause(_: float) -> None:
        if next(pauses, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", pause)


def test_watching_ends_with_ctrl_c_and_all_is_well(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = ["ps", "--pid", str(os.getpid()), "--watch", "9"]
    interrupted_after(2, monkeypatch)
    run = Run(capsys, *watched, "--json")
    assert run.code == 0
    assert [len(json.loads(line)["processes"]) for line in run.out.splitlines()] == [1, 1]


def test_watching_into_a_pipe_prints_every_look(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted_after(3, monkeypatch)
    run = Run(capsys, "ps", "--pid", str(os.getpid()), "--columns", "pid", "--watch", "9")
    assert run.code == 0
    assert run.out.split() == ["pid", str(os.getpid())] * 3


def test_ps_full_is_for_administrators(capsys: Capture, lab: Lab) -> None:
    lab.model("processes")
    lab.model("privileges").standard_user()
    run = Run(capsys, "ps", "--full")
    assert run.code == 1
    assert "NtQuerySystemInformation failed" in run.err


# ---- scan ----------------------------------------------------------------------------------------


def addresses(run: Run) -> list[int]:
    return [row["address"] for row in run.json["matches"]]


def test_scan_finds_bytes(capsys: Capture, target: Target) -> None:
    run = Run(capsys, "scan", str(target.pid), "--hex", target.mark.hex(" "), "--json")
    assert target["private"] in addresses(run)
    assert run.json["complete"]
    assert {"guard page", "no access"} <= {hole["reason"] for hole in run.json["holes"]}


def test_scan_shows_what_is_around(capsys: Capture, target: Target) -> None:
    run = Run(capsys, "scan", str(target.pid), "--text", "wren song", "--ignore-case")
    assert f"{target['text'] + 100:#018x}" in run.out
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


@pytest.mark.parametrize("address", ["-1", "18446744073709551616", "1.5", "1e999", '"16"', "null"])
def test_scan_refuses_addresses_that_cant_be(
    capsys: Capture, target: Target, tmp_path: Path, address: str
) -> None:
    (tmp_path / "bad").write_text(f'{{"pid": {target.pid}, "matches": [{{"address": {address}}}]}}')
    run = Run(capsys, "scan", str(target.pid), "--text", "x", "--within", str(tmp_path / "bad"))
    assert run.code == 1
    assert "holds no result of `ntpages scan --json`" in run.err


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
    assert f"{guard + PAGE:#018x}" in run.out


def test_scan_refuses_what_is_no_scan(capsys: Capture, target: Target, tmp_path: Path) -> None:
    (tmp_path / "other").write_text('{"matches": 5}')
    run = Run(capsys, "scan", str(target.pid), "--text", "x", "--within", str(tmp_path / "other"))
    assert run.code == 1
    assert "holds no result of `ntpages scan --json`" in run.err


@pytest.mark.parametrize("words", [[], ["--text", "x", "--integer", "1"]])
def test_scan_wants_one_thing_to_look_for(capsys: Capture, words: list[str]) -> None:
    run = Run(capsys, "scan", str(os.getpid()), *words)
    assert run.code == 1
    assert "one of --hex, --text and --integer" in run.err


# ---- read ----------------------------------------------------------------------------------------


def test_read_shows_digits_and_text(capsys: Capture, target: Target) -> None:
    run = Run(capsys, "read", str(target.pid), hex(target["text"] + 96), "16")
    assert run.out.split("  ")[-1].strip() == "....Wren song..."


def test_read_prints_json(capsys: Capture, target: Target) -> None:
    run = Run(capsys, "read", str(target.pid), hex(target["private"]), "16", "--json")
    assert bytes.fromhex(run.json["hex"]) == target.mark


@pytest.mark.usefixtures("strict")
def test_read_is_partly_done_where_only_part_can_be_read(capsys: Capture, target: Target) -> None:
    words = ["read", str(target.pid), hex(target["edge"]), "4K"]
    assert Run(capsys, *words).code == 1
    run = Run(capsys, *words, "--partial")
    assert run.code == 2
    assert "Only 16 of 4096 bytes" in run.err


def test_lines_of_the_same_are_one_star() -> None:
    lines = list(hex_lines(bytes(80) + b"end", 0x1000))
    assert [line[:16] for line in lines] == [f"{0x1000:016x}", "*", f"{0x1050:016x}"]
    assert lines[-1].endswith("end")


def test_nobody_is_an_error_and_no_traceback(capsys: Capture) -> None:
    run = Run(capsys, "read", "2147483644", "0x1000", "16")
    assert run.code == 1
    assert "there is no such process" in run.err


# ---- trim ----------------------------------------------------------------------------------------


def test_trim_tells_what_was_done_and_the_price(capsys: Capture, lab: Lab) -> None:
    lab.model("working_sets")
    with crowd(2) as targets:
        run = Run(capsys, "trim", "--where", "target.exe", "--settle", "0", "--json")
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


def test_others_are_opened_with_the_debug_privilege_if_it_is_held(
    capsys: Capture, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = lab.model("privileges")
    states: list[bool | None] = []

    def look(**how: bool) -> Table:
        states.append(token.state("SeDebugPrivilege"))
        return list_processes(**how)

    monkeypatch.setattr(processes, "list_processes", look)
    assert Run(capsys, "ps", "--limits").code == 0
    assert token.state("SeDebugPrivilege") is False
    token.drop("SeDebugPrivilege")
    assert Run(capsys, "ps", "--limits").code == 0
    assert states == [True, None]


def test_trim_wants_to_know_whom(capsys: Capture) -> None:
    run = Run(capsys, "trim")
    assert run.code == 1
    assert "by PID or by --where NAME" in run.err


# ---- Pictures, and comparing maps ----------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # matplotlib's own
def test_a_map_is_drawn(capsys: Capture, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "map.svg"
    assert Run(capsys, "map", "--picture", str(picture)).code == 0
    drawn = picture.read_text(encoding="utf-8")
    assert drawn.startswith("<?xml")
    assert len(drawn) > 10_000


def test_a_picture_has_to_be_one(capsys: Capture, tmp_path: Path) -> None:
    run = Run(capsys, "map", "--picture", str(tmp_path / "map.txt"))
    assert run.code == 1
    assert "must end in .svg, .png or .pdf" in run.err


def region(address: int, size: int, state: str, **more: Any) -> dict[str, Any]:
    usual = {"protection": 4, "type": "private", "use": "private", "name": ""}
    return {"address": address, "size": size, "state": state, **usual, **more}


def test_maps_are_compared(capsys: Capture, tmp_path: Path) -> None:
    before = [region(0, 100, "commit"), region(100, 50, "reserve")]
    after = [region(0, 60, "commit"), region(60, 40, "commit", protection=2),
             region(100, 20, "reserve"), region(120, 30, "commit")]  # fmt: skip
    for name, regions in (("before", before), ("after", after)):
        (tmp_path / name).write_text(json.dumps({"regions": regions}))
    run = Run(capsys, "map", "diff", str(tmp_path / "before"), str(tmp_path / "after"), "--json")
    found = [(each["address"], each["size"]) for each in run.json["changes"]]
    assert found == [(60, 40), (120, 30)]
    assert {(each["state"], each["change"]) for each in run.json["totals"]} == {
        ("commit", 30),
        ("reserve", -30),
    }


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_maps_are_compared_whatever_shell_saved_them(
    capsys: Capture, tmp_path: Path, encoding: str
) -> None:
    document = json.dumps({"regions": [region(0, 100, "commit")]})
    (tmp_path / "map").write_text(document, encoding=encoding)
    run = Run(capsys, "map", "diff", str(tmp_path / "map"), str(tmp_path / "map"), "--json")
    assert run.json == {"changes": [], "totals": []}


def test_a_map_is_compared_with_a_map(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("{}")
    run = Run(capsys, "map", "diff", str(tmp_path / "other"), str(tmp_path / "other"))
    assert run.code == 1
    assert "holds no result of `ntpages map --json`" in run.err
