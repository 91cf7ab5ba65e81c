"""A process as an argument: by its id, or by the name of its program."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from cli.commands import run
from ntpages.cli.exits import Exit
from ntpages.cli.processes import named
from ntpages.cli.processes.named import pid_of
from ntpages.table import Table
from target import EXECUTABLE, Target

if TYPE_CHECKING:
    from pathlib import Path

THERE = Table(
    "Process",
    {
        "pid": [8, 12, 16, 20, 24],
        "name": ["chrome.exe", "Chrome.exe", "game.exe", "game.exe.bak", "svchost.exe"],
    },
)


@pytest.mark.parametrize(
    ("name", "pid"),
    [
        *(("game.exe", 16), ("GAME", 16), ("game.exe.bak", 20)),
        *(("svc", 24), ("*host.exe", 24), ("s?chost", 24), ("bak", 20)),
    ],
)
def test_a_name_means_the_one_process_that_it_fits(name: str, pid: int) -> None:
    assert pid_of(name, THERE) == pid


@pytest.mark.parametrize("name", ["chrome", "chrome.exe", "CHROME.EXE", "chr"])
def test_of_several_each_is_told_with_its_id(name: str) -> None:
    with pytest.raises(ValueError, match=r"of 2, so give an id: 8 chrome\.exe, 12 Chrome\.exe$"):
        pid_of(name, THERE)


def test_of_many_the_first_are_told() -> None:
    many = Table("Process", {"pid": list(range(4, 56, 4)), "name": ["x.exe"] * 13})
    with pytest.raises(ValueError, match=r"^'x' may be any of 13, .*, 32 x\.exe and 5 more$"):
        pid_of("x", many)


@pytest.mark.parametrize("name", ["", "exe", ".", "*"])
def test_what_fits_everybody_means_nobody(name: str) -> None:
    with pytest.raises(ValueError, match=r"may be any of [45],"):
        pid_of(name, THERE)


@pytest.mark.parametrize("name", ["svc", "bak", "gam"])
def test_to_change_a_process_its_whole_name_is_asked_for(name: str) -> None:
    with pytest.raises(ValueError, match=f"no process is called '{name}'"):
        pid_of(name, THERE, parts=False)
    assert pid_of("svchost", THERE, parts=False) == 24


def test_of_none_the_likeliest_is_told() -> None:
    with pytest.raises(ValueError, match=r"no process is called 'gaem\.exe'; did you mean 'game"):
        pid_of("gaem.exe", THERE)


def test_a_name_stands_wherever_an_id_may(tmp_path: Path) -> None:
    program = tmp_path / f"only{os.getpid()}.exe"
    shutil.copy(EXECUTABLE, program)
    with Target("idle", executable=str(program)) as running:
        by_name = run(["map", program.stem.upper(), "--json"])
        by_id = run(["map", str(running.pid), "--json"])
    assert by_name.code == by_id.code == Exit.OK
    assert json.loads(by_name.out)["pid"] == json.loads(by_id.out)["pid"] == running.pid


@pytest.mark.parametrize(
    "words",
    [
        *("heap HERE", "heap list HERE", "heap walk HERE", "map HERE", "trim HERE"),
        *("read HERE 0x10000 1", "scan HERE --text A", "strings HERE"),
    ],
)
@pytest.mark.parametrize("name", ["nobody", "0", "9" * 400, "x" * 5000, "1_000", "\uff11", ""])
def test_what_is_neither_an_id_nor_a_name_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, words: str, name: str
) -> None:
    monkeypatch.setattr(named, "list_processes", lambda: THERE)
    ended = run([name if each == "HERE" else each for each in words.split()])
    assert (ended.code, ended.out) == (Exit.FAILURE, "")
    assert "Error: Invalid value for" in ended.err
    assert len(max(ended.err.splitlines(), key=len)) < 300
