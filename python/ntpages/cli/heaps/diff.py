"""``ntpages heap diff``."""

from __future__ import annotations

import json
import sys
from array import array
from pathlib import Path
from typing import Any

import click

from ntpages import heaps, report
from ntpages.cli import Exit
from ntpages.cli.arguments import as_json
from ntpages.report.heaps import walk as shown
from ntpages.table import Table

_WALK = click.Path(exists=True, dir_okay=False, path_type=Path)


def _load(path: Path) -> tuple[int, Table]:
    """Return whose heaps were walked, and the entries, of what was printed with --json."""
    addresses, sizes = array("Q"), array("Q")
    kinds: list[str] = []

    def take(found: dict[str, Any]) -> dict[str, Any] | None:
        """Keep three numbers of an entry instead of the whole of it: there may be millions."""
        if "heap" not in found:
            return found
        addresses.append(found["address"])
        sizes.append(found["size"])
        kinds.append(sys.intern(found["kind"]))
        return None

    try:
        # Bytes, because a shell may have saved them as UTF-16.
        saved = json.loads(path.read_bytes(), object_hook=take)
        if saved["entries"] != [None] * len(kinds):
            msg = "entries of another kind"
            raise ValueError(msg)
        pid = int(saved["pid"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as wrong:
        msg = f"{path} holds no result of `ntpages heap walk --json`: {wrong!r}"
        raise click.UsageError(msg) from wrong
    return pid, Table("heap entries", {"address": addresses, "size": sizes, "kind": kinds})


@click.command("diff")
@click.argument("before", type=_WALK)
@click.argument("after", type=_WALK)
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Only the first N.")
@as_json
def diff_command(before: Path, after: Path, *, top: int | None, as_json: bool) -> Exit:
    """Show what grew between two saved walks, by block size.

    Save a walk with `ntpages heap walk PID --json > BEFORE`, let the process work, and save
    another. Blocks that came and went in between do not show: what is left is what stayed.
    """
    (was, old), (now, new) = _load(before), _load(after)
    if was != now:
        report.words().print(f"These are heaps of two processes, {was} and {now}.")
    grown = heaps.diff(old, new)
    if as_json:
        report.print_json({"growth": sum(grown.column("growth")), "sizes": grown[:top]})
    else:
        report.data().print(shown.growth_table(grown, top))
    return Exit.OK
