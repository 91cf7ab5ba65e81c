"""What does it save to have a mapped file brought in before it is touched?"""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import system
from ntpages.regions import prefetch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..conftest import Race

MIB = 1 << 20
_PAGE = 4096
_NO_BUFFERING, _OPEN_EXISTING, _SHARE_ALL, _READ = 0x2000_0000, 3, 7, 0x8000_0000

# ---- Files that no cache holds -----------------------------------------------------------------


def _written(path: Path, size: int) -> None:
    """Fill a file with what no file system leaves out, and have it on the disk."""
    with path.open("wb", buffering=0) as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))
        os.fsync(file.fileno())


def _forget(path: Path) -> None:
    """Take a file out of the system's cache.

    Windows does so where a file that nobody else has open is opened without buffering. Under Wine
    the cache is that of Linux, which a program of its own is asked for.
    """
    kernel = ctypes.WinDLL("kernel32")
    if system.windows().wine is None:
        kernel.CreateFileW.restype = ctypes.c_void_p
        opened = kernel.CreateFileW(
            str(path), _READ, _SHARE_ALL, None, _OPEN_EXISTING, _NO_BUFFERING, None
        )
        kernel.CloseHandle(ctypes.c_void_p(opened))
        return
    kernel.wine_get_unix_file_name.restype = ctypes.c_char_p
    inside = kernel.wine_get_unix_file_name(str(path)).decode()
    drop = ["/bin/dd", f"if={inside}", "iflag=nocache", "count=0", "status=none"]
    subprocess.run(["start", "/wait", "/unix", *drop], check=True, shell=True)
    time.sleep(0.2)  # Wine does not wait for what is no program of Windows


@contextmanager
def _mapped(path: Path) -> Iterator[memoryview]:
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as view,
    ):
        yield view


# ---- Ways --------------------------------------------------------------------------------------


def _touch(path: Path) -> int:
    with _mapped(path) as view:
        return sum(view[::_PAGE])


def _by_ntpages(path: Path) -> int:
    with _mapped(path) as view:
        prefetch(view)
        return sum(view[::_PAGE])


def _by_reading(path: Path) -> int:
    found = 0
    with path.open("rb", buffering=0) as file:
        while piece := file.read(MIB):
            found += sum(piece[::_PAGE])
    return found


WAYS: dict[str, Callable[[Path], int]] = {
    "page by page": _touch,
    "ntpages": _by_ntpages,
    "read()": _by_reading,
}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.sizes(64, 1024)
def bench_touch_a_cold_file(race: Race, folder: Path, way: str, size: int) -> None:
    """Touch each page of a mapped file that no cache holds, of so many MiB"""
    path = folder / f"{size}"
    if not path.exists():
        _written(path, size * MIB)

    def forgotten() -> tuple[tuple[Path], dict[str, Any]]:
        _forget(path)
        return (path,), {}

    race(WAYS[way], setup=forgotten, rounds=3)
