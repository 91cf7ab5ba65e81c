"""Writes requirements.txt and tools.txt: every package of either, with version and hashes.

Run it with Python 3.11 or later after changing a dependency in pyproject.toml:

    python3 tests/wine/lock.py
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# Wine 8 can't run NumPy 2 (ucrtbase.crealf is missing), nor what asks for it.
WINE_LIMITS = ["numpy==1.26.4", "contourpy<1.3.3", "matplotlib<3.10"]

# pip reads the markers of a requirement for the machine it runs on, which is not Windows.
WINDOWS_ONLY = ["colorama", "tzdata"]

HEAD = """\
# {what}
# Written by `python3 tests/wine/lock.py` from pyproject.toml; not by hand.
"""


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    runtime = [*project["project"]["dependencies"], *extras["tui"], *extras["plot"]]
    tests = [name for name in [*extras["bench"], *extras["dev"]] if not name.startswith("ntmem[")]
    with tempfile.TemporaryDirectory() as folder:
        windows = ["--platform", "win_amd64", "--python-version", "3.11"]
        download(folder, windows, [*runtime, *tests, *WINE_LIMITS, *WINDOWS_ONLY])
        write(
            "requirements.txt",
            "What runs in the Windows Python: ntmem's needs and its tests'.",
            folder,
        )

    groups = project["dependency-groups"]
    with tempfile.TemporaryDirectory() as folder:
        for version in ("3.10", "3.11", "3.12", "3.13", "3.14"):
            linux = ["--python-version", version]
            for glibc in ("2_34", "2_28", "2_27", "2_17"):
                linux += ["--platform", f"manylinux_{glibc}_x86_64"]
            linux += ["--platform", "manylinux2014_x86_64"]
            download(folder, linux, [*groups["build"], *groups["lint"], "tomli"])
        write("tools.txt", "The tools, for x86-64 Linux and Python 3.10 to 3.14.", folder)


def download(folder: str, target: list[str], wanted: list[str]) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", folder]
    only = ["--only-binary=:all:", "--implementation", "cp", *target]
    subprocess.run([*pip, *only, *wanted], check=True)


def write(file: str, what: str, folder: str) -> None:
    """Pin every wheel in a folder, in pip's form."""
    pins: dict[str, list[str]] = {}
    for wheel in sorted(Path(folder).iterdir()):
        name, version, *_ = wheel.name.split("-")
        pin = f"{name.lower().replace('_', '-')}=={version}"
        pins.setdefault(pin, []).append(hashlib.sha256(wheel.read_bytes()).hexdigest())
    lines = [
        " \\\n".join([pin, *(f"    --hash=sha256:{each}" for each in hashes)])
        for pin, hashes in sorted(pins.items())
    ]
    (HERE / file).write_text(HEAD.format(what=what) + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
