"""Processes as a table, matches of a scan with what is around them, memory as hexadecimal."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
from rich.table import Table as RichTable
from rich.text import Text

from ntpages.processes.names import Names
from ntpages.report import data, size, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ntpages.processes import Pattern, Process, ScanResult
    from ntpages.table import Table

_USUAL = (
    *("pid", "name", "working_set", "private_working_set", "peak_working_set", "private"),
    *("commit", "faults", "hard_faults", "threads", "handles", "session"),
)
_LIMITS = ("accessible", "minimum", "maximum", "hard_minimum", "hard_maximum")
_LONGEST_NAME = 32  # cells; what is longer is cut, and still known by its beginning
_COUNTS = {"pid", "parent", "faults", "hard_faults", "threads", "handles", "session", "cycles"}
_SHORT = {
    "working_set": "working set",
    "private_working_set": "private WS",
    "peak_working_set": "peak WS",
    "peak_commit": "peak commit",
    "paged_pool": "paged pool",
    "nonpaged_pool": "nonpaged",
    "hard_faults": "hard faults",
    "shared_commit": "shared commit",
    "cpu_time": "CPU",
    "hard_minimum": "hard min",
    "hard_maximum": "hard max",
    "minimum": "min WS",
    "maximum": "max WS",
}


def select(
    table: Table, *, names: Sequence[str] = (), pids: Sequence[int] = (), floor: int = 0
) -> Table:
    """Return the processes that have one of the names or ids, and a working set of that size."""
    wanted = Names(names or ("*",))
    return table.where(
        [
            working_set >= floor and (pid in pids if pids else True) and wanted.match(name)
            for pid, name, working_set in zip(
                table.column("pid"), table.column("name"), table.column("working_set"), strict=True
            )
        ]
    )


def columns(
    wanted: tuple[str, ...] | None, *, every: bool, limits: bool, full: bool
) -> tuple[str, ...] | None:
    """Return which columns to show; None for all there are."""
    if every:
        return None
    return wanted or _USUAL + (("shared_commit",) if full else ()) + (_LIMITS if limits else ())


def heading(column: str) -> str:
    """Return a column's name for people."""
    return _SHORT.get(column, column)


def is_text(column: str) -> bool:
    """Return whether a column is read from the left."""
    return column == "name"


def cell(column: str, value: Any) -> str:
    """Return a cell for people."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column == "started":
        return f"{datetime.fromtimestamp(value):%Y-%m-%d %H:%M:%S}" if value else "-"
    if column == "cpu_time":
        return f"{value:.1f} s"
    return str(value) if column in _COUNTS else size(value)


def fitting(table: Table, names: Sequence[str], width: int) -> tuple[str, ...]:
    """Return the columns that can be shown whole on so wide a screen, as many as go."""
    room = width
    shown: list[str] = []
    for name in names:
        cells = (cell(name, getattr(row, name)) for row in table)
        needed = max(map(cell_len, (heading(name), *cells)))
        room -= min(needed, _LONGEST_NAME) if is_text(name) else needed
        if shown and room < 0:
            break
        shown.append(name)
        room -= 2  # the space between columns
    return tuple(shown)


def processes_table(
    table: Table, wanted: tuple[str, ...] | None, *, width: int | None = None
) -> RichTable:
    """Return processes as a table; with a width, the columns that fit."""
    names = wanted or table.names
    if width is not None:
        names = fitting(table, names, width)
    shown = RichTable(box=None, pad_edge=False)
    for name in names:
        shown.add_column(
            heading(name),
            justify="left" if is_text(name) else "right",
            no_wrap=True,
            overflow="ellipsis",
        )
    for row in table:
        shown.add_row(*(Text(cell(name, getattr(row, name))) for name in names))
    return shown


def print_table(
    look: Callable[[], Table], wanted: tuple[str, ...] | None, *, watch: float | None
) -> None:
    """Print what there is to see once, or again and again until Ctrl-C."""
    screen = data()
    if watch is None:
        _print_once(look(), wanted)
        return
    with suppress(KeyboardInterrupt):  # the way to end it
        if not screen.is_terminal:
            while True:
                _print_once(look(), wanted)
                screen.print()
                time.sleep(watch)
        with Live(console=screen, auto_refresh=False, screen=True) as live:
            while True:
                live.update(processes_table(look(), wanted, width=screen.width), refresh=True)
                time.sleep(watch)


def _print_once(table: Table, wanted: tuple[str, ...] | None) -> None:
    screen = data()
    width = screen.width if screen.is_terminal else None
    shown = processes_table(table, wanted, width=width)
    print_whole(shown)
    left_out = len(wanted or table.names) - len(shown.columns)
    if left_out:
        words().print(f"{left_out} columns more than fit here: choose some with --columns.")


def print_whole(table: RichTable) -> None:
    """Print a table, however wide, unless it is for a person's screen."""
    out = data()
    if not out.is_terminal:
        out = Console(file=out.file, highlight=False, width=1000)
    out.print(table)


# ---- Memory --------------------------------------------------------------------------------------


def _visible(part: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)


def hex_lines(memory: bytes, address: int) -> Iterator[str]:
    """Return memory as lines of sixteen bytes, digits and text; ``*`` for more of the same."""
    last = len(memory) - 16
    before = b""
    for start in range(0, len(memory), 16):
        part = memory[start : start + 16]
        if part != before or start >= last:
            digits = f"{part[:8].hex(' '):<23}  {part[8:].hex(' '):<23}"
            yield f"{address + start:016x}  {digits}  {_visible(part)}"
        elif part != memory[max(0, start - 32) : start - 16]:
            yield "*"
        before = part


@dataclass(frozen=True, slots=True)
class Shown:
    """A match, and what is around it."""

    address: int
    name: str
    around: str


_CONTEXT = 24  # bytes on either side
_PAGE = 4096


def context(process: Process, result: ScanResult, pattern: Pattern) -> list[Shown]:
    """Read what is around each match, from the pages that it lies in alone.

    The page before or behind may be a guard page, which must not be touched.
    """
    longest = max(len(needle.data) for needle in pattern.needles)
    room = min(longest + 2 * _CONTEXT, _PAGE)
    starts = []
    for row in result.matches:
        first = row.address // _PAGE * _PAGE
        last = row.address + len(pattern.needles[row.pattern].data) - 1
        end = (last // _PAGE + 1) * _PAGE
        starts.append(max(first, min(row.address - _CONTEXT, end - room)))
    pieces = process.read_many(starts, room) if starts else ()
    found = []
    for row, piece in zip(result.matches, pieces, strict=True):
        needle = pattern.needles[row.pattern]
        around = piece or process.read(row.address, len(needle.data), partial=True)
        found.append(Shown(row.address, needle.name, _visible(around)))
    return found


def matches_table(found: list[Shown]) -> RichTable:
    """Return matches as a table."""
    named = any(each.name for each in found)
    shown = RichTable(box=None, pad_edge=False)
    shown.add_column("address")
    if named:
        shown.add_column("encoding")
    shown.add_column("around", no_wrap=True)
    for each in found:
        cells = [f"{each.address:#018x}", *([each.name] if named else []), each.around]
        shown.add_row(*map(Text, cells))
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
