"""An address space as tables: what it is used for, and region by region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.measure import Measurement
from rich.text import Text

from ntpages.report import palette
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


_FREE = {"free", "unusable"}
_WIDE = 110
"""Characters of a line from which on there is room for everything."""
_SIZES = ("size", "committed", "private", "resident", "resident_private", "resident_shared")
_MORE = ("resident_shareable", "resident_locked", "modified")


def heading(program: str, parts: Iterable[Any], *, told: bool) -> str:
    """Return whose map it is, how much is in the working set, and how much nobody else shares."""
    if not told:
        return program
    pairs = [(part.resident, part.resident_shared) for part in parts]
    resident, shared = (sum(each) for each in zip(*pairs, strict=True)) if pairs else (0, 0)
    return f"{program}: {size(resident)} in the working set, unique (USS) {size(resident - shared)}"


def summary_table(parts: Iterable[Any], *, width: int, told: bool) -> Table:
    """Return what there is of each use, and their sum without free space.

    Args:
        parts: What ``ntpages.regions.totals()`` returns.
        width: Of the terminal. Where it is narrow, less is shown.
        told: Whether it is known what is in the working set.
    """
    names = (*_SIZES, *_MORE) if width >= _WIDE else _SIZES
    more = (number("regions"), line()) if width >= _WIDE else ()
    shown = table(line("use"), *map(number, _headings(names)), *more)
    parts = list(parts)
    taken = [part for part in parts if part.use.value not in _FREE]
    committed = sum(part.committed for part in taken)
    for part in parts:
        use, free = part.use.value, part.use.value in _FREE
        cells = [size(part.size), *[""] * (len(names) - 1)] if free else _sizes(part, names, told)
        last = (count(part.regions), bar(part.committed, committed, width=12)) if more else ()
        shown.add_row(_use(use), *cells, *last, style="dim" if free else None)
    sums = [sum(getattr(part, name) for part in taken) for name in names]
    shown.add_row(
        "all but free",
        *_told(names, sums, told),
        *((count(sum(part.regions for part in taken)), "") if more else ()),
        style="bold",
    )
    return shown


def allocations_table(allocations: Iterable[Any], *, width: int, told: bool) -> Table:
    """Return a line for each allocation: ``width`` and ``told`` as of ``summary_table()``."""
    more = ("resident_private", "resident_shared", "modified") if width >= _WIDE else ()
    names = ("size", "committed", "resident", *more)
    shown = table(line("address"), *map(number, _headings(names)), line("use"), "name")
    for each in allocations:
        cells = _sizes(each, names, told)
        shown.add_row(address(each.address), *cells, _use(each.use.value), _Name(each.name))
    return shown


def regions_table(regions: Iterable[Any], *, width: int, told: bool) -> Table:
    """Return a line for each region; a second one of the same allocation is indented."""
    names = ("size", *(("resident",) if width >= _WIDE else ()))
    words = map(line, ("state", "protection", "use"))
    shown = table(line("address"), *map(number, _headings(names)), *words, "name")
    for row in regions:
        free = row.state.value == "free"
        first = free or row.address == row.allocation_base
        cells = [size(row.size)]
        if len(names) > 1:
            cells.append(size(row.resident) if told and not free else "" if free else "-")
        shown.add_row(
            f"{'' if first else '  '}{address(row.address)}",
            *cells,
            row.state.value,
            protection(row.protection),
            _use(row.use.value, row.thread),
            _Name(_details(row)),
            style="dim" if free else None,
        )
    return shown


def _headings(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        word = name.removeprefix("resident_")
        yield {"private": "own"}.get(word, word) if word != name else name


def _use(use: str, thread: int = 0) -> Text:
    color = palette.of_use(use).terminal
    return Text(f"{use} {thread}" if thread else use, style=color)


def _sizes(row: Any, names: Sequence[str], told: bool) -> list[str]:  # noqa: FBT001
    return _told(names, [getattr(row, name) for name in names], told)


def _told(names: Sequence[str], sizes: Sequence[int], told: bool) -> list[str]:  # noqa: FBT001
    return [
        size(each if told or not name.startswith(("resident", "modified")) else None)
        for name, each in zip(names, sizes, strict=True)
    ]


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
