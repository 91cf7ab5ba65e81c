"""The machine's memory totals and page files as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.report.cells import bar, count, size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from ntpages.system import PageFile, SystemMemory


def memory_table(memory: SystemMemory) -> Table:
    """Return the totals: physical memory and commit charge with bars, then the rest."""
    shown = table("", number(), line(), headings=False)
    used = memory.total - memory.available
    shown.add_row("installed", size(memory.installed), "")
    shown.add_row("physical", size(memory.total), "")
    shown.add_row("  in use", size(used), bar(used, memory.total))
    shown.add_row("  available", size(memory.available), bar(memory.available, memory.total))
    shown.add_row("commit limit", size(memory.commit_limit), "")
    shown.add_row("  committed", size(memory.committed), bar(memory.committed, memory.commit_limit))
    shown.add_row("  peak", size(memory.commit_peak), bar(memory.commit_peak, memory.commit_limit))
    shown.add_row("  shared", size(memory.shared_committed), "")
    shown.add_row("system cache", size(memory.cache), "")
    shown.add_row("  dirty", size(memory.dirty_cache), "")
    shown.add_row("paged pool", size(memory.kernel_paged), "")
    shown.add_row("nonpaged pool", size(memory.kernel_nonpaged), "")
    shown.add_row("processes", count(memory.processes), "")
    shown.add_row("threads", count(memory.threads), "")
    shown.add_row("handles", count(memory.handles), "")
    return shown


def pagefiles_table(files: Sequence[PageFile]) -> Table:
    """Return every page file with its use."""
    numbers = map(number, ("size", "used", "peak", "minimum", "maximum"))
    shown = table("file", *numbers, title="Page files")
    for file in files:
        shown.add_row(
            file.path,
            *(size(n) for n in (file.size, file.used, file.peak, file.minimum, file.maximum)),
        )
    return shown
