"""The limits of working sets as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from ntpages.report.cells import size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from ntpages.working_sets import Limits


@dataclass(frozen=True, slots=True)
class LimitsLine:
    """A process, and the limits of its working set."""

    pid: int
    name: str
    working_set: int
    before: Limits
    limits: Limits
    """Those that hold now, or would."""

    @property
    def minimum(self) -> int:
        """Of ``limits``, in bytes, as all that follow."""
        return self.limits.minimum

    @property
    def maximum(self) -> int:
        """The most."""
        return self.limits.maximum

    @property
    def hard_minimum(self) -> bool:
        """Whether the least is kept in any case."""
        return self.limits.hard_minimum

    @property
    def hard_maximum(self) -> bool:
        """Whether the most is."""
        return self.limits.hard_maximum


def limits_table(lines: Iterable[LimitsLine], *, changed: bool) -> Table:
    """Return the limits of each process; what is hard says so; where ``changed``, those before."""
    before = map(number, ("min before", "max before") if changed else ())
    shown = table(
        number("pid"), line("name"), number("working set"), *before, number("min"), number("max")
    )
    for each in lines:
        both = (each.before, each.limits) if changed else (each.limits,)
        cells = [cell for limits in both for cell in _cells(limits)]
        shown.add_row(str(each.pid), Text(each.name), size(each.working_set), *cells)
    return shown


def _cells(limits: Limits) -> tuple[str, str]:
    return (
        f"{size(limits.minimum)}{' hard' if limits.hard_minimum else ''}",
        f"{size(limits.maximum)}{' hard' if limits.hard_maximum else ''}",
    )
