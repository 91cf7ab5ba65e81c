"""System packages: what is missing is installed with apt-get, or the command is shown."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys

from browser import chromium
from wine.prefix import find_wine, find_wineserver
from wine.state import SetupError, say

COMPILER = "x86_64-w64-mingw32-g++-posix"
COMPILER32 = "i686-w64-mingw32-g++-posix"

LABORATORIES = {"test", "lint", "coverage", "trap"}  # verbs that need what only the tests load


def _has_runtimes() -> bool:
    """Whether clang finds the runtimes of its fuzzer and sanitizers, a package of their own."""
    name = f"libclang_rt.fuzzer-{platform.machine()}.a"
    command = ["clang++", f"-print-file-name={name}"]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return found != name  # clang echoes what it can't find


def has_venv() -> bool:
    """Whether the Python that runs this can make an environment: Debian's may not."""
    return importlib.util.find_spec("ensurepip") is not None


def _missing(verbs: set[str]) -> list[str]:
    packages = []
    if not find_wine() or not find_wineserver():
        packages += ["wine", "wine64"]
    if not shutil.which(COMPILER):
        packages.append("g++-mingw-w64-x86-64-posix")
    if verbs & LABORATORIES and not shutil.which(COMPILER32):
        packages.append("g++-mingw-w64-i686-posix")
    if not has_venv():
        packages.append("python3-venv")
    if verbs & {"lint", "fuzz", "race"} and not shutil.which("clang++"):
        packages.append("clang")
    if "fleet" in verbs and not shutil.which("promtool"):
        packages.append("prometheus")
    if "browser" in verbs and not any(map(shutil.which, chromium.PROGRAMS)):
        packages.append(chromium.PROGRAMS[0])
    if verbs & {"fuzz", "race"} and (packages or not _has_runtimes()):
        packages.append("libclang-rt-dev")
    return packages


def ensure(verbs: set[str]) -> None:
    """Make sure of Wine, the cross compiler and venv; and of clang for those who need it."""
    packages = _missing(verbs)
    if not packages:
        return
    names = " ".join(packages)
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if not shutil.which("apt-get"):
        msg = f"missing, in Debian's names: {names}. Install them and run this again"
        raise SetupError(msg)
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and not _sudo_asks_nothing():
        msg = f"missing packages. Run this as root, then try again:\n  {' '.join(install)}"
        raise SetupError(msg)

    say(f"installing {names}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    patient = ["-o", "DPkg::Lock::Timeout=600", "-q"]
    _run([*prefix, "apt-get", "update", *patient], environment)  # a stale list may still do
    code, output = _run([*prefix, *install, *patient], environment)
    if code:
        sys.stderr.write(output)
        msg = f"`{' '.join(install)}` ended with {code}: see above"
        raise SetupError(msg)
    if still := _missing(verbs):
        msg = f"still missing after installing them: {' '.join(still)}"
        raise SetupError(msg)


def _sudo_asks_nothing() -> bool:
    if not shutil.which("sudo"):
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


def _run(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run apt-get to its end, whatever happens: half-installed packages are no good to anyone."""
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # a Ctrl-C is ours alone
    ) as apt:
        try:
            output = apt.communicate()[0]
        except KeyboardInterrupt:
            say("stopping when apt-get is done")
            apt.communicate()
            raise
    return apt.returncode, output.decode(errors="replace")
