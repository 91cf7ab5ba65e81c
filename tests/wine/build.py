"""The wheel, cross-built, and its contents in the Windows Python; what only tests load."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from typing import TYPE_CHECKING

from wine import tools
from wine.state import HERE, ROOT, STATE, Step, call, files_of, say
from wine.windows_python import FOLDER, SITE_PACKAGES, fetch_others

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUILD = STATE / "build"
LAB_DLL = BUILD / "ntlab.dll"
TARGET_EXE = BUILD / "target.exe"
LAUNCHER_EXE = BUILD / "ntpages.exe"
TARGET32_EXE = STATE / "build32" / "target.exe"

_WHEELS = STATE / "wheel"

# The PEP 517 hook itself: pip around it would cost seconds after each change of one file.
_HOOK = (
    "import json, sys; from scikit_build_core.build import build_wheel; "
    "build_wheel(sys.argv[1], json.loads(sys.argv[2]))"
)


def environment(python: Path = FOLDER) -> dict[str, str]:
    return {
        **tools.environment(),
        "CMAKE_TOOLCHAIN_FILE": str(HERE / "mingw.cmake"),
        "NTPAGES_WINDOWS_PYTHON": str(python),
        "_PYTHON_HOST_PLATFORM": "win-amd64",
    }


def wheel() -> Path:
    """The wheel that was built."""
    return next(_WHEELS.glob("*.whl"))


def other_wheels() -> Iterator[tuple[Path, Path]]:
    """The wheel for each other Python, built and installed there, and that Python."""
    for tag, python in fetch_others().items():
        say(f"building ntpages for {tag}")
        build = STATE / "builds" / tag
        wheel = _build(tag, python, build, build / "wheel")
        _install(wheel, python / "Lib" / "site-packages")
        yield wheel, python / "python.exe"


def variant(option: str) -> Path:
    """A folder for PYTHONPATH: ntpages, built with one more option of CMakeLists.txt."""
    say(f"building ntpages with {option}")
    build = STATE / "builds" / option.lower()
    site = build / "site"
    _install(_build("cp311", FOLDER, build, build / "wheel", option), site)
    return site


def windows_path(path: Path) -> str:
    """How Windows programs name a file of this machine."""
    return "Z:" + str(path).replace("/", "\\")


def _build(tag: str, python: Path, build: Path, wheels: Path, *options: str) -> Path:
    shutil.rmtree(wheels, ignore_errors=True)
    settings = {
        "build-dir": str(build),
        "cmake.args": "-GNinja",
        **{f"cmake.define.{option}": "ON" for option in ("NTPAGES_LAB", *options)},
        "cmake.python-hints": "false",  # they would lead to the Python of Linux
    }
    call([tools.PYTHON, "-c", _HOOK, wheels, json.dumps(settings)], env=environment(python))
    wheel = next(wheels.glob("*.whl"))
    if f"-{tag}-{tag}-win_amd64" not in wheel.name:  # it bears the tag of the Python that built it
        tags = [f"--python-tag={tag}", f"--abi-tag={tag}", "--platform-tag=win_amd64"]
        call([tools.PYTHON, "-m", "wheel", "tags", "--remove", *tags, wheel])
    return next(wheels.glob("*.whl"))


def _make_wheel() -> None:
    _build("cp311", FOLDER, BUILD, _WHEELS)


def _install(wheel: Path, packages: Path) -> None:
    """Put a wheel's files in place of those of the one before."""
    for record in packages.glob("ntpages-*.dist-info/RECORD"):
        with record.open(newline="") as rows:
            for name, *_ in csv.reader(rows):
                (packages / name).unlink(missing_ok=True)
    shutil.rmtree(packages / "ntpages", ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)


def _build_for_tests(target: str) -> None:
    cmake = tools.TOOLS / "bin" / "cmake"
    call([cmake, "--build", BUILD, "--target", target], env=environment())


def _make_target32() -> None:
    cmake, build = tools.TOOLS / "bin" / "cmake", TARGET32_EXE.parent
    toolchain = f"--toolchain={HERE / 'mingw32.cmake'}"
    settings = ("-GNinja", "-DCMAKE_BUILD_TYPE=Release", "-DNTPAGES_LAB=ON")
    call([cmake, "-S", ROOT, "-B", build, toolchain, *settings], env=tools.environment())
    call([cmake, "--build", build, "--target", "target"], env=tools.environment())


_HOST = [HERE / name for name in ("mingw.cmake", "python.txt", "requirements.txt", "tools.txt")]

WHEEL = Step(
    "wheel",
    "building ntpages",
    lambda: [
        *(ROOT / name for name in ("CMakeLists.txt", "pyproject.toml", "README.md", "LICENSE")),
        *(file for room in ("native", "python", "bench") for file in files_of(ROOT / room)),
        *_HOST,
    ],
    made=_WHEELS,
    make=_make_wheel,
)
INSTALLED = Step(
    "installed",
    "installing ntpages",
    lambda: [*_WHEELS.glob("*.whl"), HERE / "requirements.txt"],
    made=SITE_PACKAGES / "ntpages",
    make=lambda: _install(wheel(), SITE_PACKAGES),
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
LAUNCHER = Step(
    "launcher",
    "building ntpages.exe",
    lambda: [ROOT / "CMakeLists.txt", *files_of(ROOT / "exe"), *_HOST],
    made=LAUNCHER_EXE,
    make=lambda: _build_for_tests("launcher"),
)
TARGET32 = Step(
    "target32",
    "building the 32-bit program to look into",
    lambda: [ROOT / "CMakeLists.txt", *files_of(ROOT / "tests" / "target"), HERE / "mingw32.cmake"],
    made=TARGET32_EXE,
    make=_make_target32,
)
