"""The role in docs/fleet/ansible: its commands are run as Ansible would."""

from __future__ import annotations

import json
import re
import winreg
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml  # type: ignore[import-untyped]

from cli.commands import run
from cli.schemas import check
from ntpages.cli.exits import Exit
from ntpages.heaps import set_image_options
from target import CROWD, crowd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

FOLDER = Path(__file__).parents[2] / "docs" / "fleet" / "ansible"
ROLE = FOLDER / "roles" / "ntpages"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


DEFAULTS = read(ROLE / "defaults" / "main.yml")
TASKS = read(ROLE / "tasks" / "main.yml")
KEY = r"Software\ntpages test of a role"
VARIABLE = re.compile(r"\{\{ ([\w.]+) \}\}")


def fill(template: str, variables: dict[str, Any]) -> Any:
    """What stands for a variable, or in a field of one."""
    found = VARIABLE.fullmatch(template)
    if not found:
        return template
    value: Any = variables
    for name in found[1].split("."):
        value = value[name]
    return value


@pytest.fixture
def _machine(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose policy, registry and processes may be changed."""
    lab.model("privileges")
    lab.model("working_sets")
    monkeypatch.setattr("ntpages.heaps.image._KEY", KEY)
    monkeypatch.setattr(winreg, "HKEY_LOCAL_MACHINE", winreg.HKEY_CURRENT_USER)
    access = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
    winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, KEY, 0, access).Close()
    with crowd(1):
        yield
    for program in DEFAULTS["ntpages_segment_heaps"]:
        set_image_options(program, segment_heap="default")
    winreg.DeleteKeyEx(winreg.HKEY_CURRENT_USER, KEY, winreg.KEY_WOW64_64KEY)


@pytest.mark.lab
@pytest.mark.usefixtures("_machine")
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task["name"])
def test_a_task_changes_a_machine_once(task: dict[str, Any]) -> None:
    [item] = fill(task["loop"], DEFAULTS)
    if "program" in item:
        item = {**item, "program": CROWD}  # which runs
    words = [fill(each, {"item": item}) for each in task["ansible.windows.win_command"]["argv"]]
    assert all(isinstance(each, str) for each in words)
    program, *arguments = words
    assert program == "ntpages"
    told = []
    for _ in range(2):
        ended = run(arguments)
        assert ended.code == Exit.OK, ended.err
        document = json.loads(ended.out)
        check(arguments, document)
        told.append(document["changed"])
    assert told == [True, False]


def test_what_has_changed_is_what_the_documents_say() -> None:
    for task in TASKS:
        done = task["register"]
        assert task["changed_when"] == f"({done}.stdout | from_json).changed | default(false)"


def test_the_playbook_plays_the_role() -> None:
    [play] = read(FOLDER / "playbook.yml")
    assert [each["role"] for each in play["roles"]] == [ROLE.name]
