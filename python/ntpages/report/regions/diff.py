"""What changed between two maps of an address space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.table import Table as RichTable
from rich.text import Text

from ntpages.report import size

_SAME = ("state", "protection", "type", "use")


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of addresses that is not what it was."""

    address: int
    size: int
    before: str
    """What it was, in a few words."""
    after: str
    state_before: str
    state_after: str
    use_before: str
    use_after: str


@dataclass(frozen=True, slots=True)
class Total:
    """How much more, or less, of one kind there is. Bytes."""

    use: str
    state: str
    change: int


def _words(region: dict[str, Any]) -> str:
    if region["state"] == "free":
        return "free"
    name = f" {region['name']}" if region.get("name") else ""
    return f"{region['state']} {region['use']}{name} {region['protection']}"


def _cover(regions: list[dict[str, Any]], edges: list[int]) -> list[dict[str, Any] | None]:
    """Return the region at each edge."""
    found: list[dict[str, Any] | None] = []
    left = iter(sorted(regions, key=lambda each: int(each["address"])))
    current = next(left, None)
    for edge in edges:
        while current and current["address"] + current["size"] <= edge:
            current = next(left, None)
        found.append(current if current and current["address"] <= edge else None)
    return found


def compare(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[Change]:
    """Return every stretch whose state, protection, type or use changed. Not mapped is free."""
    nothing: dict[str, Any] = {"state": "free", "protection": 0, "type": "none", "use": "free"}
    edges = sorted(
        {edge for each in (*before, *after)
         for edge in (each["address"], each["address"] + each["size"])}
    )  # fmt: skip
    changes: list[Change] = []
    then_at, now_at = _cover(before, edges), _cover(after, edges)
    for start, end, then_, now_ in zip(edges, edges[1:], then_at, now_at, strict=False):
        then, now = then_ or nothing, now_ or nothing
        if all(then[name] == now[name] for name in _SAME):
            continue
        change = Change(
            start, end - start, _words(then), _words(now),
            then["state"], now["state"], then["use"], now["use"],
        )  # fmt: skip
        last = changes[-1] if changes else None
        if last and last.address + last.size == start and _kind(last) == _kind(change):
            change = Change(last.address, last.size + change.size, *_kind(change))
            changes.pop()
        changes.append(change)
    return changes


def _kind(change: Change) -> tuple[str, str, str, str, str, str]:
    return (
        *(change.before, change.after, change.state_before, change.state_after),
        *(change.use_before, change.use_after),
    )


def totals(changes: list[Change]) -> list[Total]:
    """Return how much each use and state gained or lost."""
    sums: dict[tuple[str, str], int] = {}
    for each in changes:
        was, now = (each.use_before, each.state_before), (each.use_after, each.state_after)
        sums[was] = sums.get(was, 0) - each.size
        sums[now] = sums.get(now, 0) + each.size
    return [Total(use, state, change) for (use, state), change in sorted(sums.items())]


def totals_table(changes: list[Change]) -> RichTable:
    """Return the gains and losses as a table."""
    table = RichTable(title="Change", title_justify="left", box=None, pad_edge=False)
    table.add_column("use")
    table.add_column("state")
    table.add_column("change", justify="right")
    for each in totals(changes):
        if each.change:
            table.add_row(each.use, each.state, size(each.change, signed=True))
    return table


def changes_table(changes: list[Change]) -> RichTable:
    """Return every stretch that changed as a table."""
    table = RichTable(box=None, pad_edge=False)
    table.add_column("address")
    table.add_column("size", justify="right")
    table.add_column("before")
    table.add_column("after")
    for each in changes:
        table.add_row(f"{each.address:#014x}", size(each.size), Text(each.before), Text(each.after))
    return table
