"""The columns of processes: which are shown, how they are headed, and what their cells say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ntpages.report.cells import moment, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ntpages.table import Table

_USUAL = (
    *("pid", "name", "working_set", "private_working_set", "peak_working_set", "private"),
    *("commit", "faults", "hard_faults", "threads", "handles", "session"),
)
_LIMITS = ("accessible", "minimum", "maximum", "hard_minimum", "hard_maximum")
_COUNTS = {"pid", "parent", "faults", "hard_faults", "threads", "handles", "session", "cycles"}
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
}


def chosen(
    wanted: tuple[str, ...] | None, *, every: bool, limits: bool, full: bool
) -> tuple[str, ...] | None:
    """Return which columns to show; None for all there are."""
    if every:
        return None
    return wanted or _USUAL + (("shared_commit",) if full else ()) + (_LIMITS if limits else ())


def objects(processes: Table, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return these columns of each process, for a document."""
    return [{name: getattr(row, name) for name in columns} for row in processes]


def heading(column: str) -> str:
    """Return a column's name for people."""
    return _SHORT.get(column, column)


def is_text(column: str) -> bool:
    """Return whether a column is read from the left."""
    return column == "name"


def cell(column: str, value: Any) -> str:
    """Return a cell for people."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column == "started":
        return moment(value)
    if column == "cpu_time":
        return f"{value:.1f} s"
    return str(value) if column in _COUNTS else size(value)
