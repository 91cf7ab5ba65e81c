"""What changed between two maps of an address space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from ntpages.report.cells import address, size
from ntpages.report.tables import number, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table


@dataclass(frozen=True, slots=True)
class Difference:
    """A range of addresses that is not what it was."""

    address: int
    size: int
    before: str
    """What it was, in a few words."""
    after: str
    state_before: str
    state_after: str
    use_before: str
    use_after: str


@dataclass(frozen=True, slots=True)
class Total:
    """How much more, or less, of one kind there is. Bytes."""

    use: str
    state: str
    change: int


def totals_table(totals: Sequence[Total]) -> Table:
    """Return how much more, or less, of each kind there is."""
    shown = table("use", "state", number("change"), title="Change")
    for each in totals:
        shown.add_row(each.use, each.state, size(each.change, signed=True))
    return shown


def differences_table(differences: Sequence[Difference]) -> Table:
    """Return every range that changed."""
    shown = table("address", number("size"), "before", "after")
    for each in differences:
        shown.add_row(address(each.address), size(each.size), Text(each.before), Text(each.after))
    return shown
