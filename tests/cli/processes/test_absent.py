"""Processes that were asked for and are not there: ``ps`` and ``trim`` say so."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from cli.running import Run
from ntpages import processes, working_sets
from ntpages.cli.exits import Exit
from ntpages.cli.processes.absent import absent_names, absent_pids
from ntpages.table import Table
from target import CROWD, crowd

if TYPE_CHECKING:
    from ntlab import Lab

Capture = pytest.CaptureFixture[str]

NAMES = ["System", "python.exe", "setup[1].exe", "a,b.exe", "Chrome.exe", "chrome.exe"]
THERE = Table("Process", {"pid": [4 * n for n in range(1, 7)], "name": NAMES})


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("python.exe", None),
        ("PYTHON.EXE", None),
        ("pyth*", None),
        ("setup[1].exe", None),
        ("a,b.exe", None),
        ("*", None),
        ("python", "no process is called 'python'; did you mean 'python.exe'?"),
        ("pyhton.exe", "no process is called 'pyhton.exe'; did you mean 'python.exe'?"),
        ("SYSTEM.exe", "no process is called 'SYSTEM.exe'; did you mean 'System'?"),
        ("nosuch", "no process is called 'nosuch'"),
        ("x*y", "no process is called 'x*y'"),
        ("a,b", "no process is called 'a,b': give each name by itself"),
        ("", "no process is called ''"),
    ],
)
def test_a_name_that_nobody_has_gets_a_sentence(name: str, sentence: str | None) -> None:
    assert list(absent_names([name], THERE)) == ([sentence] if sentence else [])


def test_an_id_that_nobody_has_gets_a_sentence() -> None:
    assert list(absent_pids([4, 5, 8], THERE)) == ["no process has the id 5"]


NOBODY = f"nosuch{os.getpid()}.exe"


@pytest.mark.parametrize(
    "words", [[NOBODY], ["--pid", "4294967292"], [NOBODY, "--pid", "4294967292"]]
)
def test_ps_fails_where_nobody_is_there(capsys: Capture, words: list[str]) -> None:
    run = Run(capsys, "ps", *words)
    assert (run.code, run.out) == (Exit.FAILURE, "")
    assert "no process" in run.err
    document = Run(capsys, "ps", *words, "--json").json
    assert "no process" in document["error"]["message"]


def test_ps_shows_who_is_there_and_says_who_is_not(capsys: Capture) -> None:
    run = Run(capsys, "ps", NOBODY, "--pid", str(os.getpid()), "--columns", "pid")
    assert run.code == Exit.FAILURE  # both have to fit, and nobody does
    run = Run(capsys, "ps", "--pid", str(os.getpid()), "--pid", "4294967292", "--columns", "pid")
    assert (run.code, run.out.split()) == (Exit.PARTLY, ["pid", str(os.getpid())])
    assert "no process has the id 4294967292" in run.err


def test_ps_of_nobody_so_large_is_no_failure(capsys: Capture) -> None:
    run = Run(capsys, "ps", "--pid", str(os.getpid()), "--floor", "100T", "--json")
    assert (run.code, run.json["processes"]) == (Exit.OK, [])


def test_ps_prints_the_columns_that_are_asked_for_in_documents_too(capsys: Capture) -> None:
    run = Run(capsys, "ps", "--pid", str(os.getpid()), "--columns", "name,pid", "--json")
    [me] = run.json["processes"]
    assert list(me) == ["name", "pid"]


def test_trim_of_nobody_trims_nobody(capsys: Capture, lab: Lab) -> None:
    lab.model("working_sets")
    run = Run(capsys, "trim", "--where", NOBODY)
    assert (run.code, run.out) == (Exit.FAILURE, "")
    assert f"no process is called '{NOBODY}'" in run.err
    assert lab.count("EmptyWorkingSet") == 0


@pytest.mark.parametrize("dry", [["--dry-run"], ["--settle", "0"]])
def test_trim_of_some_says_who_was_not_there(capsys: Capture, lab: Lab, dry: list[str]) -> None:
    lab.model("working_sets")
    with crowd(1) as [target]:
        run = Run(capsys, "trim", "--where", CROWD, "--where", NOBODY, *dry)
        assert run.code == Exit.PARTLY
        assert str(target.pid) in run.out
        assert f"no process is called '{NOBODY}'" in run.err
        run = Run(capsys, "trim", str(target.pid), "4294967292", *dry)
        assert run.code == Exit.PARTLY
        assert "OpenProcess failed (pid 4294967292): there is no such process" in run.err


def test_an_exception_that_protects_nobody_is_told(capsys: Capture, lab: Lab) -> None:
    lab.model("working_sets")
    with crowd(1):
        run = Run(capsys, "trim", "--where", CROWD, "--except", NOBODY, "--settle", "0")
        assert run.code == Exit.OK
        assert f"--except: no process is called '{NOBODY}'" in run.err


def test_names_that_were_given_as_one_protect_nobody_and_are_refused(
    capsys: Capture, lab: Lab
) -> None:
    lab.model("working_sets")
    run = Run(capsys, "trim", "--where", "*", "--except", f"lsass.exe,{NOBODY}")
    assert (run.code, run.out) == (Exit.FAILURE, "")
    assert "give each name by itself" in run.err
    assert lab.count("EmptyWorkingSet") == 0


@pytest.mark.parametrize("pid", [4294967292, 999_999])
def test_an_id_that_nobody_has_is_refused_by_the_call_that_failed(pid: int) -> None:
    assert pid not in set(processes.list_processes().column("pid"))
    [refused] = working_sets.trim_where(pids=[pid], dry_run=True).refused
    assert (refused.pid, refused.error.call) == (pid, "OpenProcess")


def test_trim_of_an_id_that_nobody_has_fails(capsys: Capture) -> None:
    run = Run(capsys, "trim", "4294967292", "--json")
    assert run.code == Exit.FAILURE
    [refused] = run.json["refused"]
    assert refused["error"]["call"] == "OpenProcess"


def looks(*tables: Table) -> Any:
    left = list(tables)
    return lambda **_: left.pop(0) if len(left) > 1 else left[0]


def test_watching_waits_for_who_is_not_there_yet(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns: dict[str, Any] = {"pid": [8], "name": ["late.exe"], "working_set": [1]}
    nobody = Table("Process", {**columns, "name": ["other.exe"]})
    monkeypatch.setattr(processes, "list_processes", looks(nobody, Table("Process", columns)))
    pauses = iter(range(1))

    def pause(_: float) -> None:
        if next(pauses, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", pause)
    run = Run(capsys, "ps", "late.exe", "--watch", "1", "--json")
    assert run.code == Exit.OK
    found = [json.loads(line)["processes"] for line in run.out.splitlines()]
    assert [len(each) for each in found] == [0, 1]
