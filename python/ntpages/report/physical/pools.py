"""The kernel's pools by tag: what is in use, and what was added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from ntpages.report.cells import count, size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.table import Table

    from ntpages.physical import PoolRow, PoolTag

_WRAP = 2**32  # counts of allocations have 32 bits


@dataclass(frozen=True, slots=True)
class PoolLine:
    """What is in use under one tag; between two looks, what was added. Bytes and allocations."""

    tag: str
    paged: int
    nonpaged: int
    allocations: int
    driver: str
    description: str

    @property
    def total(self) -> int:
        """Bytes in both pools."""
        return self.paged + self.nonpaged


def lines(
    now: Iterable[PoolRow], before: Iterable[PoolRow] | None, tags: Mapping[str, PoolTag]
) -> list[PoolLine]:
    """Return what is in use by tag, the most first, or what changed since an earlier look.

    Args:
        now: The last look.
        before: The earlier one; ``None`` where there is none.
        tags: Whose tags are known.
    """
    old = {each.tag: each for each in before or ()}
    found = []
    for each in now:
        earlier = old.get(each.tag)
        driver, description = tags.get(each.tag, ("", ""))
        added = PoolLine(
            tag=each.tag,
            paged=each.paged - (earlier.paged if earlier else 0),
            nonpaged=each.nonpaged - (earlier.nonpaged if earlier else 0),
            allocations=_live(each) - (_live(earlier) if earlier else 0),
            driver=driver,
            description=description,
        )
        if before is None or added.paged or added.nonpaged:
            found.append(added)
    return sorted(found, key=lambda each: (-each.total, each.tag))


def _live(row: PoolRow) -> int:
    paged = row.paged_allocations - row.paged_frees
    return paged % _WRAP + (row.nonpaged_allocations - row.nonpaged_frees) % _WRAP


def pools_table(found: Sequence[PoolLine], *, growth: bool) -> Table:
    """Return tags with what is in use, or what was added, and whose they are."""
    headings = ("total", "paged", "nonpaged", "allocations")
    shown = table(line("tag"), *map(number, headings), line("driver"), "what for")
    for each in found:
        shown.add_row(
            Text(each.tag),
            size(each.total, signed=growth),
            size(each.paged, signed=growth),
            size(each.nonpaged, signed=growth),
            count(each.allocations),
            Text(each.driver),
            Text(each.description),
        )
    return shown
