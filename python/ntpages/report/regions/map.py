"""An address space as tables: what it is used for, and region by region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from ntpages.regions import State, Traits, Use
from ntpages.report import bar, size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions

    from ntpages.table import Table

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
_USUAL = (  # what the use says already
    Traits.PRIVATE | Traits.MAPPED_DATA_FILE | Traits.MAPPED_IMAGE | Traits.MAPPED_PAGE_FILE
)
_ADDED = {0x100: "guard", 0x200: "nocache", 0x400: "combine"}


@dataclass(frozen=True, slots=True)
class Part:
    """What one use takes of an address space. Sizes in bytes."""

    use: Use
    regions: int
    size: int
    committed: int
    reserved: int
    """Without memory behind."""
    largest: int
    """The largest of its regions."""


def summarize(table: Table) -> list[Part]:
    """Return a part for each use that occurs, in the order of ``ntpages.regions.Use``."""
    sizes: dict[tuple[str, str], list[int]] = {}
    columns = (table.column(name) for name in ("use", "state", "size"))
    for use, state, extent in zip(*columns, strict=True):
        sizes.setdefault((use, state), []).append(extent)
    parts = []
    for use in Use:
        by_state = {state: sizes.get((use.value, state.value), []) for state in State}
        every = [extent for found in by_state.values() for extent in found]
        if every:
            committed, reserved = sum(by_state[State.COMMIT]), sum(by_state[State.RESERVE])
            parts.append(Part(use, len(every), sum(every), committed, reserved, max(every)))
    return parts


def summary_table(parts: Sequence[Part]) -> RichTable:
    """Return the parts, with bars for what is committed, and their sum without free space."""
    table = RichTable(box=None, pad_edge=False)
    table.add_column("use", no_wrap=True)
    for name in ("regions", "size", "committed", "reserved", "largest"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    taken = [part for part in parts if part.use is not Use.FREE]
    committed = sum(part.committed for part in taken)
    for part in parts:
        free = part.use is Use.FREE
        table.add_row(
            part.use.value,
            f"{part.regions:,}",
            size(part.size),
            "" if free else size(part.committed),
            "" if free else size(part.reserved),
            size(part.largest),
            bar(part.committed, committed, width=12),  # so that all fits into 80 columns
            style="dim" if free else None,
        )
    table.add_row(
        "all but free",
        f"{sum(part.regions for part in taken):,}",
        size(sum(part.size for part in taken)),
        size(committed),
        size(sum(part.reserved for part in taken)),
        size(max((part.largest for part in taken), default=0)),
        style="bold",
    )
    return table


def regions_table(table: Table) -> RichTable:
    """Return a line for each region; a second one of the same allocation is indented."""
    lines = RichTable(box=None, pad_edge=False)
    lines.add_column("address", no_wrap=True)
    lines.add_column("size", justify="right", no_wrap=True)
    for name in ("state", "protection", "use"):
        lines.add_column(name, no_wrap=True)
    lines.add_column("name")
    for row in table:
        first = row.address == row.allocation_base or row.state is State.FREE
        lines.add_row(
            f"{'' if first else '  '}{row.address:012x}",
            size(row.size),
            row.state.value,
            protection(row.protection),
            f"{row.use.value} {row.thread}" if row.thread else row.use.value,
            _Name(_details(row)),
            style="dim" if row.state is State.FREE else None,
        )
    return lines


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
    traits = row.traits & ~_USUAL if row.address == row.allocation_base else 0
    unusual = [str(trait.name).lower() for trait in Traits if trait & traits]
    return " ".join([row.name, *unusual]).strip()
