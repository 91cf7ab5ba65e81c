"""``ntpages map``."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from rich.console import Group

from ntpages import regions
from ntpages.arguments import PAGE
from ntpages.cli.arguments import SIZE, drawing_option, refuse_unused
from ntpages.cli.listing import Listing, Look, listing
from ntpages.cli.nouns import NounCommand
from ntpages.cli.processes.named import PROCESS, program_of
from ntpages.cli.regions.diff import diff_command
from ntpages.errors import NoSuchProcessError, NtError
from ntpages.regions import AllocationTotal, ResidentRegionRow, Use, UseTotal
from ntpages.report import consoles
from ntpages.report.regions import map as shown
from ntpages.report.regions.page import map_page
from ntpages.report.regions.picture import map_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from rich.console import RenderableType

    from ntpages.cli.exits import Exit
    from ntpages.table import Table

_RESIDENT = ("resident", "modified")
"""How columns begin that are not known where Windows does not tell of the working set."""


@click.command("map", cls=NounCommand, commands=[diff_command])
@click.argument("pid", type=PROCESS, required=False, metavar="[PROCESS]")
@click.option(
    "--use",
    "uses",
    multiple=True,
    type=click.Choice([use.value for use in Use], case_sensitive=False),
    help="Only regions for this; may be repeated.",
)
@click.option("--min-size", type=SIZE, default=0, metavar="SIZE", help="Only regions so large.")
@click.option("--regions", "every", is_flag=True, help="Show each region, not just allocations.")
@listing(
    picture=drawing_option(
        ".html", told="Draw it: .svg, .png or .pdf, or a page to zoom into: .html."
    )
)
def map_command(
    pid: int | None,
    *,
    listing: Listing,
    uses: Sequence[str],
    min_size: int,
    every: bool,
) -> Exit:
    """Show the address space of PROCESS, or of this one.

    First what it is used for, then every allocation, or with --regions every region, and how much
    of each is in memory. Needs the right to query the process and to read its memory: for those of
    others run as administrator, with SeDebugPrivilege. Two maps saved with --json are compared by
    `ntpages map diff BEFORE AFTER`. With --watch and --picture, what is committed is drawn over
    time, by use.
    """
    if listing.for_programs or listing.picture:
        refuse_unused("every", where="with --json, --csv or --picture, which have all of them")
    whose = os.getpid() if pid is None else pid
    name = program_of(whose)
    program = f"{name} ({whose})"

    def look() -> Look:
        walked, words = _walk(whose)
        told = not words
        chosen = _select(walked, uses, min_size)
        by_use, allocations = regions.totals(chosen), regions.totals(chosen, by="allocation")
        one_by_one = every or listing.for_programs

        def people(rows: Table[Any]) -> RenderableType:
            width = consoles.data().width
            table = shown.regions_table if every else shown.allocations_table
            return Group(
                shown.heading(program, by_use, told=told),
                shown.summary_table(by_use, width=width, told=told),
                "",
                table(rows, width=width, told=told),
            )

        def draw(path: Path) -> None:
            title = f"Address space of {program}"
            if path.suffix.lower() == ".html":
                map_page(chosen, path, title=title)
            else:
                map_picture(chosen, path, title=title, page_size=PAGE)

        return Look(
            names=ResidentRegionRow._fields if one_by_one else AllocationTotal._fields,
            rows=chosen if one_by_one else allocations,
            key="regions",
            document={
                "pid": whose,
                "program": name,
                "summary": list(_objects(by_use, UseTotal._fields, told=told)),
                "allocations": _objects(allocations, AllocationTotal._fields, told=told),
            },
            objects=partial(_objects, told=told),
            whole=False,
            people=people,
            draw=draw,
            series={each.use.value: each.committed for each in by_use if each.committed},
            title=f"Committed memory of {program}, by use",
            words=words,
        )

    return listing.show(look)


def _walk(pid: int) -> tuple[Table[Any], list[str]]:
    """Return all regions; and a sentence, where Windows does not tell what is in memory of them."""
    try:
        return regions.walk(pid, resident=True), []
    except NtError as refused:
        if refused.call != "QueryWorkingSetEx" or isinstance(refused, NoSuchProcessError):
            raise
        return regions.walk(pid), [f"Without what is in the working set: {refused}"]


def _objects(table: Table[Any], names: Sequence[str], *, told: bool) -> Iterator[dict[str, object]]:
    """Yield an object for each row: what is not told is null, whatever else there is."""
    known = [name for name in names if told or not name.startswith(_RESIDENT)]
    nothing = dict.fromkeys(names)
    for cells in zip(*(table.column(name) for name in known), strict=True):
        yield nothing | dict(zip(known, cells, strict=True))


def _select(table: Table[Any], uses: Sequence[str], min_size: int) -> Table[Any]:
    wanted = set(uses) or {use.value for use in Use}
    return table.where(
        [
            use in wanted and size >= min_size
            for use, size in zip(table.column("use"), table.column("size"), strict=True)
        ]
    )
