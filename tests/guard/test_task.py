"""The task: what the Task Scheduler is told, and what it says."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree as ET

import pytest

from cli.running import Run
from ntpages import privileges
from ntpages._native import guard as native
from ntpages.guard import event_log, task, writers

pytestmark = pytest.mark.usefixtures("all_trusted")

POLICY = '[[rule]]\nname = "a"\nwhen = { free = "< 1" }\ndo = "flush-modified"\n'
SPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def policy(tmp_path: Path) -> str:
    path = tmp_path / "a policy & more.toml"
    path.write_text(POLICY, encoding="utf-8")
    return str(path)


class Scheduler:
    """Stands in for schtasks.exe, and keeps what it was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.told: list[list[str]] = []
        self.xml = ""
        self.answer: tuple[int, str] = 0, ""
        monkeypatch.setattr(subprocess, "run", self._run)

    def _run(
        self, command: list[str], *, stdout: IO[bytes], **_: Any
    ) -> subprocess.CompletedProcess[str]:
        assert Path(command[0]).name == "schtasks.exe"
        assert Path(command[0]).is_absolute()
        self.told.append(command[1:])
        if "/Create" in command:
            self.xml = Path(command[command.index("/XML") + 1]).read_text(encoding="utf-16")
        code, words = self.answer
        stdout.write(words.encode())
        return subprocess.CompletedProcess(command, code)

    def said(self, path: str) -> str | None:
        """What stands at a place of the description."""
        found = ET.fromstring(self.xml).find("/".join(SPACE + p for p in path.split("/")))
        return None if found is None else found.text


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Scheduler:
    for does in ("register", "unregister"):
        monkeypatch.setattr(event_log, does, lambda _: None)
    return Scheduler(monkeypatch)


@pytest.mark.parametrize(
    ("elevated", "level"), [(True, "HighestAvailable"), (False, "LeastPrivilege")]
)
def test_a_task_is_described_with_its_command_and_the_rights_of_its_maker(
    scheduler: Scheduler,
    policy: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    elevated: bool,
    level: str,
) -> None:
    monkeypatch.setattr(privileges, "is_elevated", lambda: elevated)
    task.install(policy, store="guard.db", name="a task")
    [told] = scheduler.told
    assert told[:5] == ["/Create", "/F", "/TN", "a task", "/XML"]
    assert scheduler.said("Principals/Principal/RunLevel") == level
    assert scheduler.said("Settings/ExecutionTimeLimit") == "PT0S"
    assert scheduler.said("Triggers/LogonTrigger/UserId")
    command = scheduler.said("Actions/Exec/Command")
    assert command
    assert Path(command).name in {"pythonw.exe", "python.exe"}
    run = ["-I", "-m", "ntpages.guard.serving", "task", "a task"]
    assert scheduler.said("Actions/Exec/Arguments") == subprocess.list2cmdline(
        [*run, policy, str(Path("guard.db").absolute())]
    )


def test_an_administrator_is_refused_what_others_may_change(
    scheduler: Scheduler, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "writers_of", lambda path: [(path, "me", 2)])
    monkeypatch.setattr(privileges, "is_elevated", lambda: True)
    with pytest.raises(writers.UntrustedError):
        task.install(policy, store="guard.db")
    assert scheduler.told == []
    monkeypatch.setattr(privileges, "is_elevated", lambda: False)
    task.install(policy, store="guard.db")  # who would run his own commands
    assert len(scheduler.told) == 1


@pytest.mark.parametrize(
    ("does", "told", "said"),
    [
        ("start", ["/Run"], "Started."),
        ("stop", ["/End"], "Stopped."),
        ("uninstall", ["/End", "/Delete /F"], "Uninstalled."),
    ],
)
def test_the_scheduler_is_told_and_its_refusal_is_too(
    scheduler: Scheduler, capsys: Capture, does: str, told: list[str], said: str
) -> None:
    run = Run(capsys, "guard", does, "--task")
    assert (run.code, run.err.strip()) == (0, said)
    assert scheduler.told == [[*each.split(), "/TN", "ntpages-guard"] for each in told]
    scheduler.answer = 1, "ERROR: Access is\r\ndenied.\r\n"
    run = Run(capsys, "guard", does, "--task")
    assert run.code == 1
    assert f"schtasks.exe {told[-1].split()[0]} failed: ERROR: Access is denied." in run.err


@pytest.mark.slow
@pytest.mark.admin
def test_the_scheduler_of_this_host_takes_and_deletes_it(policy: str, tmp_path: Path) -> None:
    name = f"ntpages-{os.getpid()}"
    task.install(policy, store=str(tmp_path / "guard.db"), name=name)
    task.install(policy, store=str(tmp_path / "guard.db"), name=name)  # anew
    task.uninstall(name)
    with pytest.raises(task.TaskError, match=r"schtasks\.exe /Delete failed"):
        task.uninstall(name)
