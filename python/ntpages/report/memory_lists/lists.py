"""The page lists as bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from ntpages.report import palette
from ntpages.report.cells import bar, size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from ntpages.memory_lists import MemoryLists


@dataclass(frozen=True, slots=True)
class ListLine:
    """A list of pages."""

    list: str
    size: int
    """Bytes."""


def each(lists: MemoryLists) -> Iterator[tuple[str, int]]:
    """Yield the name and the bytes of every list that is known, the standby list by priority."""
    yield "zero", lists.zero
    yield "free", lists.free
    if lists.modified is not None:
        yield "modified", lists.modified
    if lists.modified_no_write is not None:
        yield "modified, no write", lists.modified_no_write
    for priority in range(7, -1, -1):
        yield f"standby {priority}", lists.standby[priority]
    if lists.bad is not None:
        yield "bad", lists.bad


def colored(name: str, bar: str) -> Text:
    """Return the bar of a list in its colour."""
    return Text(bar, style=palette.of_list(name).terminal)


def lists_table(lists: MemoryLists) -> Table:
    """Return every list as a size and a bar."""
    shown = table("list", number("size"), line(min_width=24), title="Memory lists")
    full = max(pages for _, pages in each(lists))
    for name, pages in each(lists):
        shown.add_row(name, size(pages), colored(name, bar(pages, full)))
    shown.add_row("standby, all", size(lists.standby_total), "")
    return shown


def partial_note() -> str:
    """Return the sentence that belongs under lists of which some are not known."""
    return (
        "Told by the system's memory partition, which anyone may ask. "
        "What is modified or bad takes SeProfileSingleProcessPrivilege: run as administrator."
    )
