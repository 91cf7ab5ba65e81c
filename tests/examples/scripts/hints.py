# lab: regions
"""Offer, reclaim, discard, prefetch, reset and its undoing."""

from __future__ import annotations

from ntpages.regions import OfferPriority, Region, prefetch

with Region(1 << 16) as region:
    region.view()[:5] = b"hello"
    region.offer(priority=OfferPriority.LOW)
    print(f"reclaimed, content kept: {region.reclaim()}")
    region.reset()  # MEM_RESET
    print(f"undone, content kept: {region.undo_reset()}")  # MEM_RESET_UNDO
    region.prefetch([(0, 4096), (1 << 15, 4096)])
    prefetch(region.view(0, 4096), b"and whatever else lends its memory")
    region.discard()
    print("discarded: what it holds is undefined, and it is committed still")
    assert region.committed == 1 << 16
