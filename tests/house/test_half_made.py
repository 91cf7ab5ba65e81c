"""What was never made is refused, whatever it is asked: never raw memory, never a hang."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path

from house.test_treaty import compiled, is_enum

PATIENCE = 60  # seconds for a process that takes a second
SCRIPT = Path(__file__).with_name("half_made.py")
CLASSES = sorted(
    name
    for name, value in compiled().items()
    if name.count(".") == 1 and inspect.isclass(value) and not is_enum(value)
)


def ask(script: Path, names: list[str]) -> dict[str, list[str]]:
    """What each class answered wrongly, until one ends the process that asks, or holds it up."""
    command = [sys.executable, str(script), *names]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        try:
            printed, said = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            printed, said = child.communicate()
            said = b"it did not come back"
    answers = [json.loads(line) for line in printed.splitlines()]
    if len(answers) < len(names):
        answers.append([f"ended with {child.returncode:#x}: {said.decode(errors='replace')}"])
    return dict(zip(names, answers, strict=False))


def ask_all(script: Path, names: list[str]) -> dict[str, list[str]]:
    """The same of all: a process that one of them ended is followed by another for the rest."""
    found: dict[str, list[str]] = {}
    while waiting := [name for name in names if name not in found]:
        found |= ask(script, waiting)
    return found


def test_what_was_never_made_answers_with_a_type_error() -> None:
    assert ask_all(SCRIPT, CLASSES) == {name: [] for name in CLASSES}


def test_a_class_that_ends_the_process_is_named_and_the_others_are_asked(tmp_path: Path) -> None:
    script = tmp_path / "dies.py"
    script.write_text(
        "import os, sys\nfor name in sys.argv[1:]:\n"
        "    print('[]', flush=True) if name != 'bad' else os._exit(3)\n"
    )
    assert ask_all(script, ["good", "bad", "better"]) == {
        "good": [],
        "bad": ["ended with 0x3: "],
        "better": [],
    }
