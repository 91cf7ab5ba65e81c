from dataclasses import dataclass

from ntpages._native.table import Table

@dataclass(frozen=True)
class Limits:
    """Between what sizes Windows keeps a working set. Bytes."""

    minimum: int
    """What it keeps, as a rule."""
    maximum: int
    """What it grows to, as a rule."""
    hard_minimum: bool
    """Whether the minimum holds also when memory is short."""
    hard_maximum: bool
    """Whether the maximum holds also when there is plenty."""

def working_set_limits(pid: int) -> Limits: ...
def set_working_set_limits(
    pid: int,
    minimum: int | None,
    maximum: int | None,
    hard_minimum: bool | None,
    hard_maximum: bool | None,
) -> Limits: ...
def empty_working_set(pid: int, since: float | None = None) -> None: ...
def empty_working_set_by_limits(pid: int) -> None: ...
def working_set_pages(pid: int, start: int, end: int, valid_only: bool) -> Table: ...
