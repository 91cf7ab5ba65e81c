"""The checks: one module for each noun, in the order in which they run."""

from __future__ import annotations

from ntpages.doctor.checks import (
    awe,
    consoles,
    guard,
    heaps,
    memory_lists,
    numa,
    partitions,
    physical,
    privileges,
    processes,
    regions,
    sections,
    sparse,
    system,
    working_sets,
    write_watch,
)
from ntpages.doctor.checks.check import Check, NotHereError

__all__ = ["CHECKS", "Check", "NotHereError"]

_ROOMS = (
    system,
    privileges,
    memory_lists,
    physical,
    regions,
    sections,
    sparse,
    write_watch,
    awe,
    numa,
    partitions,
    heaps,
    processes,
    working_sets,
    guard,
    consoles,
)

CHECKS: tuple[Check, ...] = tuple(check for room in _ROOMS for check in room.CHECKS)
"""All of them. Those that change the machine say how."""
