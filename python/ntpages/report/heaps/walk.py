"""Heaps that were walked: how they are split up, and what is in them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.progress import Progress
from rich.text import Text

from ntpages.report import consoles
from ntpages.report.cells import address, bar, count, size
from ntpages.report.documents import fields
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.table import Table as RichTable

    from ntpages.heaps import Fragmentation
    from ntpages.table import Table

ENTRY = ("address", "size", "overhead", "region", "kind", "flags")
DETAILED = (*ENTRY[:-1], "committed", "uncommitted", "first", "last", "handle", "flags")
_CELLS = {  # how wide each is, and from which side it is read
    "heap": "<14",
    "address": "<14",
    "size": ">12",
    "overhead": ">8",
    "region": ">6",
    "kind": "<11",
    "committed": ">12",
    "uncommitted": ">12",
    "first": "<14",
    "last": "<14",
    "handle": "<14",
    "flags": "",
}
_ADDRESSES = {"heap", "address", "first", "last", "handle"}
CLASS = ("smallest", "largest", "busy", "busy_size", "free", "free_size")
_WIDEST = 100  # characters of a line with a strip


@dataclass(frozen=True, slots=True)
class HeapPart:
    """A heap that was walked."""

    address: int
    kind: str | None
    """As ``ntpages.report.cells.word()`` has it."""
    entries: Table
    sums: Fragmentation
    """How it is split up."""


def outline(part: HeapPart) -> dict[str, object]:
    """Return what JSON tells of a heap besides its entries."""
    return {"address": part.address, "kind": part.kind, **fields(part.sums)}


def _shades() -> tuple[str, str, str, str]:
    """Return how free, partly used, mostly used and used memory is drawn."""
    return ("░", "▒", "▓", "█") if consoles.draws_blocks() else (".", "-", "+", "#")


def strip(part: HeapPart, width: int) -> str:
    """Return the committed memory of a heap end to end, each character as dark as it is used."""
    each = (part.sums.busy + part.sums.free) / width  # bytes that a character stands for
    free, partly, mostly, used = _shades()

    def shade(busy: float) -> str:
        if busy == 0:
            return free
        share = busy / each
        return partly if share < 0.5 else mostly if share < 0.999 else used

    borders = [0.0]  # bytes in use before each character begins
    end = busy = 0
    sizes, kinds = (part.entries.column(name) for name in ("size", "kind"))
    for length, kind in zip(sizes, kinds, strict=True):
        if kind not in {"busy", "free"}:
            continue
        end += length
        busy += length if kind == "busy" else 0
        while 0 < each * len(borders) <= end and len(borders) <= width:
            beyond = end - each * len(borders)
            borders.append(busy - beyond if kind == "busy" else busy)
    return "".join(shade(after - before) for before, after in pairwise(borders))


def print_parts(parts: Sequence[HeapPart]) -> None:
    """Print how each heap is split up: in numbers, and as a strip."""
    numbers = map(number, ("blocks", "in use", "holes", "free", "largest hole", "fragmented"))
    shown = table(line("heap"), *numbers)
    for part in parts:
        sums = part.sums
        shown.add_row(
            address(part.address),
            count(sums.busy_blocks),
            size(sums.busy),
            count(sums.free_blocks),
            size(sums.free),
            size(sums.largest_free),
            f"{sums.ratio:.0%}",
        )
    out = consoles.data()
    out.print(shown)
    out.print()
    margin = " " * (len(address(0)) + 2)
    width = max(1, min(out.width, _WIDEST) - len(margin))
    for part in parts:
        out.print(Text(f"{address(part.address)}  {strip(part, width)}"))
    free, partly, mostly, used = _shades()
    legend = f"{used} in use  {mostly} mostly  {partly} partly  {free} free, of what is committed"
    out.print(Text(margin + legend, style="dim"))
    out.print()


def histogram_table(heap: int, classes: Table) -> RichTable:
    """Return a heap's blocks and holes by size, with bars for how many there are."""
    shown = table(
        number("up to"),
        *(number("blocks"), number("in all"), line(min_width=12)),
        *(number("holes"), number("in all"), line(min_width=12)),
        title=f"heap {address(heap)}",
    )

    def cells(blocks: int, total: int, most: int) -> tuple[str, str, str]:
        return (count(blocks), size(total), bar(blocks, most, width=12)) if blocks else ("",) * 3

    most = {name: max(classes.column(name), default=0) for name in ("busy", "free")}
    for row in classes:
        shown.add_row(
            size(row.largest),
            *cells(row.busy, row.busy_size, most["busy"]),
            *cells(row.free, row.free_size, most["free"]),
        )
    return shown


def print_entries(
    rows: Iterable[tuple[Any, ...]], names: Sequence[str], words: Callable[[int], str]
) -> None:
    """Print a line for each entry, with cells of these names; flags in ``words``."""
    heading = " ".join(f"{name:{_CELLS[name]}}" for name in names)
    sys.stdout.write(f"{heading}\n")
    forms = ("{:#014x}" if name in _ADDRESSES else f"{{:{_CELLS[name]}}}" for name in names)
    text = " ".join(forms) + "\n"
    if "flags" in names:
        at = names.index("flags")
        rows = ((*row[:at], words(row[at]), *row[at + 1 :]) for row in rows)
    sys.stdout.writelines(text.format(*row) for row in rows)


def with_progress(rows: Iterable[Any], total: int, *, to_stdout: bool) -> Iterator[Any]:
    """Show on stderr how far ``rows`` are, unless they appear on the same terminal."""
    progress = Progress(
        console=consoles.words(),
        transient=True,
        redirect_stdout=False,  # else rows that are printed meanwhile would end up on stderr
        disable=not consoles.words().is_terminal or (to_stdout and consoles.data().is_terminal),
    )
    with progress:
        yield from progress.track(rows, total, description="writing")
