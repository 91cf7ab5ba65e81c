"""What does memory cost that is committed when it is touched?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.sparse import SparseBuffer

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
