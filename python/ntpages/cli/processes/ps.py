"""``ntpages ps``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ntpages import processes
from ntpages.cli.arguments import PID, SIZE, choose_one, timeline_option
from ntpages.cli.exits import Exit
from ntpages.cli.listing import Listing, Look, listing
from ntpages.cli.processes.absent import absent_names, absent_pids
from ntpages.cli.processes.named import whole_name
from ntpages.processes.names import Names
from ntpages.report.columns import heading, is_size, is_text
from ntpages.report.processes.columns import usual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ntpages.table import Table

_LINES = 10  # of a picture: the largest


@click.command("ps")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--pid", "pids", type=PID, multiple=True, help="Only this; may be repeated.")
@click.option("--floor", type=SIZE, default=0, help="Only working sets of at least this size.")
@click.option("--all", "every", is_flag=True, help="Show all columns.")
@click.option("--limits", is_flag=True, help="Add the working-set limits.")
@click.option("--full", is_flag=True, help="Add shared commit; for administrators.")
@listing(sort="working_set", picture=timeline_option, still=False)
def ps_command(
    *,
    listing: Listing,
    names: tuple[str, ...],
    pids: tuple[int, ...],
    floor: int,
    every: bool,
    limits: bool,
    full: bool,
) -> Exit:
    """Show the memory of all processes, or of those called NAME (wildcards * and ?).

    One question to the kernel answers for everybody: no process is left out for want of access.
    With --watch and --json every look is one line. With --watch and --picture, the largest are
    drawn over time, by the column that they are sorted by.
    """
    choose_one("every", "columns")
    sort = listing.sort or "working_set"
    drawn = "working_set" if is_text(sort) else sort

    def look() -> Look:
        everybody = processes.list_processes(full=full, limits=limits)
        programs = [whole_name(name, everybody) for name in names]
        nobody = [*absent_names(programs, everybody), *absent_pids(pids, everybody)]
        table = select(everybody, names=programs, pids=pids, floor=floor)
        if nobody and not table and listing.watch is None:  # else they may still come
            raise click.ClickException("\n".join(nobody))
        listing.check(table.names)
        return Look(
            names=table.names,
            rows=table,
            key="processes",
            usual=table.names if every else usual(sort=sort, limits=limits, full=full),
            words=nobody,
            series=_largest(listing.ordered(table)[: listing.top or _LINES], drawn),
            title=f"Processes by {drawn.replace('_', ' ')}",
            unit="" if is_size(drawn) else heading(drawn),
            code=Exit.PARTLY if nobody else Exit.OK,
        )

    return listing.show(look)


def _largest(table: Table, column: str) -> dict[str, int]:
    cells = zip(table.column("name"), table.column("pid"), table.column(column), strict=True)
    return {f"{name} ({pid})": cell for name, pid, cell in cells if isinstance(cell, int)}


def select(
    table: Table, *, names: Sequence[str] = (), pids: Sequence[int] = (), floor: int = 0
) -> Table:
    """Return the processes that have one of the names or ids, and a working set of that size."""
    wanted = Names(names or ("*",))
    return table.where(
        [
            working_set >= floor and (pid in pids if pids else True) and wanted.match(name)
            for pid, name, working_set in zip(
                table.column("pid"), table.column("name"), table.column("working_set"), strict=True
            )
        ]
    )
