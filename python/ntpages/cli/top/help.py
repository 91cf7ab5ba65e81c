"""What each key of ``ntpages top`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from ntpages.report.tables import table

if TYPE_CHECKING:
    from rich.table import Table

KEYS = {
    "Which processes": (
        ("/", "filter by part of a name, * and ?, or an id; the table follows as you type"),
        ("a", "only those that can be opened"),
        ("t", "each below the process that started it"),
        ("< >", "sort by the column at the left, at the right; or click on its heading"),
        ("r", "sort the other way round"),
        ("c", "choose columns; they are remembered"),
        ("left right", "show columns that do not fit"),
    ),
    "One process": (
        ("Enter", "its details: trend, map by kind, heaps, limits"),
        ("h", "in its details: have the process tell its heaps itself"),
        ("e", "empty its working set"),
        ("l", "set the limits of its working set"),
    ),
    "The machine": (
        ("m", "commands of the memory lists, each with what it costs"),
        ("space", "stop looking, or go on"),
        ("T", "dark, light, or without colours; remembered"),
        ("R", "start again as administrator, with what is shown now"),
    ),
    "Everywhere": (
        ("Escape", "leave what is open; in the table, the details, then the filter"),
        ("?", "this help"),
        ("q", "quit"),
    ),
}
_SIGNS = (
    "In use: in working sets, or the system's. Modified: must be written before it can be used "
    "again. Standby: can be used at once, and still has what somebody may need. Free: empty. "
    "Commit: what Windows has promised, in memory or in page files.\n\n"
    "A number that grew is bold, one that fell is slanted, a new process is underlined, one that "
    "can't be opened is dim."
)


def keys_table() -> Table:
    """Return all keys."""
    shown = table("key", "what it does", headings=False)
    for number, (group, keys) in enumerate(KEYS.items()):
        if number:
            shown.add_row()
        shown.add_row(Text(group, style="bold"))
        for key, words in keys:
            shown.add_row(Text(f"  {key}"), words)
    shown.add_row()
    shown.add_row(Text("Words", style="bold"), _SIGNS)
    return shown
