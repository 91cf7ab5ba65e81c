"""What only Windows can prove of address spaces, and of memory that is offered."""

from __future__ import annotations

import sys

import pytest

from ntpages import regions
from ntpages.heaps import Heap
from ntpages.regions import Region, Traits, Use

pytestmark = pytest.mark.windows

PAGE = 4096


def test_the_kernel_says_how_an_allocation_came_to_be() -> None:
    with Region(PAGE) as region:
        rows = {row.address: row for row in regions.walk()}
        assert rows[region.address].traits & Traits.PRIVATE
    program = [row for row in rows.values() if row.name.lower() == sys.executable.lower()]
    assert program
    assert all(row.traits & Traits.MAPPED_IMAGE for row in program)


def test_every_heap_is_found_by_way_of_the_peb() -> None:
    with Heap.create() as heap:
        uses = {row.address: row.use for row in regions.walk()}
        assert uses[heap.address] is Use.HEAP


def test_memory_that_was_offered_and_not_needed_comes_back_as_it_was() -> None:
    with Region(2 * PAGE) as region:
        region.view()[:] = bytes(range(256)) * 32
        region.offer()
        kept = region.reclaim()
        assert kept == (bytes(region.view()) == bytes(range(256)) * 32)
