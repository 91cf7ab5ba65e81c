"""The tools: a virtual environment with CMake, Ninja, scikit-build-core, linters, and MkDocs."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from wine.state import HERE, STATE, Step, call, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = STATE / "tools"
PYTHON = TOOLS / "bin" / "python"

_WANTED = HERE / "tools.txt"
_DOCS = HERE / "docs.txt"


def environment() -> dict[str, str]:
    """The environment in which the tools are found first, and pip caches in the state folder."""
    inherited = clean_environment()
    return {
        **inherited,
        "PATH": f"{TOOLS / 'bin'}:{inherited.get('PATH', '')}",
        "PIP_CACHE_DIR": str(STATE / "pip"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def pip(*arguments: str | Path) -> None:
    call([PYTHON, "-m", "pip", *arguments], env=environment())


def _make() -> None:
    shutil.rmtree(TOOLS, ignore_errors=True)
    call([sys.executable, "-m", "venv", TOOLS], env=clean_environment())
    _install(_WANTED)


def _install(pins: Path) -> None:
    pip("install", "--require-hashes", "--only-binary=:all:", "-r", pins)


STEP = Step(
    "tools", "installing the build tools", lambda: [_WANTED, sys.version], made=PYTHON, make=_make
)
DOCS = Step(
    "docs",
    "installing what builds the site",
    lambda: [_DOCS, _WANTED, sys.version],
    made=TOOLS / "bin" / "mkdocs",
    make=lambda: _install(_DOCS),
)
