"""The columns of any listing: how they are headed, and what their cells say."""

from __future__ import annotations

from enum import Enum, Flag
from typing import Any

from ntpages.report.cells import address, count, moment, size
from ntpages.report.regions.map import protection

_ADDRESSES = {"address", "allocation_base", "first", "handle", "heap", "key", "last", "owner"}
_BITS = {"affinity", "flags", "traits"}
_COUNTS = {"allocations", "blocks", "processor_count", "region", "regions"}
_NUMBERS = {
    *("cycles", "faults", "group", "handles", "hard_faults", "number", "parent", "pattern", "pid"),
    *("session", "thread", "threads"),
}
_PROTECTIONS = {"allocation_protection", "protection"}
_TEXTS = {
    *("description", "driver", "encoding", "kind", "list", "name", "path", "state", "tag"),
    *("text", "type", "use"),
}
_UPWARDS = _TEXTS | _ADDRESSES
_FROM_THE_LEFT = _UPWARDS | _PROTECTIONS
_SHORT = {
    "working_set": "working set",
    "private_working_set": "private WS",
    "peak_working_set": "peak WS",
    "peak_commit": "peak commit",
    "paged_pool": "paged pool",
    "nonpaged_pool": "nonpaged",
    "hard_faults": "hard faults",
    "shared_commit": "shared commit",
    "cpu_time": "CPU",
    "hard_minimum": "hard min",
    "hard_maximum": "hard max",
    "minimum": "min WS",
    "maximum": "max WS",
    "processor_count": "processors",
}


def heading(column: str) -> str:
    """Return a column's name for people."""
    return _SHORT.get(column, column)


def is_text(column: str) -> bool:
    """Return whether a column is read from the left."""
    return column in _FROM_THE_LEFT


def is_size(column: str) -> bool:
    """Return whether a column's numbers are bytes."""
    others = {"cpu_time", "started"} | _BITS | _COUNTS | _NUMBERS
    return not is_text(column) and column not in others


def runs_upwards(column: str) -> bool:
    """Return whether a column is sorted upwards: words and addresses, where sizes go downwards."""
    return column in _UPWARDS


def cell(column: str, value: Any) -> str:  # noqa: PLR0911 (a form for each kind of value)
    """Return a cell for people."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum) and not isinstance(value, Flag):
        return str(value.value)
    if column in _ADDRESSES:
        return address(value)
    if column in _PROTECTIONS:
        return protection(value)
    if column in _BITS:
        return f"{int(value):#x}"
    if column == "started":
        return moment(value)
    if column == "cpu_time":
        return f"{value:.1f} s"
    if column in _NUMBERS:
        return str(value)
    return count(value) if column in _COUNTS else size(value)
