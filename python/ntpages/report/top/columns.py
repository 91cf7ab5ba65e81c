"""The columns of ``ntpages top``: those of ``ntpages ps``, and what changes from look to look."""

from __future__ import annotations

from typing import Any

from ntpages.report import columns as listed
from ntpages.report.cells import size

FROZEN = ("name", "pid")
"""Always there, at the left."""

USUAL = (
    *("working_set", "working_set_change", "private_working_set", "private"),
    *("hard_faults_rate", "cpu", "threads", "handles", "session"),
)
"""What is shown to who has not chosen."""

_HEADINGS = {
    "working_set_change": "change",
    "faults_rate": "faults/s",
    "hard_faults_rate": "hard/s",
    "cpu": "CPU",
    "cpu_time": "CPU time",
}
_MEANINGS = {
    "working_set": "Physical memory that it has at hand",
    "working_set_change": "What the working set grew by since the last look",
    "private_working_set": "The part of it that no other process shares",
    "peak_working_set": "The largest working set it ever had",
    "private": "Memory that only it can use, in memory or paged out",
    "commit": "What it is charged for",
    "peak_commit": "The most it was ever charged for",
    "virtual": "Address space in use",
    "paged_pool": "The kernel's paged pool that it is charged for",
    "nonpaged_pool": "The kernel's nonpaged pool that it is charged for",
    "faults": "Page faults so far",
    "faults_rate": "Page faults each second",
    "hard_faults": "Page faults so far that went to the disk",
    "hard_faults_rate": "Page faults each second that went to the disk",
    "threads": "Threads",
    "handles": "Handles",
    "session": "Session",
    "parent": "The process that started it",
    "started": "When it was started",
    "cpu_time": "Processor time so far",
    "cpu": "Processor time, 100 % is one processor",
    "cycles": "Processor cycles so far",
    "accessible": "Whether it can be opened",
    "minimum": "The least its working set is kept at",
    "maximum": "The most its working set may grow to",
    "hard_minimum": "Whether that holds when memory is short",
    "hard_maximum": "Whether that holds when there is plenty",
}


def heading(column: str) -> str:
    """Return a column's name for people."""
    return _HEADINGS.get(column) or listed.heading(column)


def meaning(column: str) -> str:
    """Return what a column says, in a line; empty for one that says it all by its name."""
    return _MEANINGS.get(column, "")


def is_text(column: str) -> bool:
    """Return whether a column is read from the left."""
    return listed.is_text(column)


def cell(column: str, value: Any) -> str:
    """Return a cell for people."""
    if column == "working_set_change":
        return size(value, signed=True) if value else ""
    if column in {"faults_rate", "hard_faults_rate"}:
        return f"{value:,.0f}" if value else ""
    if column == "cpu":
        return f"{value:.1f} %" if value >= 0.05 else ""
    return listed.cell(column, value)


def known(names: tuple[str, ...], there: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of these columns that there are, without the frozen ones, each once."""
    return tuple(dict.fromkeys(each for each in names if each in there and each not in FROZEN))
