"""Matches of a scan, and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ntpages.report import consoles
from ntpages.report.cells import address, size
from ntpages.report.processes.read import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ntpages.processes import ScanResult, SearchResult


@dataclass(frozen=True, slots=True)
class Match:
    """What was found, and the memory around it."""

    address: int
    encoding: str
    """Empty where there is but one."""
    around: bytes
    place: str
    """The address by its module; empty where it lies in none."""


def match_lines(found: Iterable[Match], encodings: Sequence[str]) -> Iterator[str]:
    """Yield matches as lines below their headings: there may be millions, as they come.

    Args:
        found: The matches.
        encodings: The names of all that they may be of, empty ones where they have none.
    """
    width = consoles.data().width
    widest = max(map(len, ("encoding", *encodings))) if any(encodings) else 0

    def line(at: str, encoding: str, around: str, place: str) -> str:
        head = f"{at:<14}  " + (f"{encoding:<{widest}}  " if widest else "")
        room = width - len(head) - (len(place) + 2 if place else 0)
        return f"{head}{around[: max(room, 0)]}  {place}"[:width].rstrip()

    yield line("address", "encoding", "around", "place")
    for each in found:
        yield line(address(each.address), each.encoding, visible(each.around), each.place)


def verdict(result: ScanResult | SearchResult) -> str:
    """Return how the scan went, in a sentence."""
    words = f"{len(result.matches)} matches in {size(result.scanned)}"
    if not result.complete:
        words += ", stopped at the limit (--limit)"
    holes = sum(result.holes.column("size"))
    if holes:
        words += f"; {size(holes)} in {len(result.holes)} holes could not be read"
    return words + "."
