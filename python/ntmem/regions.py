"""Regions: address space you reserve, commit page by page, protect, lock, and give back.

A ``Region`` is memory of your own straight from the system, and a buffer. ``walk()`` shows
the whole address space of a process, whoever it belongs to.

Source: https://learn.microsoft.com/windows/win32/memory/about-memory-management
"""

from __future__ import annotations

from ntmem._large_pages import Attempt, LargePageStatus, Obstacle, large_page_status
from ntmem._native import Attribute, OfferPriority, Protection
from ntmem._placeholder import Placeholder
from ntmem._ranges import Range
from ntmem._region import ProtectedRange, Region
from ntmem._walk import State, Traits, Type, Use, walk

__all__ = [
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
    "State",
    "Traits",
    "Type",
    "Use",
    "large_page_status",
    "walk",
]
