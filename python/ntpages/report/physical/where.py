"""Where memory is: one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from ntpages.report import consoles, palette
from ntpages.report.cells import bar, size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

    from ntpages.physical import (
        CachedFileRow,
        MemoryAccount,
        Part,
        ProcessPagesRow,
        Summary,
    )

_SIZES = 52  # cells of names, sizes and shares, and what is between the columns
_WIDEST_BAR = 48
_WIDEST_STRIP = 100
_NUMBERS = 44  # cells of the sizes of a file


def groups(parts: Sequence[Part]) -> list[tuple[Any, list[Part]]]:
    """Return the parts by group, in the order of groups."""
    order = list(dict.fromkeys(part.group for part in parts))
    order.sort(key=lambda group: palette.LISTS.index(group.value))
    return [(group, [part for part in parts if part.group is group]) for group in order]


def heading(account: MemoryAccount) -> Text:
    """Return how much memory there is, and below it all of it as one bar, by group."""
    width = min(_WIDEST_STRIP, consoles.data().width - 1)
    shown = Text(f"{size(account.total)} of memory\n")
    done = drawn = 0
    for group, parts in groups(account.parts):
        done += sum(part.size for part in parts)
        end = round(width * done / account.total) if account.total else 0
        mark = "█" if consoles.draws_blocks() else group.value[0]
        shown.append(mark * max(0, end - drawn), style=palette.of_list(group.value).terminal)
        drawn = max(drawn, end)
    return shown


def account_table(account: MemoryAccount) -> Table:
    """Return the parts of memory as sizes, shares and bars; what is empty is left out."""
    width = max(0, min(_WIDEST_BAR, consoles.data().width - _SIZES))
    shown = table(line(), number("size"), number("share"), line(min_width=width))
    for group, parts in groups(account.parts):
        together = sum(part.size for part in parts)
        if not any(part.size for part in parts):
            continue
        color = palette.of_list(group.value).terminal
        shown.add_row(*_cells(group.value, together, account.total, width, f"bold {color}"))
        for part in _in_order(group.value, parts):
            if part.size:
                shown.add_row(*_cells(f"  {part.name}", part.size, account.total, width, color))
    return shown


def _in_order(group: str, parts: Sequence[Part]) -> Sequence[Part]:
    """Return the parts of what is in use by size; the others have an order of their own."""
    return sorted(parts, key=lambda part: -part.size) if group == "in use" else parts


def _cells(name: str, part: int, total: int, width: int, style: str) -> Iterable[Text]:
    share = 100 * part / total if total else 0.0
    few = f"{share:.1f} %" if abs(share) < 10 else f"{share:.0f} %"
    plain = style if style.startswith("bold") else ""
    yield Text(name, style=plain)
    yield Text(size(part), style=plain)
    yield Text(few, style=plain)
    yield Text(bar(part, total, width=width), style=style.removeprefix("bold "))


def processes_table(processes: Iterable[ProcessPagesRow]) -> Table:
    """Return what is of processes alone; the rest are page tables, and pages on no list."""
    sizes = ("total", "active", "standby", "modified", "the rest")
    shown = table(number("pid"), line("process"), *map(number, sizes))
    for each in processes:
        shown.add_row(
            str(each.pid or "-"),
            Text(each.name or f"unknown owner {each.owner:#x}"),
            size(each.total),
            size(each.active),
            size(each.standby),
            size(each.modified),
            size(each.total - each.active - each.standby - each.modified),
        )
    return shown


def files_table(files: Iterable[CachedFileRow]) -> Table:
    """Return what of files is in memory; of a long path the end is shown."""
    width = max(16, consoles.data().width - _NUMBERS)
    shown = table(*map(number, ("total", "active", "standby", "modified")), line("file"))
    for each in files:
        shown.add_row(
            size(each.total),
            size(each.active),
            size(each.standby),
            size(each.modified),
            Text(shortened(each.path or f"unnamed key {each.key:#x}", width)),
        )
    return shown


def shortened(path: str, width: int) -> str:
    """Return a path in so many cells: its beginning, and its end, which says more."""
    if len(path) <= width:
        return path
    dots = "…" if consoles.draws_blocks() else "..."
    head = path[:3] if path[1:3] == ":\\" else ""
    return f"{head}{dots}{path[len(path) - width + len(head) + len(dots) :]}"


def look(found: Summary) -> dict[str, object]:
    """Return how far a look can be trusted, for a document. Sizes are bytes."""
    return {
        "seconds": found.seconds,
        "total": found.total,
        "unidentified": found.unidentified,
        "drift": found.drift,
        "keys_hidden": found.keys_hidden,
    }
