"""``--elevate``: what is run as administrator says here what it says there, and ends as it ends."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from cli.commands import every_command, run
from ntpages import privileges
from ntpages.cli import administrator, elevation
from ntpages.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Windows:
    """Starts as administrator whatever it is asked for, and shows no prompt."""

    def __init__(self) -> None:
        self.started: list[list[str]] = []
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, file: str, verb: str, line: str, folder: str, show: int) -> None:
        assert (file, verb, show) == (sys.executable, "runas", 0)
        words = shlex.split(line.replace("\\", "\\\\"))
        self.started.append(words)
        # Without our streams, as Windows starts it.
        nothing: Any = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        self._running.append(subprocess.Popen([file, *words], cwd=folder, **nothing))

    def wait(self) -> None:
        for each in self._running:
            each.wait()


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[Windows]:
    fake = Windows()
    monkeypatch.setattr(os, "startfile", fake.start)
    monkeypatch.setattr(privileges, "is_elevated", lambda: False)
    yield fake
    fake.wait()


def test_output_words_and_code_come_back(windows: Windows) -> None:
    here = os.getpid()
    done = run(["ps", "--pid", str(here), "--elevate", "--json", "--columns", "pid"])
    assert (done.code, done.err) == (Exit.OK, "")
    assert json.loads(done.out)["processes"] == [{"pid": here}]
    [words] = windows.started
    assert words[:3] == ["-m", "ntpages", elevation.HELPER]
    assert "--elevate" not in words

    partly = run(["ps", "--pid", str(here), "--pid", "2147483644", "--elevate"])
    assert partly.code == Exit.PARTLY
    assert "no process has the id 2147483644" in partly.err
    assert str(here) in partly.out

    wrong = run(["ps", "--sort", "size", "--elevate"])
    assert (wrong.code, wrong.out) == (Exit.FAILURE, "")
    assert "no column 'size'" in wrong.err


def test_files_are_those_of_who_asked(
    windows: Windows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(["ps", "--elevate", "--csv", "here.csv", "--columns", "pid"])
    assert done.code == Exit.OK, done.err
    assert (tmp_path / "here.csv").read_text(encoding="utf-8").startswith("pid\n")
    assert len(windows.started) == 1


def test_who_is_administrator_needs_no_other(
    windows: Windows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privileges, "is_elevated", lambda: True)
    assert run(["ps", "--pid", str(os.getpid()), "--elevate"]).code == Exit.OK
    assert windows.started == []


def test_nobody_has_to_consent(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> None:
    del windows

    def refuse(*_: object) -> None:
        raise OSError(0, "The operation was canceled by the user", None, 1223)

    monkeypatch.setattr(os, "startfile", refuse)
    done = run(["ps", "--elevate", "--json"])
    assert done.code == Exit.PRIVILEGE
    assert "nobody consented: nothing was done" in done.err
    assert "nobody consented" in json.loads(done.out)["error"]["message"]


def test_no_pipe_but_ours_is_opened(tmp_path: Path) -> None:
    """Whoever consents consents to ntpages, not to have files of others written."""
    file = tmp_path / "file"
    file.write_text("kept")
    where = [str(tmp_path), "utf-8", "utf-8", "0"]
    administrator.serve([str(file), *where, "ps"], lambda _: pytest.fail("it was run"))
    assert file.read_text() == "kept"


def test_whoever_reads_of_others_can_ask_for_an_administrator() -> None:
    offered = {
        name.split()[0]
        for name, command in every_command().items()
        if any("--elevate" in each.opts for each in command.params)
    }
    assert {"defrag", "files", "lists", "map", "where", "trim"} <= offered
    assert not offered & {"top", "bench", "dsc", "system", "numa"}
