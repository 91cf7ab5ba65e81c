"""How fast is the memory of another process scanned?"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ntpages.processes import Pattern, Process
from ntpages.regions import Region

from .._bare import processes as bare
from .target import running_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Race
    from .target import Target

NEEDLE = b"\xf7a needle in a haystack"


def _scan_by_pymem(target: Target) -> Callable[[], object]:
    pymem = pytest.importorskip("pymem")
    pattern = pytest.importorskip("pymem.pattern")
    opened = pymem.Pymem(target.pid)
    return lambda: pattern.pattern_scan_all(opened.process_handle, NEEDLE, return_multiple=True)


def _scan_by_pymemoryeditor(target: Target) -> Callable[[], object]:
    editor = pytest.importorskip("PyMemoryEditor")
    opened = editor.OpenProcess(pid=target.pid)
    return lambda: list(opened.search_by_value(bytes, value=NEEDLE, aligned=False))


SCAN: dict[str, Callable[[Target], Callable[[], object]]] = {
    "ntpages": lambda target: (
        lambda: target.process.scan(NEEDLE).matches.column("address").tolist()
    ),
    "pymem": _scan_by_pymem,
    "PyMemoryEditor": _scan_by_pymemoryeditor,
}


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", SCAN)
def bench_scan(race: Race, way: str, size: int) -> None:
    """How long does it take to find four needles in so many bytes?"""
    with running_target(size) as target:
        for i in range(4):
            target.process.write(target.address + i * size // 4 + 12345, NEEDLE)
        race(
            SCAN[way](target),
            answer=lambda found: [address - target.address for address in found],
            rounds=10 if way == "ntpages" else 3,
        )


def _copied(threads: int) -> Callable[[Target], Callable[[], int]]:
    return lambda target: partial(
        bare.Process(target.pid).read_through, target.address, target.size, threads
    )


def _scanned(
    pattern: Pattern | bytes, threads: int | None
) -> Callable[[Target], Callable[[], int]]:
    return lambda target: (
        lambda: (
            target.process.scan(
                pattern, start=target.address, end=target.address + target.size, threads=threads
            ).scanned
        )
    )


ALL = os.cpu_count() or 1
HUNDRED = Pattern(tuple(n for i in range(100) for n in Pattern.exactly(b"\xf7%d" % i).needles))

COPY: dict[str, Callable[[Target], Callable[[], int]]] = {
    "bare": _copied(ALL),
    "bare, one thread": _copied(1),
    "ntpages": _scanned(NEEDLE, None),
    "ntpages, one thread": _scanned(NEEDLE, 1),
    "ntpages, two threads": _scanned(NEEDLE, 2),
    "ntpages, a hundred needles": _scanned(HUNDRED, None),
    "memory": lambda target: partial(bare.copy_through, b"\xff" * target.size),
}


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", COPY)
def bench_scan_against_copying(race: Race, way: str, size: int) -> None:
    """How long does a scan take against copying the same bytes, here or from the other process?"""
    with running_target(size) as target:
        race(COPY[way](target), rounds=10)


def _scan_of_own(memory: Region) -> Callable[[], int]:
    own = Process(os.getpid())
    return lambda: own.scan(NEEDLE, start=memory.address, end=memory.address + memory.size).scanned


OWN: dict[str, Callable[[Region], Callable[[], int]]] = {
    "bare": lambda memory: partial(bare.look_through, memory, 0xF7),
    "ntpages": _scan_of_own,
}


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", OWN)
def bench_scan_of_own_memory(race: Race, way: str, size: int) -> None:
    """How long does a scan of so many bytes of one's own take, against memchr on them?"""
    with Region(size) as memory:
        with memory.view() as view:
            view[:] = b"\x11" * size
        race(OWN[way](memory), rounds=5)


MATCHES = 3_000_000
WORD = b"\xf7match"


@pytest.mark.sizes(0, MATCHES)
@pytest.mark.parametrize("way", ["ntpages"])
def bench_scan_with_matches(race: Race, way: str, size: int) -> None:
    """How long does a scan of 256 MiB take where it finds so many matches?"""
    assert way == "ntpages"
    with running_target(256 << 20) as target:
        step = (256 << 20) // MATCHES
        block = (WORD + bytes(step - len(WORD))) * (size and (64 << 20) // step)
        for number in range(4):
            target.process.write(target.address + number * (64 << 20), block)
        start, end = target.address, target.address + target.size
        race(lambda: len(target.process.scan(WORD, start=start, end=end).matches), rounds=5)
