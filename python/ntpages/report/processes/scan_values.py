"""Values that looks have left, and how the last one went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.report import consoles
from ntpages.report.cells import address, count, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ntpages.processes import Values


_LONGEST = 40  # characters of a text


def value_lines(found: Iterable[tuple[int, str, float | str | bytes]]) -> Iterator[str]:
    """Yield values as lines below their headings.

    Args:
        found: The address of each, where that is in words, and the number, text or bytes.
    """
    width = consoles.data().width

    def line(place: str, value: str, where: str) -> str:
        return f"{place:<14}  {value:>24}  {where}"[:width].rstrip()

    yield line("address", "value", "place")
    for at, where, value in found:
        yield line(address(at), _shown(value), where if "+" in where else "")


def _shown(value: float | str | bytes) -> str:
    if isinstance(value, bytes):
        value = value.hex(" ")
    if not isinstance(value, str):
        return f"{value}"
    shown = "".join(each if each.isprintable() else "." for each in value)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def verdict(values: Values, shown: int, seconds: float) -> str:
    """Return how the look went, in sentences.

    Args:
        values: What is left.
        shown: How many of them were printed.
        seconds: How long it took.
    """
    words = f"{count(len(values))} of {values.kind} left, kept in {size(values.kept)}"
    if shown < len(values):
        words += f"; the first {count(shown)} are shown (--limit)"
    words += f". Looked at {size(values.scanned)}"
    if seconds > 0:
        words += f" in {seconds:.2f} s, {size(round(values.scanned / seconds))}/s"
    holes = sum(values.holes.column("size"))
    return words + (f"; {size(holes)} could not be read." if holes else ".")
