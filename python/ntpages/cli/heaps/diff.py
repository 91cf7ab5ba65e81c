"""``ntpages heap diff``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from ntpages import heaps
from ntpages.cli import saved
from ntpages.cli.arguments import COUNT, as_json
from ntpages.cli.exits import Exit
from ntpages.report import consoles, documents
from ntpages.report.heaps.diff import HeapGrowth, growth_table, heaps_table
from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_WALK = saved.Kind(
    "ntpages heap walk",
    "entries",
    {"heap": saved.number, "address": saved.number, "size": saved.number, "kind": saved.text},
)


@click.command("diff")
@saved.before_and_after
@click.option("--top", type=COUNT, metavar="N", help="Only the first N.")
@as_json
def diff_command(before: Path, after: Path, *, top: int | None, as_json: bool) -> Exit:
    """Show what grew between two saved walks: which heap, and blocks of which size.

    Save a walk with `ntpages heap walk PROCESS --json > BEFORE`, let the process work, and save
    another. Blocks that came and went in between do not show: what is left is what stayed.
    """
    walks = _WALK.load_both(before, after)
    grown = heaps.diff(*(Table("heap entries", walk.columns) for walk in walks))
    by_heap = _by_heap(*(walk.columns for walk in walks))
    if as_json:
        growth = sum(grown.column("growth"))
        documents.print_document({"growth": growth, "heaps": by_heap, "sizes": grown[:top]})
        return Exit.OK
    out = consoles.data()
    if len(by_heap) > 1:
        out.print(heaps_table(by_heap))
        out.print()
    out.print(growth_table(grown, top))
    return Exit.OK


def _by_heap(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[HeapGrowth]:
    """Return what blocks of each heap hold, the one that grew most first."""
    old, new = _sums(before), _sums(after)
    found = [HeapGrowth(heap, old[heap], new[heap]) for heap in sorted(old | new)]
    return sorted(found, key=lambda each: each.before - each.after)


def _sums(walk: Mapping[str, Any]) -> Counter[int]:
    found: Counter[int] = Counter()
    for heap, size, kind in zip(walk["heap"], walk["size"], walk["kind"], strict=True):
        found[heap] += size if kind == "busy" else 0
    return found
