"""How fast are the heaps of a process walked, by its id?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import heaps
from ntpages.errors import UnavailableError

from .._bare import heaps as bare
from .filled import busy_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages.heaps import Heap
    from ntpages.table import Table

    from ..conftest import Race


def _of_process(heap: Heap, **how: Any) -> Callable[[], Table]:
    def rows() -> Table:
        entries = heaps.walk_process(os.getpid(), timeout=600, **how).entries
        return entries.where([each == heap.address for each in entries.column("heap")])

    return rows


WAYS: dict[str, Callable[[Heap], Callable[[], object]]] = {
    "bare": lambda heap: lambda: bare.walk(heap.address),
    "ntpages": _of_process,
    "toolhelp": lambda heap: _of_process(heap, method="toolhelp"),
}


@pytest.mark.sizes(1_000, 10_000, 100_000, 1_000_000)
@pytest.mark.parametrize("way", WAYS)
def bench_walk_process(race: Race, way: str, size: int, filled: Callable[[int], Heap]) -> None:
    """What is in a heap with so many blocks, asked of a process by its id?"""
    if way == "toolhelp" and size > 1000:
        race.cannot("it asks Windows for the whole list again for every block")
    try:
        race(WAYS[way](filled(size)), answer=busy_blocks)
    except UnavailableError as refused:
        race.cannot(f"{refused.call}: not on this Windows")
