"""What does memory cost that is committed when it is touched?"""

from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import sparse
from ntpages.sparse import GrowableBuffer, SparseBuffer

from .._bare import sparse as bare

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Race

    Memory = SparseBuffer | bare.Memory

PAGE = 4096
CHUNK = 64 * 1024
MIB = 1 << 20
GIB = 1 << 30
TIB = 1 << 40


def fresh(make: Callable[[], Memory]) -> Callable[[], tuple[tuple[Memory], dict[str, Any]]]:
    """Make untouched memory for each round, with that of the round before already gone."""
    kept: list[Memory] = []

    def setup() -> tuple[tuple[Memory], dict[str, Any]]:
        kept.clear()
        kept.append(make())
        return (kept[0],), {}

    return setup


# ---- Passes ------------------------------------------------------------------------------------

MAKERS: dict[str, Callable[[int], Memory]] = {
    "bare": bare.Committed,
    "ntpages": SparseBuffer,
    "bare handler": lambda size: bare.CommittedOnTouch(size, CHUNK),
}


@pytest.mark.parametrize("way", MAKERS)
@pytest.mark.sizes(64 * MIB, GIB)
def bench_first_pass(race: Race, way: str, size: int) -> None:
    """How long does the first pass take, a byte a page? (The bare loop finds it committed.)"""
    race(
        lambda memory: bare.touch_pages(memory.address, size),
        setup=fresh(lambda: MAKERS[way](size)),
        rounds=7,
    )


@pytest.mark.parametrize("way", ["bare", "ntpages"])
@pytest.mark.sizes(64 * MIB, GIB)
def bench_second_pass(race: Race, way: str, size: int) -> None:
    """How long does every later pass take?"""
    memory = MAKERS[way](size)
    bare.touch_pages(memory.address, size)
    race(lambda: bare.touch_pages(memory.address, size))


@pytest.mark.parametrize("way", ["bare", "ntpages"])
@pytest.mark.sizes(1_000, 10_000)
def bench_random_touches(race: Race, way: str, size: int) -> None:
    """How long do single touches all over a tebibyte take?"""
    make: dict[str, Callable[[], Memory]] = {
        "bare": lambda: bare.CommittedOnTouch(TIB, CHUNK),
        "ntpages": lambda: SparseBuffer(TIB, chunk=CHUNK),
    }
    race(
        lambda memory: bare.touch_anywhere(memory.address, TIB, size),
        setup=fresh(make[way]),
        rounds=7,
    )


@pytest.mark.parametrize("way", MAKERS)
@pytest.mark.sizes(1, 2)
def bench_threads(race: Race, way: str, size: int) -> None:
    """How long does the first pass over 256 MiB take so many threads, each in its own part?"""
    part = 256 * MIB // size

    def touch(memory: Memory) -> int:
        with ThreadPoolExecutor(size) as pool:
            starts = range(memory.address, memory.address + part * size, part)
            return sum(pool.map(lambda start: bare.touch_pages(start, part), starts))

    race(touch, setup=fresh(lambda: MAKERS[way](256 * MIB)), rounds=7)


# ---- Making ------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["bare", "ntpages"])
@pytest.mark.sizes(0, 1_000, 10_000)
def bench_make_and_close(race: Race, way: str, size: int) -> None:
    """How long does it take to make a buffer of a gibibyte and close it, with others open?"""
    others = [SparseBuffer(1) for _ in range(size)] if way == "ntpages" else []

    def ours() -> None:
        SparseBuffer(GIB).close()

    race(ours if way == "ntpages" else lambda: bare.reserve_and_free(GIB))
    for other in others:
        other.close()


# ---- Growing -----------------------------------------------------------------------------------

PIECE = bytes(range(256)) * 16


def _append(buffer: GrowableBuffer, size: int) -> GrowableBuffer:
    append = buffer.append
    for _ in range(size // len(PIECE)):
        append(PIECE)
    return buffer


def _add(buffer: bytearray, size: int) -> bytearray:
    for _ in range(size // len(PIECE)):
        buffer += PIECE
    return buffer


def _write(buffer: io.BytesIO, size: int) -> bytearray | memoryview:
    write = buffer.write
    for _ in range(size // len(PIECE)):
        write(PIECE)
    return buffer.getbuffer()


GROWERS: dict[str, Callable[[int], Any]] = {
    "bare": lambda size: bare.append(bare.Committed(size), PIECE),
    "ntpages": lambda size: _append(GrowableBuffer(), size),
    "bytearray": lambda size: _add(bytearray(), size),
    "BytesIO": lambda size: _write(io.BytesIO(), size),
}


@pytest.mark.parametrize("way", GROWERS)
@pytest.mark.sizes(16 * MIB, GIB)
def bench_append(race: Race, way: str, size: int) -> None:
    """How long does it take to append pieces of 4 KiB up to this size?"""
    race(
        lambda: GROWERS[way](size),
        answer=lambda grown: grown if isinstance(grown, int) else len(grown),
        rounds=1 if size >= GIB and way in {"bytearray", "BytesIO"} else 5,
        note=lambda _: _peak(way) if way != "bare" else "",
    )


def _peak(way: str) -> str:
    """What a process of its own needs at most while it appends."""
    size = 16 * MIB
    script = f"""
import psutil
from ntpages.bench.sparse import bench_sparse
process = psutil.Process()
before = process.memory_info().peak_wset
grown = bench_sparse.GROWERS[{way!r}]({size})
print((process.memory_info().peak_wset - before) / {size}, getattr(grown, "committed", 0) / {size})
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return "peak unknown: needs psutil"
    resident, committed = map(float, done.stdout.split())
    of_it = f", committed {committed:.2f} x" if committed else ""
    return f"peak working set {resident:.2f} x the data{of_it}"


# ---- NumPy -------------------------------------------------------------------------------------


def _scattered(array: Any) -> Any:
    """A hundredth of an array, in runs of a mebibyte, set to ones."""
    run = MIB // array.itemsize
    for start in range(0, len(array), 100 * run):
        array[start : start + run] = 1
    return array


@pytest.mark.parametrize("way", ["numpy", "ntpages", "ntpages, all of it"])
@pytest.mark.sizes(GIB, 16 * GIB)
def bench_reduction(race: Race, way: str, size: int) -> None:
    """How long does the sum of an array take of which 99 % was never touched?"""
    numpy = pytest.importorskip("numpy")
    if way == "numpy":
        array = _scattered(numpy.zeros(size // 8))
        race(
            lambda: float(array.sum()),
            rounds=3,
            note=lambda _: f"Windows charges {array.nbytes / GIB:.2f} GiB from the start",
        )
        return
    array = _scattered(sparse.array(size // 8))
    buffer = sparse.buffer_of(array)
    by_parts = way == "ntpages"
    race(
        lambda: (
            float(sum(part.sum() for part in sparse.touched(array)))
            if by_parts
            else float(array.sum())
        ),
        rounds=3,
        note=lambda _: f"{buffer.committed / GIB:.2f} GiB committed",
    )
