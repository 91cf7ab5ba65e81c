"""How fast is the memory of another process scanned?"""

from __future__ import annotations

import os
import re
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


def _needles(count: int) -> Pattern:
    each = (Pattern.exactly(b"\xf7%d" % i).needles for i in range(count))
    return Pattern(tuple(needle for needles in each for needle in needles))


COPY: dict[str, Callable[[Target], Callable[[], int]]] = {
    "bare": _copied(ALL),
    "bare, one thread": _copied(1),
    "ntpages": _scanned(NEEDLE, None),
    "ntpages, one thread": _scanned(NEEDLE, 1),
    "ntpages, two threads": _scanned(NEEDLE, 2),
    "ntpages, a hundred needles": _scanned(_needles(100), None),
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


def _read_of_own(memory: Region) -> Callable[[], int]:
    own = bare.Process(os.getpid())
    return partial(own.read_through, memory.address, memory.size, ALL)


OWN: dict[str, Callable[[Region], Callable[[], int]]] = {
    "bare": _read_of_own,
    "ntpages": _scan_of_own,
    "memchr": lambda memory: partial(bare.look_through, memory, 0xF7),
}


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", OWN)
def bench_scan_of_own_memory(race: Race, way: str, size: int) -> None:
    """How long does a scan of so many bytes of one's own take, against reading them as safely?"""
    with Region(size) as memory:
        with memory.view() as view:
            view[:] = b"\x11" * size
        race(OWN[way](memory))


# ---- What it depends on --------------------------------------------------------------------------

HAYSTACK = 64 << 20


def _needles_by_ntpages(target: Target, needles: list[bytes]) -> Callable[[], int]:
    pattern = Pattern(tuple(Pattern.exactly(each).needles[0] for each in needles))
    begin, end = target.address, target.address + target.size
    return lambda: len(target.process.scan(pattern, start=begin, end=end).matches)


def _needles_by_pymem(target: Target, needles: list[bytes]) -> Callable[[], int]:
    pymem = pytest.importorskip("pymem")
    pattern = pytest.importorskip("pymem.pattern")
    handle, either = pymem.Pymem(target.pid).process_handle, b"|".join(needles)
    end = target.address + target.size

    def count() -> int:
        found = pattern.pattern_scan_all(handle, either, return_multiple=True)
        return sum(target.address <= address < end for address in found)

    return count


def _needles_by_pymemoryeditor(target: Target, needles: list[bytes]) -> Callable[[], int]:
    editor = pytest.importorskip("PyMemoryEditor")
    opened, either = editor.OpenProcess(pid=target.pid), re.compile(b"|".join(needles))
    end = target.address + target.size

    def count() -> int:
        found = opened.search_by_pattern(either, byte_length=len(needles[0]))
        return sum(target.address <= address < end for address in found)

    return count


def _needles_by_nobody(target: Target, needles: list[bytes]) -> Callable[[], int]:
    """Read all, and leave the search to others."""
    copy = _copied(ALL)(target)
    return lambda: len(needles) * (copy() == target.size)


SOUGHT: dict[str, Callable[[Target, list[bytes]], Callable[[], int]]] = {
    "bare": _needles_by_nobody,
    "ntpages": _needles_by_ntpages,
    "pymem": _needles_by_pymem,
    "PyMemoryEditor": _needles_by_pymemoryeditor,
}


@pytest.mark.sizes(100, 1, 10, 1_000)
@pytest.mark.parametrize("way", SOUGHT)
def bench_scan_for_many_needles(race: Race, way: str, size: int) -> None:
    """How long does it take to find each of so many needles in 64 MiB?"""
    needles = [b"\xf7needle %04d" % number for number in range(size)]
    with running_target(HAYSTACK) as target:
        for number, needle in enumerate(needles):
            target.process.write(target.address + number * 4096 + 100, needle)
        race(SOUGHT[way](target, needles), rounds=5 if way in {"bare", "ntpages"} else 2)


MATCHES = 3_000_000
MATCHED = 256 << 20
WORD = b"\xf7match"


@pytest.mark.sizes(MATCHES, 0, 3_000, 300_000)
@pytest.mark.parametrize("way", ["bare", "ntpages"])
def bench_scan_with_matches(race: Race, way: str, size: int) -> None:
    """How long does a scan of 256 MiB take where it finds so many matches?"""
    with running_target(MATCHED) as target:
        if size:
            step = MATCHED // size
            block = (WORD + bytes(step - len(WORD))) * (size // 4)
            for number in range(4):
                target.process.write(target.address + number * (MATCHED // 4), block)
        race(_copied(ALL)(target) if way == "bare" else _scanned(WORD, None)(target))
