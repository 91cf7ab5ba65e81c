"""``ntpages heap diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ntpages import heaps
from ntpages.cli import saved
from ntpages.cli.arguments import COUNT, as_json
from ntpages.cli.exits import Exit
from ntpages.report import consoles, documents
from ntpages.report.heaps.diff import growth_table
from ntpages.table import Table

if TYPE_CHECKING:
    from pathlib import Path

_WALK = saved.Kind(
    "ntpages heap walk",
    "entries",
    {"address": saved.number, "size": saved.number, "kind": saved.text},
)


@click.command("diff")
@saved.before_and_after
@click.option("--top", type=COUNT, metavar="N", help="Only the first N.")
@as_json
def diff_command(before: Path, after: Path, *, top: int | None, as_json: bool) -> Exit:
    """Show what grew between two saved walks, by block size.

    Save a walk with `ntpages heap walk PROCESS --json > BEFORE`, let the process work, and save
    another. Blocks that came and went in between do not show: what is left is what stayed.
    """
    walks = _WALK.load_both(before, after)
    grown = heaps.diff(*(Table("heap entries", walk.columns) for walk in walks))
    if as_json:
        growth = sum(grown.column("growth"))
        documents.print_document({"growth": growth, "sizes": grown[:top]})
    else:
        consoles.data().print(growth_table(grown, top))
    return Exit.OK
