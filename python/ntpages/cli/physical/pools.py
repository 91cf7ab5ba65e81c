"""``ntpages pools``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from ntpages import physical
from ntpages.cli.listing import Listing, Look, listing
from ntpages.report import consoles
from ntpages.report.physical import pools as shown

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ntpages.cli.exits import Exit

_TOP = 25
_NAMES = ("tag", "total", "paged", "nonpaged", "allocations", "driver", "description")


@click.command("pools")
@click.option(
    "--names",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="A pooltag.txt; the one of Microsoft's debuggers unless said.",
)
@listing(names=_NAMES, sort="total")
def pools_command(*, listing: Listing, names: str | None) -> Exit:
    """Show what the kernel and its drivers have in their pools, by tag.

    With --watch, what was added since it began: a driver that leaks grows and never shrinks. On a
    screen the first 25 are shown unless --top says how many; --json and --csv tell all of them.
    """
    tags = physical.pool_tags(names)
    words = []
    if not tags:
        words = ["No pooltag.txt is installed: the debuggers of the Windows SDK bring one."]
    growth = listing.watch is not None
    before = list(physical.pools()) if growth else None
    begun = time.monotonic()
    if listing.watch is not None:
        with consoles.words().status(f"watching for {listing.watch:g} s ..."):
            time.sleep(listing.watch)

    def people(rows: Any) -> RenderableType:
        if growth and not rows:
            return "Nothing has grown or shrunk."
        return shown.pools_table(rows, growth=growth)

    def look() -> Look:
        return Look(
            names=_NAMES,
            rows=shown.lines(physical.pools(), before, tags),
            key="pools",
            document={"seconds": time.monotonic() - begun if growth else None},
            people=people,
            most=_TOP,
            words=[] if listing.for_programs else words,
        )

    return listing.show(look)
