"""``ntpages map diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ntpages.cli import saved
from ntpages.cli.arguments import as_json
from ntpages.cli.exits import Exit
from ntpages.report import consoles, documents
from ntpages.report.regions import diff as shown
from ntpages.report.regions.diff import Change, Total

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MAP = saved.Kind(
    "ntpages map",
    "regions",
    {
        "address": saved.number,
        "size": saved.number,
        "protection": saved.number,
        "state": saved.text,
        "type": saved.text,
        "use": saved.text,
        "name": saved.text,
    },
)
_SAME = ("state", "protection", "type", "use")
_NOTHING = {"state": "free", "protection": 0, "type": "none", "use": "free", "name": ""}
_Region = dict[str, Any]


@click.command("diff")
@saved.before_and_after
@as_json
def diff_command(before: Path, after: Path, *, as_json: bool) -> Exit:
    """Show what changed between two saved maps of a process.

    Save a map with `ntpages map PID --json > BEFORE`, let the process work, and save another.
    """
    old, new = _MAP.load_both(before, after)
    changes = compare(_regions(old), _regions(new))
    totals = [total for total in sum_up(changes) if total.change]
    if as_json:
        documents.print_document({"changes": changes, "totals": totals})
    else:
        consoles.data().print(shown.totals_table(totals))
        consoles.data().print()
        consoles.data().print(shown.changes_table(changes))
    return Exit.OK


def _regions(document: saved.Document) -> list[_Region]:
    names = document.columns
    return [dict(zip(names, cells, strict=True)) for cells in zip(*names.values(), strict=True)]


def compare(before: Sequence[_Region], after: Sequence[_Region]) -> list[Change]:
    """Return every stretch whose state, protection, type or use changed. Not mapped is free."""
    edges = sorted(
        {edge for each in (*before, *after)
         for edge in (each["address"], each["address"] + each["size"])}
    )  # fmt: skip
    changes: list[Change] = []
    then_at, now_at = _cover(before, edges), _cover(after, edges)
    for start, end, then, now in zip(edges, edges[1:], then_at, now_at, strict=False):
        if all(then[name] == now[name] for name in _SAME):
            continue
        change = Change(
            start, end - start, _words(then), _words(now),
            then["state"], now["state"], then["use"], now["use"],
        )  # fmt: skip
        last = changes[-1] if changes else None
        if last and last.address + last.size == start and _what(last) == _what(change):
            change = Change(last.address, last.size + change.size, *_what(change))
            changes.pop()
        changes.append(change)
    return changes


def _cover(regions: Sequence[_Region], edges: list[int]) -> list[_Region]:
    """Return the region at each edge."""
    found: list[_Region] = []
    left = iter(sorted(regions, key=lambda each: int(each["address"])))
    current = next(left, None)
    for edge in edges:
        while current and current["address"] + current["size"] <= edge:
            current = next(left, None)
        found.append(current if current and current["address"] <= edge else _NOTHING)
    return found


def _words(region: _Region) -> str:
    if region["state"] == "free":
        return "free"
    name = f" {region['name']}" if region["name"] else ""
    return f"{region['state']} {region['use']}{name} {region['protection']}"


def _what(change: Change) -> tuple[str, str, str, str, str, str]:
    return (
        *(change.before, change.after, change.state_before, change.state_after),
        *(change.use_before, change.use_after),
    )


def sum_up(changes: Sequence[Change]) -> list[Total]:
    """Return how much each use and state gained or lost."""
    sums: dict[tuple[str, str], int] = {}
    for each in changes:
        was, now = (each.use_before, each.state_before), (each.use_after, each.state_after)
        sums[was] = sums.get(was, 0) - each.size
        sums[now] = sums.get(now, 0) + each.size
    return [Total(use, state, change) for (use, state), change in sorted(sums.items())]
