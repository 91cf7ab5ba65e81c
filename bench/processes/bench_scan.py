"""How fast is the memory of another process scanned?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

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


SCAN: dict[str, Callable[[Target], Callable[[], object]]] = {
    "ntpages": lambda target: (
        lambda: target.process.scan(NEEDLE).matches.column("address").tolist()
    ),
    "pymem": _scan_by_pymem,
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
            rounds=3 if way == "pymem" else 10,
        )


COPY: dict[str, Callable[[Target], Callable[[], int]]] = {
    "bare": lambda target: partial(
        bare.Process(target.pid).read_through, target.address, target.size
    ),
    "ntpages": lambda target: (
        lambda: (
            target.process.scan(
                NEEDLE, start=target.address, end=target.address + target.size
            ).scanned
        )
    ),
    "memory": lambda target: partial(bare.copy_through, b"\xff" * target.size),
}


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", COPY)
def bench_scan_against_copying(race: Race, way: str, size: int) -> None:
    """How long does a scan take against copying the same bytes, here or from the other process?"""
    with running_target(size) as target:
        race(COPY[way](target), rounds=10)
