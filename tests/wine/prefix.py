"""Wine: which one is used, and the checkout's own prefix."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from wine import windows_python, wow64
from wine.build import windows_path
from wine.state import HERE, ROOT, STATE, SetupError, Step, call, clean_environment

PREFIX = STATE / "prefix"
BYTECODE = STATE / "bytecode"

_REGISTRY = HERE / "prefix.reg"
_ARCHIVING = HERE / "library.py"

# Debian's `wine` is a script that complains about a missing 32-bit Wine: look behind it first.
_PLACES = ("wine64", "/usr/lib/wine/wine64", "wine", "/usr/lib/wine/wine")
_SERVERS = ("wineserver", "/usr/lib/wine/wineserver64", "/usr/lib/wine/wineserver")


def find_wine() -> str | None:
    """The Wine to use: what the variable WINE names, else the first one found."""
    if named := os.environ.get("WINE"):
        if found := shutil.which(named):
            return str(Path(found).absolute())
        msg = f"the variable WINE names {named}, which is no program"
        raise SetupError(msg)
    return next(filter(None, map(shutil.which, _PLACES)), None)


def find_wineserver() -> str | None:
    """The server that belongs to it: it lies beside, unless WINESERVER says otherwise."""
    places = [os.environ.get("WINESERVER", "")]
    if wine := find_wine():
        places.append(str(Path(wine).resolve().with_name("wineserver")))
    return next(filter(None, map(shutil.which, [*places, *_SERVERS])), None)


def environment() -> dict[str, str]:
    """The environment of everything that runs in the prefix."""
    # Where no bytecode is kept, each process that a test starts compiles all that it imports.
    wishes = {**clean_environment(), "PYTHONPYCACHEPREFIX": windows_path(BYTECODE)}
    wishes.pop("PYTHONDONTWRITEBYTECODE", None)  # that is about folders of sources: this is ours
    return {
        **wishes,
        "WINEPREFIX": str(PREFIX),
        "WINEARCH": "win64",
        "WINEDLLPATH": str(wow64.FOLDER),
        "WINEDEBUG": os.environ.get("WINEDEBUG", "-all"),
        # No Mono, no Gecko, no menu entries, no crash debugger; a program's own C runtime.
        "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe,winedbg.exe=d;ucrtbase=n,b",
        # Wine 10 looks for a Wayland display there, and complains where there is no such place.
        "XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", str(STATE)),
        "PYTHONUTF8": "1",  # what reads our pipes here expects UTF-8, not a Windows code page
    }


def kill() -> None:
    """End every process of this prefix, and of this prefix alone."""
    if (server := find_wineserver()) and PREFIX.exists():
        for option in ("--kill", "--wait"):
            subprocess.run([server, option], env=environment(), capture_output=True, check=False)


def _make() -> None:
    wine, server = find_wine(), find_wineserver()
    assert wine
    assert server
    kill()
    shutil.rmtree(PREFIX, ignore_errors=True)
    call([wine, "wineboot", "--init"], env=environment())
    call([wine, "regedit", "/S", _REGISTRY], env=environment())
    call([server, "--wait"], env=environment())  # until then the registry may not be on disk
    if wow64.DLLS.exists():  # Wine's own installer of them is one more 32-bit program
        shutil.copytree(wow64.DLLS, PREFIX / "drive_c/windows/syswow64", dirs_exist_ok=True)


def _archive_library() -> None:
    wine = find_wine()
    assert wine
    call([wine, windows_python.EXECUTABLE, _ARCHIVING], env=environment())


STEP = Step(
    "prefix",
    "making the Wine prefix",
    lambda: [_REGISTRY, find_wine() or "", f"32-bit programs: {wow64.DLLS.exists()}"],
    made=PREFIX,
    make=_make,
)
LIBRARY = Step(
    "library",
    "compiling Python's standard library",
    lambda: [windows_python.SOURCE, _ARCHIVING, ROOT / "exe" / "assemble.py"],
    made=windows_python.LIBRARY,
    make=_archive_library,
)
