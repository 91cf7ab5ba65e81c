"""How fast are the sums over a heap?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ntpages import heaps

from .._bare import heaps as bare
from .filled import busy_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages.heaps import Heap
    from ntpages.table import Table

    from ..conftest import Race


def _count_walked(heap: Heap) -> Callable[[], Table]:
    walked = heap.walk()
    return lambda: heaps.histogram(walked)


WAYS: dict[str, Callable[[Heap], Callable[[], object]]] = {
    "bare": lambda heap: lambda: bare.walk(heap.address),
    "ntpages": lambda heap: heap.histogram,
    "ntpages, the walk": lambda heap: heap.walk,
    "ntpages, of a walk": _count_walked,
}


@pytest.mark.sizes(1_000_000, 1_000)
@pytest.mark.parametrize("way", WAYS)
def bench_histogram(race: Race, way: str, size: int, filled: Callable[[int], Heap]) -> None:
    """How many blocks of each size are in a heap with so many?"""
    race(WAYS[way](filled(size)), answer=busy_blocks)
