"""``ntpages ps``: once, or again and again."""

from __future__ import annotations

import io
import json
import os
import time
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from cli.running import Run
from ntpages import processes
from ntpages.processes import list_processes
from ntpages.report import consoles
from ntpages.report.listing import columns_table, left_out
from target import CROWD, crowd

if TYPE_CHECKING:
    from ntlab import Lab
    from ntpages.table import Table

Capture = pytest.CaptureFixture[str]


def test_ps_prints_every_column_as_json(capsys: Capture) -> None:
    [me] = Run(capsys, "ps", "--pid", str(os.getpid()), "--json").json["processes"]
    assert me["pid"] == os.getpid()
    assert {"working_set", "private", "commit", "faults", "started", "cpu_time"} <= set(me)


def test_ps_sorts_filters_and_cuts(capsys: Capture) -> None:
    with crowd(3) as targets:
        run = Run(
            capsys, "ps", CROWD.upper(), "--sort", "pid", "--ascending", "--top", "2", "--json"
        )
        pids = [row["pid"] for row in run.json["processes"]]
        assert pids == sorted(target.pid for target in targets)[:2]


def test_ps_prints_the_columns_it_is_asked_for(capsys: Capture) -> None:
    run = Run(capsys, "ps", "--columns", "name,threads", "--pid", str(os.getpid()))
    heading, row = run.out.splitlines()
    assert heading.split() == ["name", "threads"]
    assert row.lower().startswith("python")


def test_ps_prints_whole_lines_into_a_pipe(capsys: Capture) -> None:
    run = Run(capsys, "ps", "--all", "--limits")
    assert (run.code, run.err) == (0, "")
    assert "…" not in run.out
    assert "max WS" in run.out


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["--sort", "size"], "size"),
        (["--sort", ""], ""),
        (["--columns", "pid,size"], "size"),
        (["--columns", ""], ""),
        (["--columns", "pid,"], ""),
    ],
)
def test_ps_names_the_columns_there_are(capsys: Capture, words: list[str], name: str) -> None:
    run = Run(capsys, "ps", *words)
    assert run.code == 1
    assert f"no column {name!r}: there are pid, parent, name" in run.err


def test_ps_cuts_no_number_on_a_narrow_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Console(
        file=io.StringIO(), force_terminal=True, legacy_windows=False, width=60, color_system=None
    )
    monkeypatch.setattr(consoles, "data", lambda: screen)
    table = list_processes()
    shown = columns_table(table, ("pid", *table.names[3:]))
    screen.print(shown)
    assert isinstance(screen.file, io.StringIO)
    heading = screen.file.getvalue().splitlines()[0].split()
    assert heading[:3] == ["pid", "working", "set"]
    assert "…" not in screen.file.getvalue()
    missing = 1 + len(table.names[3:]) - len(shown.columns)
    assert f"{missing} columns more than fit here" in left_out(missing)


def test_a_program_is_called_by_its_name_with_exe_and_without(capsys: Capture) -> None:
    with crowd(1) as [target]:
        for name in (CROWD, CROWD.removesuffix(".exe"), CROWD.upper().removesuffix(".EXE")):
            found = Run(capsys, "ps", name, "--json").json["processes"]
            assert [row["pid"] for row in found] == [target.pid]


def test_what_is_asked_for_stands_first(capsys: Capture) -> None:
    heading = Run(capsys, "ps", "--sort", "cycles", "--limits").out.splitlines()[0]
    assert heading.split()[:4] == ["pid", "name", "cycles", "accessible"]


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
