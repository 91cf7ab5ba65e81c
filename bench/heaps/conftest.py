"""The heap that the walks are asked of."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from .filled import filled_heap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntpages.heaps import Heap


@pytest.fixture(scope="package")
def filled() -> Iterator[Callable[[int], Heap]]:
    """Fills a heap with so many blocks, and keeps it until another is wanted: that takes time."""
    kept: dict[int, Heap] = {}
    with ExitStack() as last:

        def fill(count: int) -> Heap:
            if count not in kept:
                kept.clear()
                last.close()
                kept[count] = last.enter_context(filled_heap(count))
            return kept[count]

        yield fill
