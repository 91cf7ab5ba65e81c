"""The machine's memory totals and page files as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from ntpages.report import bar, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ntpages.system import PageFile, SystemMemory


def memory_table(memory: SystemMemory) -> Table:
    """Return the totals: physical memory and commit charge with bars, then the rest."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    table.add_column(no_wrap=True)
    used = memory.total - memory.available
    table.add_row("installed", size(memory.installed), "")
    table.add_row("physical", size(memory.total), "")
    table.add_row("  in use", size(used), bar(used, memory.total))
    table.add_row("  available", size(memory.available), bar(memory.available, memory.total))
    table.add_row("commit limit", size(memory.commit_limit), "")
    table.add_row("  committed", size(memory.committed), bar(memory.committed, memory.commit_limit))
    table.add_row("  peak", size(memory.commit_peak), bar(memory.commit_peak, memory.commit_limit))
    table.add_row("  shared", size(memory.shared_committed), "")
    table.add_row("system cache", size(memory.cache), "")
    table.add_row("  dirty", size(memory.dirty_cache), "")
    table.add_row("paged pool", size(memory.kernel_paged), "")
    table.add_row("nonpaged pool", size(memory.kernel_nonpaged), "")
    table.add_row("processes", str(memory.processes), "")
    table.add_row("threads", str(memory.threads), "")
    table.add_row("handles", str(memory.handles), "")
    return table


def pagefiles_table(files: Sequence[PageFile]) -> Table:
    """Return every page file with its use."""
    table = Table(title="Page files", title_justify="left", box=None, pad_edge=False)
    table.add_column("file")
    for name in ("size", "used", "peak", "minimum", "maximum"):
        table.add_column(name, justify="right")
    for file in files:
        table.add_row(
            file.path,
            *(size(n) for n in (file.size, file.used, file.peak, file.minimum, file.maximum)),
        )
    return table
