"""What only Windows can prove of heaps: that it tells those of another process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ntpages import heaps

if TYPE_CHECKING:
    from target import Target

pytestmark = pytest.mark.windows


def test_the_heaps_of_another_process_are_told_with_their_blocks(target: Target) -> None:
    found = heaps.walk_process(target.pid)
    known = {heap.address: heap for heap in found.heaps}
    assert {target["heap"], target["second_heap"]} <= {*known}
    assert known[target["heap"]].blocks > 0
    assert {*found.entries.column("heap")} <= {*known}
