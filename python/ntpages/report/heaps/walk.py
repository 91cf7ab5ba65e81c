"""Heaps for people: what they take, how they are split up, what is in them, what grew."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.progress import Progress
from rich.table import Table as RichTable
from rich.text import Text

from ntpages import heaps
from ntpages.heaps import GlobalFlag
from ntpages.report import bar, data, plain, size, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ntpages.heaps import Change, Fragmentation, HeapKind, ImageOptions
    from ntpages.table import Table

_KINDS = {"nt": "NT", "low-fragmentation": "NT, LFH", "segment": "segment", None: "-"}
ENTRY = ("address", "size", "overhead", "region", "kind", "flags")
CLASS = ("smallest", "largest", "busy", "busy_size", "free", "free_size")
_WIDEST = 100  # characters of a line with a strip


@dataclass(frozen=True, slots=True)
class HeapLine:
    """A heap in the list of heaps. Sizes in bytes; ``None`` is unknown."""

    address: int
    kind: str | None
    """As ``kind_word()`` has it."""
    blocks: int | None
    """In use, a count."""
    allocated: int | None
    """In those blocks."""
    committed: int | None
    reserved: int | None


@dataclass(frozen=True, slots=True)
class HeapPart:
    """A heap that was walked."""

    address: int
    kind: str | None
    """As ``kind_word()`` has it."""
    entries: Table

    @property
    def fragmentation(self) -> Fragmentation:
        """How it is split up."""
        return heaps.fragmentation(self.entries)

    @property
    def histogram(self) -> Table:
        """Its blocks and holes by size."""
        return heaps.histogram(self.entries)


def kind_word(kind: HeapKind | None) -> str | None:
    """Return a kind as a word, for JSON."""
    return kind.name.lower().replace("_", "-") if kind else None


# ---- The list ------------------------------------------------------------------------------------


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _count(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def heaps_table(lines: Sequence[HeapLine]) -> RichTable:
    """Return the heaps, with bars for what is committed, and their sum."""
    table = RichTable(box=None, pad_edge=False)
    table.add_column("heap", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    for name in ("blocks", "in use", "committed", "reserved"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    committed = _sum(line.committed for line in lines) or 0
    for line in lines:
        table.add_row(
            f"{line.address:#x}",
            _KINDS[line.kind],
            _count(line.blocks),
            size(line.allocated),
            size(line.committed),
            size(line.reserved),
            bar(line.committed or 0, committed, width=12),
        )
    table.add_row(
        "all",
        "",
        _count(_sum(line.blocks for line in lines)),
        size(_sum(line.allocated for line in lines)),
        size(committed),
        size(_sum(line.reserved for line in lines)),
        style="bold",
    )
    return table


# ---- The walk ------------------------------------------------------------------------------------


def _shades() -> tuple[str, str, str, str]:
    """Return how free, partly used, mostly used and used memory is drawn."""
    return ("░", "▒", "▓", "█") if "utf" in data().encoding.lower() else (".", "-", "+", "#")


def strip(entries: Table, width: int) -> str:
    """Return the committed memory of a heap end to end, each character as dark as it is used."""
    sums = heaps.fragmentation(entries)
    each = (sums.busy + sums.free) / width  # bytes that a character stands for
    free, partly, mostly, used = _shades()

    def shade(busy: float) -> str:
        if busy == 0:
            return free
        share = busy / each
        return partly if share < 0.5 else mostly if share < 0.999 else used

    borders = [0.0]  # bytes in use before each character begins
    end = busy = 0
    for length, kind in zip(entries.column("size"), entries.column("kind"), strict=True):
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
    table = RichTable(box=None, pad_edge=False)
    table.add_column("heap", no_wrap=True)
    for name in ("blocks", "in use", "holes", "free", "largest hole", "fragmented"):
        table.add_column(name, justify="right", no_wrap=True)
    for part in parts:
        found = part.fragmentation
        table.add_row(
            f"{part.address:#x}",
            f"{found.busy_blocks:,}",
            size(found.busy),
            f"{found.free_blocks:,}",
            size(found.free),
            size(found.largest_free),
            f"{found.ratio:.0%}",
        )
    data().print(table)
    data().print()
    margin = max(len(f"{part.address:#x}") for part in parts) + 2
    width = min(data().width, _WIDEST) - margin
    for part in parts:
        data().print(Text(f"{part.address:#x}".ljust(margin) + strip(part.entries, width)))
    free, partly, mostly, used = _shades()
    legend = f"{used} in use  {mostly} mostly  {partly} partly  {free} free, of what is committed"
    data().print(Text(" " * margin + legend, style="dim"))
    data().print()


def histogram_table(part: HeapPart) -> RichTable:
    """Return a heap's blocks and holes by size, with bars for how many there are."""
    table = RichTable(
        title=f"heap {part.address:#x}",
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
    )
    table.add_column("up to", justify="right", no_wrap=True)
    for name in ("blocks", "holes"):
        table.add_column(name, justify="right", no_wrap=True)
        table.add_column("in all", justify="right", no_wrap=True)
        table.add_column("", no_wrap=True, min_width=12)

    def counted(number: int, total: int, most: int) -> tuple[str, str, str]:
        return (f"{number:,}", size(total), bar(number, most, width=12)) if number else ("",) * 3

    classes = part.histogram
    most = {name: max(classes.column(name), default=0) for name in ("busy", "free")}
    for row in classes:
        table.add_row(
            size(row.largest),
            *counted(row.busy, row.busy_size, most["busy"]),
            *counted(row.free, row.free_size, most["free"]),
        )
    return table


