"""Thousands of lives of every object leave nothing behind."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from reliability.operations import LIVES

if TYPE_CHECKING:
    from ntlab import Lab
    from reliability.operations import Operation

pytestmark = [pytest.mark.lab, pytest.mark.slow]

WARMING = 300  # what is made once and kept is made by then

# What may be more afterwards. A leak shows at least once per life: thousands of times.
BOUNDS = {
    "handles": (2, "an event that a lock of Python or of the system makes when first contended"),
    "allocations": (8, "Python's arenas come and go by the MiB"),
    "committed": (8 << 20, "those arenas, and heaps that grow in steps"),
    "views": (0, ""),
    "spans": (64, "pages that heaps commit one by one, each a span until its neighbour follows"),
    "heaps": (0, ""),
    "blocks": (200, "Python's caches, which are bounded"),
    "block_bytes": (1 << 20, "the same"),
}


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.name)
def test_thousands_of_lives_leave_nothing(lab: Lab, life: Operation) -> None:
    life.prepare(lab)
    for _ in range(WARMING):
        life.run()
    gc.collect()
    before = lab.footprint()
    for _ in range(life.cycles):
        life.run()
    gc.collect()
    growth = lab.footprint().growth_since(before)
    assert {name: more for name, more in growth.items() if more > BOUNDS.get(name, (0,))[0]} == {}
