"""An address space as tables: what it is used for, and region by region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.measure import Measurement
from rich.text import Text

from ntpages.report.cells import address, bar, count, size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console, ConsoleOptions
    from rich.table import Table

# winnt.h: PAGE_*. The lowest byte holds one of these, the others are added to it.
_ACCESS = {
    0x01: "---",
    0x02: "R",
    0x04: "RW",
    0x08: "RC",
    0x10: "X",
    0x20: "RX",
    0x40: "RWX",
    0x80: "RCX",
}
_ADDED = {0x100: "guard", 0x200: "nocache", 0x400: "combine"}
_USUAL = {"PRIVATE", "MAPPED_DATA_FILE", "MAPPED_IMAGE", "MAPPED_PAGE_FILE"}
"""Traits that say what the use says already."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one use takes of an address space. Sizes in bytes."""

    use: str
    regions: int
    size: int
    committed: int
    reserved: int
    """Without memory behind."""
    largest: int
    """The largest of its regions."""


def summary_table(parts: Sequence[Part]) -> Table:
    """Return the parts, with bars for what is committed, and their sum without free space."""
    numbers = ("regions", "size", "committed", "reserved", "largest")
    shown = table(line("use"), *map(number, numbers), line())
    taken = [part for part in parts if part.use != "free"]
    committed = sum(part.committed for part in taken)
    for part in parts:
        free = part.use == "free"
        shown.add_row(
            part.use,
            count(part.regions),
            size(part.size),
            "" if free else size(part.committed),
            "" if free else size(part.reserved),
            size(part.largest),
            bar(part.committed, committed, width=12),  # so that all fits into 80 columns
            style="dim" if free else None,
        )
    shown.add_row(
        "all but free",
        count(sum(part.regions for part in taken)),
        size(sum(part.size for part in taken)),
        size(committed),
        size(sum(part.reserved for part in taken)),
        size(max((part.largest for part in taken), default=0)),
        style="bold",
    )
    return shown


def regions_table(regions: Iterable[Any]) -> Table:
    """Return a line for each region; a second one of the same allocation is indented."""
    shown = table(
        line("address"), number("size"), *map(line, ("state", "protection", "use")), "name"
    )
    for row in regions:
        free = row.state.value == "free"
        first = free or row.address == row.allocation_base
        shown.add_row(
            f"{'' if first else '  '}{address(row.address)}",
            size(row.size),
            row.state.value,
            protection(row.protection),
            f"{row.use.value} {row.thread}" if row.thread else row.use.value,
            _Name(_details(row)),
            style="dim" if free else None,
        )
    return shown


class _Name:
    """A file's name on one line: where there is no room for all of it, its last folders."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        length = cell_len(self._text)
        return Measurement(min(length, 16), length).with_maximum(options.max_width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        yield Text(shortened(self._text, options.max_width), no_wrap=True, overflow="crop")


def shortened(path: str, width: int) -> str:
    """Return the end of a path, from some folder on, in at most ``width`` cells."""
    if cell_len(path) <= width:
        return path
    start = next(
        (
            at
            for at, letter in enumerate(path)
            if letter == "\\" and cell_len(path[at:]) <= width - 3
        ),
        len(path) - max(width - 3, 0),
    )
    return f"...{path[start:]}"


def protection(bits: int) -> str:
    """Return page protection in letters: read, write, copy on write, execute."""
    words = [_ACCESS[bits & 0xFF]] if bits & 0xFF in _ACCESS else []
    words += [word for bit, word in _ADDED.items() if bits & bit]
    return " ".join(words)


def _details(row: Any) -> str:
    """The file's name, and where an allocation starts what is unusual about it."""
    if row.address != row.allocation_base:
        return str(row.name)
    traits = [trait.name for trait in type(row.traits) if trait & row.traits]
    unusual = [name.lower() for name in traits if name not in _USUAL]
    return " ".join([row.name, *unusual]).strip()
