"""How the heaps of a program start out, and what of it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from ntpages.report.cells import size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from ntpages.heaps import Change, ImageOptions


def image_table(options: ImageOptions, flags: Sequence[str], page_heap: Sequence[str]) -> Table:
    """Return how the heaps of a program start out; flags are those of its options, in words."""
    shown = table(line(), "", headings=False)
    shown.add_row("program", Text(options.path or options.name))
    shown.add_row("options for", Text(options.filter or f"every {options.name}"))
    shown.add_row("heap reserve", size(options.heap_reserve))
    shown.add_row("heap commit", size(options.heap_commit))
    shown.add_row("segment heap", options.segment_heap)
    shown.add_row("manifest asks for", options.heap_type or "nothing")
    shown.add_row("page heap", ", ".join(page_heap) or "none")
    shown.add_row("stack database", size(options.stack_database))
    shown.add_row("debugging", ", ".join(flags) or "none")
    return shown


def changes_table(changes: Sequence[Change]) -> Table:
    """Return registry values that change."""
    shown = table(line("value"), number("before"), number("after"))
    for change in changes:
        shown.add_row(change.value, _value(change.before), _value(change.after))
    return shown


def _value(number: int | None) -> str:
    return "-" if number is None else f"{number:#x}"
