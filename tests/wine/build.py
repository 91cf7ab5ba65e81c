"""The wheel, cross-built, and its contents in the Windows Python; what only tests load."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from typing import TYPE_CHECKING

from wine import tools
from wine.state import HERE, ROOT, STATE, Step, call, files_of
from wine.windows_python import SITE_PACKAGES

if TYPE_CHECKING:
    from pathlib import Path

BUILD = STATE / "build"
LAB_DLL = BUILD / "ntlab.dll"
TARGET_EXE = BUILD / "target.exe"

_WHEELS = STATE / "wheel"
_TAGS = {"python": "cp311", "abi": "cp311", "platform": "win_amd64"}

# The PEP 517 hook itself: pip around it would cost seconds after each change of one file.
_HOOK = (
    "import json, sys; from scikit_build_core.build import build_wheel; "
    "build_wheel(sys.argv[1], json.loads(sys.argv[2]))"
)
_SETTINGS = {
    "build-dir": str(BUILD),
    "cmake.args": "-GNinja",
    "cmake.define.NTMEM_LAB": "ON",
    "cmake.python-hints": "false",  # they would lead to the Python of Linux
}


def environment() -> dict[str, str]:
    return {
        **tools.environment(),
        "CMAKE_TOOLCHAIN_FILE": str(HERE / "mingw.cmake"),
        "_PYTHON_HOST_PLATFORM": "win-amd64",
    }


def wheel() -> Path:
    """The wheel that was built."""
    return next(_WHEELS.glob("*.whl"))


def _build() -> None:
    shutil.rmtree(_WHEELS, ignore_errors=True)
    call([tools.PYTHON, "-c", _HOOK, _WHEELS, json.dumps(_SETTINGS)], env=environment())
    if "-".join(_TAGS.values()) not in wheel().name:  # dev.py was run with another Python
        named = [f"--{part}-tag={tag}" for part, tag in _TAGS.items()]
        call([tools.PYTHON, "-m", "wheel", "tags", "--remove", *named, wheel()])
    _install(wheel())


def _install(wheel: Path) -> None:
    """Put a wheel's files in place of those of the one before."""
    for record in SITE_PACKAGES.glob("ntmem-*.dist-info/RECORD"):
        with record.open(newline="") as rows:
            for name, *_ in csv.reader(rows):
                (SITE_PACKAGES / name).unlink(missing_ok=True)
    shutil.rmtree(SITE_PACKAGES / "ntmem", ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(SITE_PACKAGES)


def _build_for_tests(target: str) -> None:
    cmake = tools.TOOLS / "bin" / "cmake"
    call([cmake, "--build", BUILD, "--target", target], env=environment())


_HOST = [HERE / name for name in ("mingw.cmake", "python.txt", "requirements.txt", "tools.txt")]

WHEEL = Step(
    "wheel",
    "building ntmem",
    lambda: [
        *(ROOT / name for name in ("CMakeLists.txt", "pyproject.toml", "README.md", "LICENSE")),
        *(file for room in ("native", "python", "bench") for file in files_of(ROOT / room)),
        *_HOST,
    ],
    made=_WHEELS,
    make=_build,
)
LAB = Step(
    "lab",
    "building the laboratory",
    lambda: [ROOT / "CMakeLists.txt", *files_of(ROOT / "tests" / "ntlab"), *_HOST],
    made=LAB_DLL,
    make=lambda: _build_for_tests("ntlab"),
)
TARGET = Step(
    "target",
    "building the program to look into",
    lambda: [ROOT / "CMakeLists.txt", *files_of(ROOT / "tests" / "target"), *_HOST],
    made=TARGET_EXE,
    make=lambda: _build_for_tests("target"),
)
