"""What was never made is refused, whatever it is asked: never raw memory, never a hang."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from house.test_treaty import compiled, is_enum

SCRIPT = Path(__file__).with_name("half_made.py")
CLASSES = sorted(
    name
    for name, value in compiled().items()
    if name.count(".") == 1 and inspect.isclass(value) and not is_enum(value)
)


@pytest.mark.parametrize("name", CLASSES)
def test_what_was_never_made_answers_with_a_type_error(name: str) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *name.split(".")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