def print_entries(rows: Iterable[tuple[Any, ...]]) -> None:
    """Print a line for each entry: its heap, then the cells of ``ENTRY``."""
    heading = "{:<14} {:<14} {:>12} {:>8} {:>6} {:<11} {}\n"
    sys.stdout.write(heading.format("heap", *ENTRY))
    line = "{:#014x} {:#014x} {:>12} {:>8} {:>6} {:<11} {:#06x}\n"
    sys.stdout.writelines(line.format(*row) for row in rows)


def outline(part: HeapPart) -> dict[str, object]:
    """Return what JSON tells of a heap that was walked, besides its entries."""
    sums = plain(part.fragmentation)
    assert isinstance(sums, dict)
    return {"address": part.address, "kind": part.kind, **sums}


def print_rows_as_json(
    head: dict[str, object], key: str, names: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Print ``head`` with one more key, a list of objects: a line for each, never all in memory."""
    text = json.dumps(plain(head), indent=2).removesuffix("\n}")
    sys.stdout.write(f'{text},\n  "{key}": [')
    comma = "\n"
    for row in rows:
        sys.stdout.write(f"{comma}    {json.dumps(dict(zip(names, row, strict=True)))}")
        comma = ",\n"
    sys.stdout.write("\n  ]\n}\n")


def with_progress(rows: Iterable[Any], total: int, *, to_stdout: bool) -> Iterator[Any]:
    """Show on stderr how far ``rows`` are, unless they appear on the same terminal."""
    progress = Progress(
        console=words(),
        transient=True,
        redirect_stdout=False,  # else rows that are printed meanwhile would end up on stderr
        disable=not words().is_terminal or (to_stdout and data().is_terminal),
    )
    with progress:
        yield from progress.track(rows, total, description="writing")


# ---- What grew -----------------------------------------------------------------------------------


def growth_table(grown: Table, top: int | None) -> RichTable:
    """Return what grew by block size, the first ``top`` of it, and the sum of all."""
    table = RichTable(box=None, pad_edge=False)
    for name in ("block size", "appeared", "vanished", "growth"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("one of them", no_wrap=True)
    table.add_column("", no_wrap=True)
    most = max(grown.column("growth"), default=0)
    for row in grown[:top]:
        table.add_row(
            f"{row.size:,} B",
            f"{row.appeared:,}",
            f"{row.vanished:,}",
            size(row.growth, signed=True),
            f"{row.address:#x}" if row.address else "-",
            bar(row.growth, most, width=16),
        )
    table.add_row(
        "all",
        f"{sum(grown.column('appeared')):,}",
        f"{sum(grown.column('vanished')):,}",
        size(sum(grown.column("growth")), signed=True),
        style="bold",
    )
    return table


# ---- Image options -------------------------------------------------------------------------------


def flag_word(flag: GlobalFlag) -> str:
    """Return a flag as the command line has it."""
    return str(flag.name).lower().replace("_", "-")


def image_table(options: ImageOptions) -> RichTable:
    """Return how the heaps of a program start out."""
    table = RichTable(box=None, pad_edge=False, show_header=False)
    table.add_column("", no_wrap=True)
    table.add_column("", overflow="fold")
    table.add_row("program", Text(options.path or options.name))
    table.add_row("heap reserve", size(options.heap_reserve))
    table.add_row("heap commit", size(options.heap_commit))
    table.add_row("segment heap", options.segment_heap)
    flags = ", ".join(flag_word(flag) for flag in GlobalFlag if flag & options.flags)
    table.add_row("debugging", flags or "none")
    return table


def changes_table(changes: Sequence[Change]) -> RichTable:
    """Return registry values that change."""

    def shown(value: int | None) -> str:
        return "-" if value is None else f"{value:#x}"

    table = RichTable(box=None, pad_edge=False)
    table.add_column("value", no_wrap=True)
    table.add_column("before", justify="right")
    table.add_column("after", justify="right")
    for change in changes:
        table.add_row(change.value, shown(change.before), shown(change.after))
    return table
