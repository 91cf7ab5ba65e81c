"""The page lists as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.report.cells import bar, size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from ntpages.memory_lists import MemoryLists


def each(lists: MemoryLists) -> Iterator[tuple[str, int]]:
    """Yield the name and the bytes of every list, the standby list by priority."""
    yield "zero", lists.zero
    yield "free", lists.free
    yield "modified", lists.modified
    yield "modified, no write", lists.modified_no_write
    for priority in range(7, -1, -1):
        yield f"standby {priority}", lists.standby[priority]
    yield "bad", lists.bad


def lists_table(lists: MemoryLists) -> Table:
    """Return every list as a size and a bar."""
    shown = table("list", number("size"), line(min_width=24), title="Memory lists")
    full = max(pages for _, pages in each(lists))
    for name, pages in each(lists):
        shown.add_row(name, size(pages), bar(pages, full))
    shown.add_row("standby, all", size(lists.standby_total), "")
    return shown
