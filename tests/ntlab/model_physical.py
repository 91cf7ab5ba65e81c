"""The door of the model of physical memory: which pages the machine has, and whose they are."""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PINNED, FLAGGED, NO_RECORD = 1, 2, 4
FILE, SHARED, PAGE_TABLE, METAFILE, AWE = 1, 2, 3, 8, 9
ZERO, FREE, STANDBY, MODIFIED, NO_WRITE, BAD, ACTIVE, TRANSITION = range(8)


class Stretch(ctypes.Structure):
    """Pages side by side that have all in common, as in model_physical.hpp."""

    _fields_ = (
        ("pages", ctypes.c_uint64),
        ("use", ctypes.c_uint32),
        ("list", ctypes.c_uint32),
        ("priority", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("owner", ctypes.c_uint32),
        ("padding", ctypes.c_uint32),
        ("offset", ctypes.c_uint64),
        ("detail", ctypes.c_uint64),
    )


class Source(ctypes.Structure):
    """A process that has private pages, as in model_physical.hpp."""

    _fields_ = (
        ("kind", ctypes.c_uint32),
        ("pid", ctypes.c_uint32),
        ("name", ctypes.c_char * 16),
        ("session", ctypes.c_uint32),
        ("foreground", ctypes.c_uint32),
        ("private_pages", ctypes.c_uint64),
        ("private_working_set", ctypes.c_uint64),
        ("stored", ctypes.c_uint64),
    )


def process(pid: int, name: str, pages: int, *, stored: int = 0) -> Source:
    """A process with so many private pages, all of them in its working set."""
    return Source(2, pid, name.encode()[:15], 1, 0, pages, pages, stored)


def log_of(names: Mapping[int, str], volumes: Mapping[int, str] = {}) -> bytes:
    """What the FileInfo device writes: files by key, all of them on volume 1, and volumes."""

    def entry(kind: int, body: bytes) -> bytes:
        size = (12 + 4 + len(body) + 7) // 8 * 8
        return struct.pack("<3I4x", kind | size << 3, 0, 0) + body.ljust(size - 16, b"\0")

    entries = b""
    for key, path in volumes.items():
        text = f"{path}\0".encode("utf-16-le")
        entries += entry(2, struct.pack("<Q2I", 0, key, 0) + bytes(24) + text)
    for key, path in names.items():
        text = f"{path}\0".encode("utf-16-le")
        entries += entry(0, struct.pack("<QIIIIHH", key, 1, 0, 0, 0, 0, len(path)) + text)
    head = struct.pack("<2H9I", 0, 0, 0, 40 + len(entries), 1, 3, 0, 0, 0, len(names), 0)
    return head + entries


class Door:
    """The pages of the machine. At first there are 64 MiB, with a page of every kind."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll
        self._by_key = self._hides = self._old = False

    def ranges(self, *pairs: tuple[int, int]) -> None:
        """Have memory at these pages alone (first, count), nobody's and zero."""
        numbers = [number for pair in pairs for number in pair]
        self._dll.physical_ranges((ctypes.c_uint64 * len(numbers))(*numbers), len(pairs))

    def lay(self, *stretches: Stretch) -> None:
        """Have these pages behind those that were laid before, from the lowest address on."""
        self._dll.physical_lay((Stretch * len(stretches))(*stretches), len(stretches))

    def sources(self, sources: Iterable[Source]) -> None:
        """Have these processes, and no others."""
        every = [*sources]
        self._dll.physical_sources((Source * len(every))(*every), len(every))

    def _kernel(self) -> None:
        self._dll.physical_kernel(self._by_key, self._hides, self._old)

    def name_processes_by_key(self) -> None:
        """Let pages name processes by their keys from now on, as older kernels do."""
        self._by_key = True
        self._kernel()

    def hide_addresses(self) -> None:
        """Show the kernel's addresses to debuggers alone from now on, as 24H2 does."""
        self._hides = True
        self._kernel()

    def tell_old_ranges(self) -> None:
        """Know the first version of the ranges alone."""
        self._old = True
        self._kernel()

    def pool(self, size: int) -> None:
        """Have so many bytes of pool for a request."""
        self._dll.physical_pool(ctypes.c_uint64(size))

    def free_meanwhile(self, pages: int) -> None:
        """Say in the lists that so many pages more are free than records say."""
        self._dll.physical_free_meanwhile(ctypes.c_uint64(pages))

    def installed(self, size: int) -> None:
        """Have so many bytes plugged in."""
        self._dll.physical_installed(ctypes.c_uint64(size >> 10))

    def cache(self, pages: int) -> None:
        """Have so many pages of files and metafiles in the file cache's working set."""
        self._dll.physical_cache(ctypes.c_uint64(pages))

    def cached(self, path: str, key: int, *, mapped: bool = False) -> None:
        """Have the file with this key here; ``mapped``, as somebody has it in a working set."""
        self._dll.physical_cached(path, ctypes.c_uint64(key), mapped)

    def log(self, log: bytes, *, version: int = 15) -> None:
        """Let the FileInfo device write this to who speaks its version."""
        assert self._dll.physical_log(log, len(log), version)

    def names(
        self, names: Mapping[int, str], volumes: Mapping[int, str] = {}, *, version: int = 15
    ) -> None:
        """Know files by their keys, and volumes by their numbers."""
        self.log(log_of(names, volumes), version=version)

    def open(self, files: Mapping[int, str]) -> None:
        """Have these files open, by their keys, for tracing to tell."""
        for key, path in files.items():
            assert self._dll.physical_open(ctypes.c_uint64(key), path)

    @property
    def sessions(self) -> int:
        """How many sessions of tracing there are."""
        return int(self._dll.physical_sessions())

    def live_in(self) -> None:
        """Be a machine of 64 GiB that serves files, with a game and a browser open on it."""
        self.ranges((1, 0x9E), (0x100, 0xBFF00), (0x100000, 0xF2_8000), (0x102_C000, 0x800))
        self.installed(64 << 30)
        self.cache(_KERNEL[METAFILE] + 9_100)
        self.sources(_PROCESSES)
        for each in _PROCESSES:
            resident = each.private_pages - each.private_pages // 8
            self.lay(
                Stretch(pages=resident, list=ACTIVE, owner=each.pid),
                Stretch(pages=each.private_pages // 8, list=MODIFIED, owner=each.pid),
                Stretch(
                    pages=each.private_pages // 300, use=PAGE_TABLE, list=ACTIVE, owner=each.pid
                ),
            )
        for number, (_, active, standby, priority, image) in enumerate(_FILES):
            key, flags = _key(number), FLAGGED if image else 0
            self.lay(
                Stretch(pages=active, use=FILE, list=ACTIVE, flags=flags, detail=key),
                Stretch(
                    pages=standby,
                    use=FILE,
                    list=STANDBY,
                    priority=priority,
                    flags=flags,
                    offset=active * 4096,
                    detail=key,
                ),
            )
        for use, pages in _KERNEL.items():
            self.lay(Stretch(pages=pages, use=use, list=ACTIVE, detail=_key(0)))
        self.lay(
            Stretch(pages=310_000, use=SHARED, list=ACTIVE, detail=0xFFFFC000_00004008),
            Stretch(pages=64 << 8, use=AWE, list=ACTIVE, flags=PINNED, owner=7120),
            Stretch(pages=90_000, list=STANDBY, priority=5, owner=9304),
            Stretch(pages=42_000, list=STANDBY, priority=1, owner=4),
            Stretch(pages=900, use=FILE, list=NO_WRITE, detail=_key(0)),
            Stretch(pages=2, list=BAD),
            Stretch(pages=350, list=TRANSITION, owner=7120),
            Stretch(pages=512, flags=NO_RECORD),
            Stretch(pages=61_000, list=FREE),
        )
        names = {_key(number): path for number, (path, *_) in enumerate(_FILES) if path}
        self.names(names, {1: "\\??\\D:"})


def _key(number: int) -> int:
    return 0xFFFFC08A_10000010 + number * 0x2B0


_GIB = 1 << 18  # pages
_PROCESSES = [
    process(7120, "Skyhaven.exe", 11 * _GIB, stored=90_000),
    process(9304, "chrome.exe", 3 * _GIB // 2, stored=210_000),
    process(9388, "chrome.exe", _GIB),
    process(9512, "chrome.exe", _GIB * 3 // 4),
    process(2288, "MemCompression", _GIB * 5 // 4),
    process(3316, "MsMpEng.exe", 66_000),
    process(1204, "explorer.exe", 31_000),
    process(1880, "dwm.exe", 44_000),
    process(984, "svchost.exe", 21_000),
    process(4, "System", 60),
]
# Path, pages in use, pages on standby, of which priority, and whether it is a program.
_FILES = [
    ("\\$Mft", 0, 0, 0, False),
    ("\\Games\\Skyhaven\\data\\world_03.pak", 9_000, 9 * _GIB + 171_000, 5, False),
    ("\\Games\\Skyhaven\\data\\textures_hd.pak", 120_000, 4 * _GIB, 5, False),
    ("\\Games\\Skyhaven\\Skyhaven.exe", 31_000, 4_000, 6, True),
    ("\\Shares\\projects\\archive\\2026\\measurements-complete.parquet", 0, 3 * _GIB, 2, False),
    ("\\??\\C:\\Program Files\\Google\\Chrome\\Application\\chrome.dll", 52_000, 800, 6, True),
    ("\\??\\C:\\Windows\\System32\\ntoskrnl.exe", 2_300, 0, 7, True),
    ("\\??\\C:\\Windows\\SoftwareDistribution\\Download\\update.cab", 0, 210_000, 1, False),
    ("\\??\\C:\\Windows\\System32\\nvwgf2umx.dll", 14_000, 2_000, 6, True),
    ("", 100, 33_000, 4, False),
]
# Use->pages : metafile, pools, page tables of the system, drivers, stacks, large pages.
_KERNEL = {
    METAFILE: 1_480_000,
    4: 190_000,
    5: 260_000,
    6: 71_000,
    7: 9_000,
    10: 140_000,
    11: 12_000,
    12: 3_000,
    13: 4 << 9,
}
