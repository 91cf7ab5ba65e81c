"""32-bit programs: what Debian's 64-bit Wine lacks to run them by itself (WoW64).

That is the Windows half of the 32-bit package, of the same version: those of its DLLs that a
console program needs. They are unpacked into the state folder, never installed: the machine need
not know the architecture, and nothing 32-bit of Linux is needed.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
from typing import TYPE_CHECKING

from wine.state import STATE, Step, call, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = STATE / "wow64"
"""Where Wine looks for more of its own DLLs: the variable WINEDLLPATH."""

DLLS = FOLDER / "i386-windows"

_WANTED = ("ntdll", "kernel32", "kernelbase", "msvcrt", "ucrtbase", "advapi32", "sechost")

_APT = STATE / "apt"  # lists and downloads of another architecture than the machine's


def _package() -> str:
    """The package that is missing; empty where Wine is not Debian's, and may need none."""
    query = ["dpkg-query", "--showformat=libwine:i386=${Version}", "--show", "libwine:amd64"]
    if not shutil.which(query[0]) or platform.machine() != "x86_64":
        return ""
    return subprocess.run(query, capture_output=True, text=True, check=False).stdout


def _make() -> None:
    for folder in (FOLDER, _APT):  # an interrupted attempt may have left another version there
        shutil.rmtree(folder, ignore_errors=True)
    FOLDER.mkdir()
    if package := _package():
        _unpack(_download(package))


def _download(package: str) -> Path:
    lists, cache = _APT / "lists", _APT / "cache"
    for folder in (lists / "partial", cache / "archives" / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    options = {
        "APT::Architectures": "i386",
        "APT::Sandbox::User": "",  # apt's own user can't write here
        "Dir::State::Lists": lists,
        "Dir::Cache": cache,
    }
    apt = ["apt-get", "-q", *(f"-o{name}={value}" for name, value in options.items())]
    # What it says of some other source of the machine is of no concern: the download decides.
    subprocess.run([*apt, "update"], env=clean_environment(), capture_output=True, check=False)
    call([*apt, "download", package], env=clean_environment(), cwd=_APT)
    return next(_APT.glob("libwine_*_i386.deb"))


def _unpack(package: Path) -> None:
    call(["dpkg-deb", "--extract", package, _APT / "package"])
    (found,) = (_APT / "package").rglob(DLLS.name)
    DLLS.mkdir()
    for name in _WANTED:
        shutil.copy(found / f"{name}.dll", DLLS)
    shutil.rmtree(_APT)


STEP = Step(
    "wow64", "fetching what runs 32-bit programs", lambda: [_package()], made=FOLDER, make=_make
)
