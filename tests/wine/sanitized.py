"""What runs on Linux itself, under sanitizers: built while the setup waits for something else.

At the lowest priority, and whatever becomes of it: who runs them builds what is missing.
"""

from __future__ import annotations

import contextlib
import sys
from functools import partial
from typing import TYPE_CHECKING

from wine.state import ROOT, STATE, SetupError, Step, call, files_of

if TYPE_CHECKING:
    from pathlib import Path

_IDLE = ("nice", "-n", "19")


def _sources(room: Path) -> list[Path]:
    return [*files_of(ROOT / "native"), *files_of(room)]


def _make(room: Path) -> None:
    with contextlib.suppress(SetupError):
        call([*_IDLE, sys.executable, room / "run.py", "--build"])


def _step(verb: str, doing: str) -> Step:
    room = ROOT / "tests" / verb
    inputs, make = partial(_sources, room), partial(_make, room)
    return Step(verb, doing, inputs, made=STATE / verb, make=make)


RACE = _step("race", "building what is raced")
FUZZ = _step("fuzz", "building what is fuzzed")
