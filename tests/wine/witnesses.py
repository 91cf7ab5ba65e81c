"""What lint holds ntpages against: Microsoft's metadata, and a compiler for Windows on ARM64."""

from __future__ import annotations

import shutil

from wine.state import HERE, STATE, Step
from wine.tools import pip

FOLDER = STATE / "witnesses"
ZIG = FOLDER / "ziglang"

_PINS = HERE / "witnesses.txt"


def _install() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    pip(
        *("install", "--require-hashes", "--only-binary=:all:", "--no-deps", "--no-compile"),
        *("--target", FOLDER, "-r", _PINS),
    )


STEP = Step(
    "witnesses",
    "fetching Microsoft's metadata and a compiler for ARM64",
    lambda: [_PINS],
    made=FOLDER,
    make=_install,
)
