"""The columns of processes: which of them are shown unless somebody says."""

from __future__ import annotations

_FIRST = ("pid", "name")
_USUAL = (
    *_FIRST,
    *("working_set", "private_working_set", "peak_working_set", "private"),
    *("commit", "faults", "hard_faults", "threads", "handles", "session"),
)
_LIMITS = ("accessible", "minimum", "maximum", "hard_minimum", "hard_maximum")


def usual(*, sort: str, limits: bool, full: bool) -> tuple[str, ...]:
    """Return which columns to show: behind whose they are, what was asked for, then the others."""
    asked = (*((sort,) if sort not in _USUAL else ()), *(_LIMITS if limits else ()))
    asked += ("shared_commit",) if full and sort != "shared_commit" else ()
    rest = (name for name in _USUAL if name not in _FIRST)
    return tuple(dict.fromkeys((*_FIRST, *asked, *rest)))
