"""Matches of a scan, and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from ntpages.report.cells import address, size
from ntpages.report.processes.read import visible
from ntpages.report.tables import line, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from ntpages.processes import ScanResult


@dataclass(frozen=True, slots=True)
class Match:
    """What was found, and the memory around it."""

    address: int
    encoding: str
    """Empty where there is but one."""
    around: bytes


def matches_table(found: Sequence[Match]) -> Table:
    """Return matches as a table."""
    named = any(each.encoding for each in found)
    shown = table("address", *(["encoding"] if named else []), line("around"))
    for each in found:
        encoding = [each.encoding] if named else []
        shown.add_row(*map(Text, (address(each.address), *encoding, visible(each.around))))
    return shown


def verdict(result: ScanResult) -> str:
    """Return how the scan went, in a sentence."""
    words = f"{len(result.matches)} matches in {size(result.scanned)}"
    if not result.complete:
        words += ", stopped at the limit"
    holes = sum(result.holes.column("size"))
    if holes:
        words += f"; {size(holes)} in {len(result.holes)} holes could not be read"
    return words + "."
