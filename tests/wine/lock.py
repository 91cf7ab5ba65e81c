"""Writes what is pinned: every package of requirements.txt, tools.txt, docs.txt, witnesses.txt
and wheels.txt, with its version and hashes.

Run it with Python 3.11 or later after changing a dependency in pyproject.toml; it writes the files
that are named, or all:

    python3 tests/wine/lock.py [FILE ...]
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# pip reads the markers of a requirement for the machine it runs on, which is not Windows.
WINDOWS_ONLY = ["colorama", "tzdata"]

HEAD = """\
# {what}
# Written by `python3 tests/wine/lock.py` from pyproject.toml; not by hand.
"""


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
GROUPS = PROJECT["dependency-groups"]


def requirements() -> None:
    """What runs in the Windows Python: ntpages's needs and its tests'."""
    extras = [
        each for extra in EXTRAS.values() for each in extra if not each.startswith("ntpages[")
    ]
    windows = ["--platform", "win_amd64", "--python-version", "3.11"]
    wanted = [*PROJECT["project"]["dependencies"], *extras, *WINDOWS_ONLY]
    lock(requirements, [windows], wanted)


def tools() -> None:
    """The tools, for x86-64 Linux and Python 3.10 to 3.14."""
    lock(tools, linux(), [*GROUPS["build"], *GROUPS["lint"], "tomli"])


def docs() -> None:
    """What builds the site, for x86-64 Linux and Python 3.10 to 3.14."""
    lock(docs, linux(), GROUPS["docs"])


def witnesses() -> None:
    """What lint holds ntpages against, for x86-64 Linux and Python 3.10 to 3.14."""
    lock(witnesses, linux(), [*GROUPS["metadata"], *GROUPS["arm64"]])


def wheels() -> None:
    """What builds release wheels, on Windows for x64 and ARM64."""
    windows = ["--platform", "win_amd64", "--python-version", "3.12"]
    lock(
        wheels,
        [windows, ["--platform", "win_arm64", *windows[2:]]],
        [*GROUPS["wheels"], "colorama"],
    )


def linux() -> list[list[str]]:
    """Every Linux that the tools are for, the oldest Python first."""
    platforms = ["--platform", "manylinux2014_x86_64"]
    for glibc in ("2_34", "2_28", "2_27", "2_17"):
        platforms += ["--platform", f"manylinux_{glibc}_x86_64"]
    versions = ("3.10", "3.11", "3.12", "3.13", "3.14")
    return [["--python-version", version, *platforms] for version in versions]


def lock(file: Callable[[], None], targets: list[list[str]], wanted: list[str]) -> None:
    """Write the pins of a file, which is named and described by the function that makes it.

    What the first target can run, all get: a file names one version of each package.
    """
    with tempfile.TemporaryDirectory() as folder:
        for target in targets:
            download(folder, target, [*wanted, *pins_of(folder)])
        write(f"{file.__name__}.txt", str(file.__doc__), folder)


def download(folder: str, target: list[str], wanted: list[str]) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", folder]
    only = ["--only-binary=:all:", "--implementation", "cp", *target]
    subprocess.run([*pip, *only, *wanted], check=True)


def pins_of(folder: str) -> dict[str, list[Path]]:
    """The wheels in a folder, by what names them to pip."""
    pins: dict[str, list[Path]] = {}
    for wheel in sorted(Path(folder).iterdir()):
        name, version, *_ = wheel.name.split("-")
        pins.setdefault(f"{name.lower().replace('_', '-')}=={version}", []).append(wheel)
    return pins


def write(file: str, what: str, folder: str) -> None:
    """Pin every wheel in a folder, in pip's form."""
    lines = []
    for pin, wheels in sorted(pins_of(folder).items()):
        hashes = [hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels]
        lines.append(" \\\n".join([pin, *(f"    --hash=sha256:{each}" for each in hashes)]))
    (HERE / file).write_text(HEAD.format(what=what) + "\n".join(lines) + "\n")


if __name__ == "__main__":
    for file in (requirements, tools, docs, witnesses, wheels):
        if f"{file.__name__}.txt" in (sys.argv[1:] or f"{file.__name__}.txt"):
            file()
