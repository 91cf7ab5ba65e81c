"""How fast is the memory of another process read?"""

from __future__ import annotations

import ctypes
import random
from array import array
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from .._bare import processes as bare
from .target import running_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Race
    from .target import Target


def _kernel32() -> Any:
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.OpenProcess.restype = ctypes.c_void_p
    kernel32.ReadProcessMemory.argtypes = [
        *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p),
        *(ctypes.c_size_t, ctypes.POINTER(ctypes.c_size_t)),
    ]
    return kernel32


def _read_by_ctypes(target: Target, buffer: bytearray) -> Callable[[], int]:
    kernel32 = _kernel32()
    process = kernel32.OpenProcess(0x10, 0, target.pid)
    into = (ctypes.c_char * len(buffer)).from_buffer(buffer)
    done = ctypes.c_size_t()

    def read() -> int:
        kernel32.ReadProcessMemory(process, target.address, into, len(buffer), ctypes.byref(done))
        return done.value

    return read


def _read_by_pymem(target: Target, buffer: bytearray) -> Callable[[], int]:
    pymem = pytest.importorskip("pymem")
    opened = pymem.Pymem(target.pid)

    def read() -> int:
        buffer[:] = opened.read_bytes(target.address, len(buffer))  # it has no way into a buffer
        return len(buffer)

    return read


READ: dict[str, Callable[[Target, bytearray], Callable[[], int]]] = {
    "bare": lambda target, buffer: partial(
        bare.Process(target.pid).read_into, target.address, buffer
    ),
    "ntpages": lambda target, buffer: lambda: target.process.read_into(target.address, buffer),
    "ctypes": _read_by_ctypes,
    "pymem": _read_by_pymem,
}


@pytest.mark.sizes(64 << 20, 1 << 20, 4096)
@pytest.mark.parametrize("way", READ)
def bench_read_into(race: Race, way: str, size: int) -> None:
    """How long does it take to read so many bytes into a buffer?"""
    with running_target(size) as target:
        race(READ[way](target, bytearray(size)))


# ---- Many pieces ---------------------------------------------------------------------------------

PIECES = 10_000
PIECE = 16


def _many_by_ctypes(target: Target, addresses: array[int]) -> Callable[[], int]:
    kernel32 = _kernel32()
    process = kernel32.OpenProcess(0x10, 0, target.pid)
    into = ctypes.create_string_buffer(PIECE)
    done = ctypes.c_size_t()

    def read() -> int:
        pieces = []
        for address in addresses:
            kernel32.ReadProcessMemory(process, address, into, PIECE, ctypes.byref(done))
            pieces.append(into.raw)
        return sum(map(len, pieces))

    return read


def _many_by_pymem(target: Target, addresses: array[int]) -> Callable[[], int]:
    pymem = pytest.importorskip("pymem")
    opened = pymem.Pymem(target.pid)
    return lambda: sum(len(opened.read_bytes(address, PIECE)) for address in addresses)


MANY: dict[str, Callable[[Target, array[int]], Callable[[], int]]] = {
    "bare": lambda target, addresses: partial(bare.Process(target.pid).read_many, addresses, PIECE),
    "ntpages": lambda target, addresses: (
        lambda: len(target.process.read_many(addresses, PIECE).data)
    ),
    "ctypes": _many_by_ctypes,
    "pymem": _many_by_pymem,
}


def _scattered(target: Target, pieces: int) -> array[int]:
    chance = random.Random(2)
    return array(
        "Q", [target.address + chance.randrange(target.size - PIECE) for _ in range(pieces)]
    )


@pytest.mark.sizes(1 << 20, 16 << 20, 256 << 20)
@pytest.mark.parametrize("way", MANY)
def bench_read_many(race: Race, way: str, size: int) -> None:
    """How long do 10,000 pieces of 16 bytes take, scattered over so many bytes?"""
    with running_target(size) as target:
        race(MANY[way](target, _scattered(target, PIECES)))


DENSE: dict[str, Callable[[Target, array[int]], Callable[[], int]]] = {
    "bare": lambda target, addresses: partial(
        bare.Process(target.pid).read_together, addresses, PIECE
    ),
    "ntpages": MANY["ntpages"],
}


@pytest.mark.sizes(256 << 20)
@pytest.mark.parametrize("way", DENSE)
def bench_read_many_on_most_pages(race: Race, way: str, size: int) -> None:
    """How long do 100,000 pieces of 16 bytes take among so many, where no guard page matters?"""
    with running_target(size) as target:
        race(DENSE[way](target, _scattered(target, 10 * PIECES)))
