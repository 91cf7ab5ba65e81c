"""``ntpages pools``."""

from __future__ import annotations

import time

import click

from ntpages import physical
from ntpages.cli.arguments import COUNT, Seconds, as_json
from ntpages.cli.exits import Exit
from ntpages.report import consoles, documents
from ntpages.report.physical import pools as shown

_TOP = 25


@click.command("pools")
@click.option("--top", type=COUNT, metavar="N", help=f"Only the first N; {_TOP} unless said.")
@click.option(
    "--watch", type=Seconds(above=True), metavar="SECONDS", help="Show what grows in so long."
)
@click.option(
    "--names",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="A pooltag.txt; the one of Microsoft's debuggers unless said.",
)
@as_json
def pools_command(
    *, top: int | None, watch: float | None, names: str | None, as_json: bool
) -> Exit:
    """Show what the kernel and its drivers have in their pools, by tag.

    With --watch, what was added between two looks: a driver that leaks grows and never shrinks.
    """
    tags = physical.pool_tags(names)
    before = physical.pools() if watch is not None else None
    if watch is not None:
        with consoles.words().status(f"watching for {watch:g} s ..."):
            time.sleep(watch)
    lines = shown.lines(physical.pools(), before, tags)
    if as_json:
        documents.print_document({"seconds": watch, "pools": lines[:top]})
        return Exit.OK
    if lines:
        consoles.data().print(shown.pools_table(lines[: top or _TOP], growth=watch is not None))
    else:
        consoles.words().print("Nothing has grown or shrunk.")
    if not tags:
        words = "No pooltag.txt is installed: the debuggers of the Windows SDK bring one."
        consoles.words().print(words)
    return Exit.OK
