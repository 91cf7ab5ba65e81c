"""Regions: address space you reserve, commit page by page, protect, lock, and give back.

A ``Region`` is memory of your own straight from the system, and a buffer. ``walk()`` shows
the whole address space of a process, whoever it belongs to.

Source: https://learn.microsoft.com/windows/win32/memory/about-memory-management
"""

from __future__ import annotations

from ntpages._native.regions import Attribute, OfferPriority, Protection
from ntpages.regions.large_pages import Attempt, LargePageStatus, Obstacle, large_page_status
from ntpages.regions.placeholder import Placeholder
from ntpages.regions.prefetch import prefetch
from ntpages.regions.range import Range
from ntpages.regions.region import ProtectedRange, Region, SpanRow
from ntpages.regions.totals import AllocationTotal, UseTotal, totals
from ntpages.regions.walk import RegionRow, ResidentRegionRow, State, Traits, Type, Use, walk

__all__ = [
    "AllocationTotal",
    "Attempt",
    "Attribute",
    "LargePageStatus",
    "Obstacle",
    "OfferPriority",
    "Placeholder",
    "ProtectedRange",
    "Protection",
    "Range",
    "Region",
    "RegionRow",
    "ResidentRegionRow",
    "SpanRow",
    "State",
    "Traits",
    "Type",
    "Use",
    "UseTotal",
    "large_page_status",
    "prefetch",
    "totals",
    "walk",
]

__dir__ = __all__.copy
