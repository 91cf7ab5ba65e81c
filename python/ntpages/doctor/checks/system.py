"""Checks of the machine's numbers."""

from __future__ import annotations

from ntpages import system
from ntpages.doctor.checks.check import Room, Seen, lengths

_room = Room("system")
CHECKS = _room.checks

_PERFORMANCE = 2
_MEMORY_USAGE = 182


@_room.check()
def performance_lengths() -> Seen:
    """312, 344 or 376 bytes, as the version of Windows has it."""
    return lengths(_PERFORMANCE, (312, 344, 376), longest=512)


@_room.check()
def memory_usage_length() -> Seen:
    """56 bytes."""
    return lengths(_MEMORY_USAGE, (56,), longest=128)


@_room.check()
def totals() -> Seen:
    """Available <= total <= installed, committed <= peak, committed <= limit."""
    memory = system.memory()
    holds = memory.available <= memory.total <= (memory.installed or memory.total)
    holds = holds and memory.committed <= memory.commit_limit
    holds = holds and memory.committed <= memory.commit_peak
    numbers = (
        f"available {memory.available}, total {memory.total}, installed {memory.installed}, "
        f"committed {memory.committed}, peak {memory.commit_peak}, limit {memory.commit_limit}"
    )
    return Seen(holds, numbers)


@_room.check()
def page_files() -> Seen:
    """Each page file uses no more than its size, and is no larger than its maximum."""
    files = system.pagefiles()
    holds = all(file.used <= file.size <= (file.maximum or file.size) for file in files)
    return Seen(holds, "; ".join(f"{f.used} of {f.size}, at most {f.maximum}" for f in files))
