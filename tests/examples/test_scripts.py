"""What ntpages was made for, a script for each: every one runs, and holds what it says.

A script that needs a modelled kernel begins with ``# lab: MODEL... [hold=PRIVILEGE]``.
To see what they print: ``pytest -rP tests/examples/test_scripts.py``.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))


def test_there_is_a_script_for_everything() -> None:
    assert len(SCRIPTS) == 24


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_every_script_runs_and_says_something(
    lab: Lab, script: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = script.read_text(encoding="utf-8").partition("\n")[0]
    doors: dict[str, Any] = {}
    for word in first.removeprefix("# lab:").split() if first.startswith("# lab:") else ():
        if word.startswith("hold="):
            doors["privileges"].hold(word.removeprefix("hold="))
        else:
            doors[word] = lab.model(word)
    runpy.run_path(str(script))
    said = capsys.readouterr().out
    assert said.strip()
    sys.stdout.write(said)  # for -rP
