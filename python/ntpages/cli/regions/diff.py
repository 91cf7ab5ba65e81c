"""``ntpages map diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ntpages.cli import saved
from ntpages.cli.arguments import as_json
from ntpages.cli.exits import Exit
from ntpages.report import consoles, documents
from ntpages.report.regions import diff as shown
from ntpages.report.regions.diff import Difference, Total
from ntpages.report.regions.map import protection

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

    Save a map with `ntpages map PROCESS --json > BEFORE`, let the process work, and save another.
    """
    old, new = _MAP.load_both(before, after)
    differences = compare(_regions(old), _regions(new))
    totals = [total for total in sum_up(differences) if total.change]
    if as_json:
        documents.print_document({"changes": differences, "totals": totals})
    else:
        consoles.data().print(shown.totals_table(totals))
        consoles.data().print()
        consoles.data().print(shown.differences_table(differences))
    return Exit.OK


def _regions(document: saved.Document) -> list[_Region]:
    names = document.columns
    rows = [dict(zip(names, cells, strict=True)) for cells in zip(*names.values(), strict=True)]
    # Which of what is free is of use is a matter of its neighbours.
    return [row | {"use": "free"} if row["state"] == "free" else row for row in rows]


def compare(before: Sequence[_Region], after: Sequence[_Region]) -> list[Difference]:
    """Return every range whose state, protection, type or use changed. Not mapped is free."""
    edges = sorted(
        {edge for each in (*before, *after)
         for edge in (each["address"], each["address"] + each["size"])}
    )  # fmt: skip
    differences: list[Difference] = []
    then_at, now_at = _cover(before, edges), _cover(after, edges)
    for start, end, then, now in zip(edges, edges[1:], then_at, now_at, strict=False):
        if all(then[name] == now[name] for name in _SAME):
            continue
        difference = Difference(
            start, end - start, _words(then), _words(now),
            then["state"], now["state"], then["use"], now["use"],
        )  # fmt: skip
        last = differences[-1] if differences else None
        if last and last.address + last.size == start and _what(last) == _what(difference):
            difference = Difference(last.address, last.size + difference.size, *_what(difference))
            differences.pop()
        differences.append(difference)
    return differences


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
    return f"{region['state']} {region['use']}{name} {protection(region['protection'])}".rstrip()


def _what(each: Difference) -> tuple[str, str, str, str, str, str]:
    return (
        *(each.before, each.after, each.state_before, each.state_after),
        *(each.use_before, each.use_after),
    )


def sum_up(differences: Sequence[Difference]) -> list[Total]:
    """Return how much each use and state gained or lost."""
    sums: dict[tuple[str, str], int] = {}
    for each in differences:
        was, now = (each.use_before, each.state_before), (each.use_after, each.state_after)
        sums[was] = sums.get(was, 0) - each.size
        sums[now] = sums.get(now, 0) + each.size
    return [Total(use, state, change) for (use, state), change in sorted(sums.items())]
