"""How fast are the process table, and other processes' memory?"""

from __future__ import annotations

import ctypes
import os
import random
import subprocess
from array import array
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.processes import Process, list_processes

from .._bare import processes as bare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..conftest import Race

BLOCK = 16 << 20
IDLER = os.environ.get("NTPAGES_TARGET_EXE") or "cmd.exe"  # waits for input that never comes


@contextmanager
def _idler() -> Iterator[subprocess.Popen[bytes]]:
    words = [IDLER, "idle"] if IDLER != "cmd.exe" else [IDLER, "/d", "/q", "/k"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as running:
        try:
            yield running
        finally:
            running.kill()


# ---- The table -----------------------------------------------------------------------------------


class Crowd:
    """Idle processes, as many as it takes to have so many in all."""

    def __init__(self) -> None:
        self._others = len(list_processes())
        self._idlers: list[ExitStack] = []

    def become(self, size: int) -> None:
        while self._idlers and self._others + len(self._idlers) > size:
            self._idlers.pop().close()
        while self._others + len(self._idlers) < size:
            self._idlers.append(ExitStack())
            self._idlers[-1].enter_context(_idler())


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    crowd = Crowd()
    yield crowd
    crowd.become(0)


def _table_by_psutil() -> Callable[[], int]:
    psutil = pytest.importorskip("psutil")

    def count() -> int:
        # With "name" it would do the same work; but that fails under Wine.
        return sum(1 for _ in psutil.process_iter(["pid", "memory_info"]))

    return count


TABLE: dict[str, Callable[[], Callable[[], int]]] = {
    "bare": lambda: bare.list_processes,
    "ntpages": lambda: lambda: len(list_processes()),
    "psutil": _table_by_psutil,
}


@pytest.mark.parametrize("way", TABLE)
@pytest.mark.sizes(10, 100, 300)
def bench_table(race: Race, crowd: Crowd, way: str, size: int) -> None:
    """How much memory does each of so many processes use?"""
    crowd.become(size)
    race(TABLE[way](), answer=lambda count: count > size - 5)  # some may end meanwhile


# ---- Memory of another process -------------------------------------------------------------------


class Victim:
    """A process with known content."""

    def __init__(self, pid: int, size: int) -> None:
        self.pid = pid
        self.process = Process(pid)
        self.size = size
        self.address = self.process.allocate(size)
        block = random.Random(1).randbytes(min(BLOCK, size))
        for start in range(0, size, len(block)):
            self.process.write(self.address + start, block)


@contextmanager
def _victim(size: int) -> Iterator[Victim]:
    with _idler() as running:
        victim = Victim(running.pid, size)
        yield victim
        victim.process.close()


def _kernel32() -> Any:
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.OpenProcess.restype = ctypes.c_void_p
    kernel32.ReadProcessMemory.argtypes = [
        *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
        *(ctypes.c_size_t, ctypes.POINTER(ctypes.c_size_t)),
    ]
    return kernel32


def _read_by_ctypes(victim: Victim, buffer: bytearray) -> Callable[[], int]:
    kernel32 = _kernel32()
    process = kernel32.OpenProcess(0x10, 0, victim.pid)
    into = (ctypes.c_char * len(buffer)).from_buffer(buffer)
    done = ctypes.c_size_t()

    def read() -> int:
        kernel32.ReadProcessMemory(process, victim.address, into, len(buffer), ctypes.byref(done))
        return done.value

    return read


def _read_by_pymem(victim: Victim, buffer: bytearray) -> Callable[[], int]:
    pymem = pytest.importorskip("pymem")
    opened = pymem.Pymem(victim.pid)

    def read() -> int:
        buffer[:] = opened.read_bytes(victim.address, len(buffer))  # it has no way into a buffer
        return len(buffer)

    return read


READ: dict[str, Callable[[Victim, bytearray], Callable[[], int]]] = {
    "bare": lambda victim, buffer: partial(
        bare.Process(victim.pid).read_into, victim.address, buffer
    ),
    "ntpages": lambda victim, buffer: lambda: victim.process.read_into(victim.address, buffer),
    "ctypes": _read_by_ctypes,
    "pymem": _read_by_pymem,
}


@pytest.mark.sizes(64 << 20, 1 << 20, 4096)
@pytest.mark.parametrize("way", READ)
def bench_read_into(race: Race, way: str, size: int) -> None:
    """How long does it take to read so many bytes into a buffer?"""
    with _victim(size) as victim:
        race(READ[way](victim, bytearray(size)))


# ---- Many pieces ---------------------------------------------------------------------------------

PIECES = 10_000
PIECE = 16


def _many_by_ctypes(victim: Victim, addresses: array[int]) -> Callable[[], int]:
    kernel32 = _kernel32()
    process = kernel32.OpenProcess(0x10, 0, victim.pid)
    into = ctypes.create_string_buffer(PIECE)
    done = ctypes.c_size_t()

    def read() -> int:
        pieces = []
        for address in addresses:
            kernel32.ReadProcessMemory(process, address, into, PIECE, ctypes.byref(done))
            pieces.append(into.raw)
        return sum(map(len, pieces))

    return read


def _many_by_pymem(victim: Victim, addresses: array[int]) -> Callable[[], int]:
    pymem = pytest.importorskip("pymem")
    opened = pymem.Pymem(victim.pid)
    return lambda: sum(len(opened.read_bytes(address, PIECE)) for address in addresses)


MANY: dict[str, Callable[[Victim, array[int]], Callable[[], int]]] = {
    "bare": lambda victim, addresses: partial(bare.Process(victim.pid).read_many, addresses, PIECE),
    "ntpages": lambda victim, addresses: (
        lambda: len(victim.process.read_many(addresses, PIECE).data)
    ),
    "ctypes": _many_by_ctypes,
    "pymem": _many_by_pymem,
}


@pytest.mark.sizes(1 << 20, 16 << 20, 256 << 20)
@pytest.mark.parametrize("way", MANY)
def bench_read_many(race: Race, way: str, size: int) -> None:
    """How long do 10,000 pieces of 16 bytes take, scattered over so many bytes?"""
    with _victim(size) as victim:
        chance = random.Random(2)
        addresses = array(
            "Q", [victim.address + chance.randrange(size - PIECE) for _ in range(PIECES)]
        )
        race(MANY[way](victim, addresses))


# ---- Scanning ------------------------------------------------------------------------------------

NEEDLE = b"\xf7a needle in a haystack"


def _scan_by_pymem(victim: Victim) -> Callable[[], object]:
    pymem = pytest.importorskip("pymem")
    pattern = pytest.importorskip("pymem.pattern")
    opened = pymem.Pymem(victim.pid)
    return lambda: pattern.pattern_scan_all(opened.process_handle, NEEDLE, return_multiple=True)


SCAN: dict[str, Callable[[Victim], Callable[[], object]]] = {
    "ntpages": lambda victim: (
        lambda: victim.process.scan(NEEDLE).matches.column("address").tolist()
    ),
    "pymem": _scan_by_pymem,
}


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", SCAN)
def bench_scan(race: Race, way: str, size: int) -> None:
    """How long does it take to find four needles in so many bytes?"""
    with _victim(size) as victim:
        for i in range(4):
            victim.process.write(victim.address + i * size // 4 + 12345, NEEDLE)
        race(
            SCAN[way](victim),
            answer=lambda found: [address - victim.address for address in found],
            rounds=3 if way == "pymem" else 10,
        )


COPY: dict[str, Callable[[Victim], Callable[[], int]]] = {
    "bare": lambda victim: partial(
        bare.Process(victim.pid).read_through, victim.address, victim.size
    ),
    "ntpages": lambda victim: (
        lambda: (
            victim.process.scan(
                NEEDLE, start=victim.address, end=victim.address + victim.size
            ).scanned
        )
    ),
    "memory": lambda victim: partial(
        bare.copy_through,
        memoryview(random.Random(1).randbytes(BLOCK) * (victim.size // BLOCK)),
    ),
}


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", COPY)
def bench_scan_against_copying(race: Race, way: str, size: int) -> None:
    """How long does a scan take against copying the same bytes, here or from the other process?"""
    with _victim(size) as victim:
        race(COPY[way](victim), rounds=10)
