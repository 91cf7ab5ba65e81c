"""Task: a guard that the Task Scheduler starts when its user logs on.

The Task Scheduler's own program is asked, with a task in XML as the scheduler itself writes it: its
interfaces are COM's, and say no more. Source: schtasks.exe, Windows Vista.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from ntpages import privileges
from ntpages.guard import event_log, serving
from ntpages.guard.places import ready_store
from ntpages.guard.policy import Policy
from ntpages.guard.serving import ABOUT, NAME
from ntpages.guard.writers import trust

__all__ = ["TaskError", "install", "start", "stop", "uninstall"]

_SPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_PATIENCE = 60.0  # seconds
_SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "ExecutionTimeLimit": "PT0S",  # none
}


class TaskError(OSError):
    """What the Task Scheduler refused, in its words."""

    def __str__(self) -> str:
        """Return the words alone."""
        return str(self.args[0])


def install(policy: str, *, store: str, name: str = NAME) -> tuple[str, ...]:
    """Make the task, or make it anew, which starts whenever the user logs on from then on.

    It runs as the user: as an administrator where whoever makes it is one.

    Args:
        policy: The file that it keeps to, also when that changes.
        store: Where it writes.
        name: What the Task Scheduler calls it.

    Returns:
        Settings that this Windows does not know: none.

    Raises:
        UntrustedError: It would run as administrator, and others may change the policy, the store,
            Python, or ntpages.
        PolicyError: The policy is not right.
        TaskError: The Task Scheduler refused.
    """
    elevated = privileges.is_elevated()
    if elevated:
        serving.refuse_what_others_may_change()
        trust(policy)
    ready_store(store)
    Policy.load(policy)
    windowless = Path(sys.executable).with_name("pythonw.exe")
    python = str(windowless) if windowless.exists() else sys.executable
    words = serving.command(python, "task", name, policy, store)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "task.xml"
        file.write_text(_description(words, elevated=elevated), encoding="utf-16")
        _ask("/Create", "/F", "/TN", name, "/XML", str(file))
    if elevated:  # or its events have no words
        event_log.register(name)
    return ()


def _description(words: list[str], *, elevated: bool) -> str:
    user = f"{os.environ.get('USERDOMAIN', '.')}\\{os.environ.get('USERNAME', '')}"
    described = {
        "RegistrationInfo": {"Description": ABOUT},
        "Triggers": {"LogonTrigger": {"UserId": user}},
        "Principals": {
            "Principal": {
                "UserId": user,
                "LogonType": "InteractiveToken",
                "RunLevel": "HighestAvailable" if elevated else "LeastPrivilege",
            }
        },
        "Settings": _SETTINGS,
        "Actions": {"Exec": {"Command": words[0], "Arguments": subprocess.list2cmdline(words[1:])}},
    }
    task = ET.Element("Task", {"version": "1.2", "xmlns": _SPACE})
    _add(task, described)
    return ET.tostring(task, encoding="unicode")


def _add(parent: ET.Element, described: Mapping[str, object]) -> None:
    for name, value in described.items():
        child = ET.SubElement(parent, name)
        if isinstance(value, Mapping):
            _add(child, value)
        else:
            child.text = str(value)


def start(name: str = NAME) -> None:
    """Start the task now.

    Raises:
        TaskError: The Task Scheduler refused.
    """
    _ask("/Run", "/TN", name)


def stop(name: str = NAME) -> None:
    """End the task, as a kill does: its store stays whole.

    Raises:
        TaskError: The Task Scheduler refused.
    """
    _ask("/End", "/TN", name)


def uninstall(name: str = NAME) -> bool:
    """End the task, if it runs, and delete it; what it wrote down stays.

    Returns:
        Whether it is gone: it always is.

    Raises:
        TaskError: The Task Scheduler refused.
    """
    with contextlib.suppress(TaskError):
        stop(name)
    _ask("/Delete", "/F", "/TN", name)
    if privileges.is_elevated():
        event_log.unregister(name)
    return True


def _ask(*words: str) -> None:
    program = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "schtasks.exe"
    # No pipe: whatever it starts would keep that open, and this would wait for it.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            [str(program), *words],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE,
            check=False,
            creationflags=subprocess.CREATE_NO_WINDOW,
        )
        if done.returncode:
            said.seek(0)
            why = " ".join(said.read().decode("oem", "replace").split())
            msg = f"schtasks.exe {words[0]} failed: {why or f'it ended with {done.returncode}'}"
            raise TaskError(msg)
