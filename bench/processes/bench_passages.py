"""How fast is a regular expression found in the memory of another process?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from .target import running_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Race
    from .target import Target

REGEX = rb"\xf7key=[0-9]{4,8};"
WORDS = b"\xf7key=65536;"
PLACES = 4


def _by_pymem(target: Target) -> Callable[[], object]:
    pymem = pytest.importorskip("pymem")
    pattern = pytest.importorskip("pymem.pattern")
    opened = pymem.Pymem(target.pid)
    return lambda: pattern.pattern_scan_all(opened.process_handle, REGEX, return_multiple=True)


def _by_pymemoryeditor(target: Target) -> Callable[[], object]:
    editor = pytest.importorskip("PyMemoryEditor")
    opened = editor.OpenProcess(pid=target.pid)
    return lambda: list(opened.search_by_pattern(re.compile(REGEX), byte_length=len(WORDS)))


def _by_ntpages(target: Target) -> Callable[[], object]:
    return lambda: target.process.search(REGEX).matches.column("address").tolist()


WAYS: dict[str, Callable[[Target], Callable[[], object]]] = {
    "ntpages": _by_ntpages,
    "pymem": _by_pymem,
    "PyMemoryEditor": _by_pymemoryeditor,
}


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", WAYS)
def bench_search(race: Race, way: str, size: int) -> None:
    """How long does it take to find four matches of an expression in so many bytes?"""
    with running_target(size) as target:
        for i in range(PLACES):
            target.process.write(target.address + i * size // PLACES + 12345, WORDS)
        race(
            WAYS[way](target),
            answer=lambda found: [
                address - target.address for address in found if address >= target.address
            ],
            rounds=3,
        )
