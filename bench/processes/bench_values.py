"""How fast are numbers followed in the memory of another process?"""

from __future__ import annotations

import os
import random
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.processes import Values

from .._bare import processes as bare
from .target import running_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..conftest import Race
    from .target import Target

VALUE = 0x7EA7_BEEF - 2**31  # in none of the pages of zeros
PLACES = 4
HUNDRED = [VALUE, *random.Random(3).choices(range(2**24, 2**31), k=99)]
"""Of which the block that fills the target has none."""


def _by_bare(target: Target) -> Callable[[], object]:
    """Copy the bytes, and do nothing with them: what Windows takes of it."""
    process, threads = bare.Process(target.pid), os.cpu_count() or 1

    def copy() -> int:
        process.read_through(target.address, target.size, threads)
        return PLACES

    return copy


def _by_ntpages(target: Target, **how: Any) -> Values:
    end = target.address + target.size
    return Values(target.process, kind="int32", start=target.address, end=end, **how)


def _by_pymemoryeditor(target: Target) -> Callable[[], object]:
    editor = pytest.importorskip("PyMemoryEditor")
    opened = editor.OpenProcess(pid=target.pid)
    return lambda: _inside(target, opened.search_by_value(int, 4, VALUE))


def _by_pymem(target: Target) -> Callable[[], object]:
    """As bytes, at any address: it knows no numbers."""
    pymem = pytest.importorskip("pymem")
    pattern = pytest.importorskip("pymem.pattern")
    handle = pymem.Pymem(target.pid).process_handle
    data = re.escape(VALUE.to_bytes(4, "little", signed=True))
    return lambda: _inside(target, pattern.pattern_scan_all(handle, data, return_multiple=True))


def _inside(target: Target, addresses: Iterable[int]) -> int:
    end = target.address + target.size
    return sum(target.address <= address < end for address in addresses)


FIRST: dict[str, Callable[[Target], Callable[[], object]]] = {
    "bare": _by_bare,
    "ntpages": lambda target: lambda: len(_by_ntpages(target, value=VALUE)),
    "ntpages, one thread": lambda target: lambda: len(_by_ntpages(target, value=VALUE, threads=1)),
    "ntpages, two threads": lambda target: lambda: len(_by_ntpages(target, value=VALUE, threads=2)),
    "ntpages, a hundred numbers": lambda target: lambda: len(_by_ntpages(target, value=HUNDRED)),
    "PyMemoryEditor": _by_pymemoryeditor,
    "pymem": _by_pymem,
}


def _placed(target: Target) -> None:
    for i in range(PLACES):
        number = VALUE.to_bytes(4, "little", signed=True)
        target.process.write(target.address + i * target.size // PLACES + 12340, number)


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", FIRST)
def bench_first_look(race: Race, way: str, size: int) -> None:
    """How long does it take to find four numbers in so many bytes?"""
    with running_target(size) as target:
        _placed(target)
        race(FIRST[way](target), rounds=2 if way.startswith("PyM") else 5)


LOW, HIGH = 3.0e30, 3.0e30 * (1 + 2**-20)


def _between_by_pymemoryeditor(target: Target) -> Callable[[], object]:
    editor = pytest.importorskip("PyMemoryEditor")
    opened = editor.OpenProcess(pid=target.pid)
    return lambda: _inside(target, opened.search_by_value_between(float, 8, LOW, HIGH))


BETWEEN: dict[str, Callable[[Target], Callable[[], object]]] = {
    "bare": _by_bare,
    "ntpages": lambda target: (
        lambda: len(
            Values(
                target.process,
                kind="float64",
                compare="between",
                value=(LOW, HIGH),
                start=target.address,
                end=target.address + target.size,
            )
        )
    ),
    "PyMemoryEditor": _between_by_pymemoryeditor,
}


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", BETWEEN)
def bench_first_look_between(race: Race, way: str, size: int) -> None:
    """How long does it take to find four floats between two in so many bytes?"""
    with running_target(size) as target:
        for i in range(PLACES):
            at = target.address + i * target.size // PLACES + 12344
            target.process.write_value(at, LOW, "float64")
        race(BETWEEN[way](target), rounds=2 if way == "PyMemoryEditor" else 5)


def _snapshot(target: Target) -> bare.Snapshot:
    return bare.Snapshot(bare.Process(target.pid), target.address, target.size)


UNKNOWN: dict[str, Callable[[Target], Callable[[], Any]]] = {
    "bare": lambda target: partial(
        bare.Process(target.pid).read_through, target.address, target.size, os.cpu_count() or 1
    ),
    "ntpages": lambda target: partial(_by_ntpages, target),
    "ntpages, one thread": lambda target: partial(_by_ntpages, target, threads=1),
    "ntpages, two threads": lambda target: partial(_by_ntpages, target, threads=2),
    "a copy": lambda target: partial(_snapshot, target),
}


def _kept(found: Any) -> str:
    if not isinstance(found, Values):
        return ""
    return f"{found.kept / (4 * len(found)):.2f} bytes kept of each"


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", UNKNOWN)
def bench_first_look_for_whatever_it_is(race: Race, way: str, size: int) -> None:
    """How long does it take to keep so many bytes to compare with, against copying them?"""
    with running_target(size) as target:
        race(
            UNKNOWN[way](target),
            answer=lambda found: 4 * len(found) if isinstance(found, Values) else _bytes(found),
            rounds=3,
            note=_kept,
        )


def _bytes(found: Any) -> int:
    return found if isinstance(found, int) else len(found)


CHANGED: dict[str, Callable[[Target], Callable[[], Callable[[], object]]]] = {
    "bare": lambda target: lambda: _by_bare(target),
    "ntpages": lambda target: lambda: partial(_by_ntpages(target).narrow, "changed"),
    "ntpages, one thread": lambda target: (
        lambda: partial(_by_ntpages(target, threads=1).narrow, "changed")
    ),
    "ntpages, two threads": lambda target: (
        lambda: partial(_by_ntpages(target, threads=2).narrow, "changed")
    ),
    "a copy": lambda target: lambda: _snapshot(target).changed,
}


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", [*CHANGED, "PyMemoryEditor"])
def bench_narrowing_to_what_changed(race: Race, way: str, size: int) -> None:
    """How long does it take to find the four numbers in so many bytes that changed?"""
    if way == "PyMemoryEditor":
        race.cannot("it follows addresses that it is given, each with a value of Python's")
    with running_target(size) as target:
        _placed(target)
        begin = CHANGED[way](target)

        def look() -> tuple[tuple[Callable[[], object]], dict[str, object]]:
            again = begin()
            for i in range(PLACES):
                at = target.address + i * target.size // PLACES + 12340
                target.process.write(at, os.urandom(4))
            return (again,), {}

        race(lambda again: again(), setup=look, rounds=3)
