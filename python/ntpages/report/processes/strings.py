"""Text in memory, and how the search for it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ntpages.report import consoles
from ntpages.report.cells import address, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def string_lines(found: Iterable[Any]) -> Iterator[str]:
    """Yield texts as lines below their headings: there may be millions, as they come."""
    width = consoles.data().width

    def line(place: str, encoding: str, text: str) -> str:
        return f"{place:<14}  {encoding:<8}  {text}"[:width].rstrip()

    yield line("address", "encoding", "text")
    for each in found:
        yield line(address(each.address), each.encoding, each.text.replace("\t", " "))


def verdict(result: Any) -> str:
    """Return how the search went, in a sentence."""
    words = f"{len(result.strings)} texts in {size(result.scanned)}"
    if not result.complete:
        words += ", stopped at the limit (--limit)"
    return words + "."
