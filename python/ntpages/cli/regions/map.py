"""``ntpages map``."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Any

import click

from ntpages import processes, regions
from ntpages.arguments import PAGE
from ntpages.cli.arguments import (
    SIZE,
    as_json,
    choose_one,
    csv_option,
    picture_option,
    refuse_unused,
)
from ntpages.cli.exits import Exit
from ntpages.cli.nouns import NounCommand
from ntpages.cli.processes.named import PROCESS
from ntpages.cli.regions.diff import diff_command
from ntpages.errors import NoSuchProcessError, NtError
from ntpages.regions import AllocationTotal, ResidentRegionRow, Use, UseTotal
from ntpages.report import consoles, documents
from ntpages.report.regions import map as shown
from ntpages.report.regions.picture import map_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ntpages.table import Table

_UPWARDS = {"address", "allocation_base", "use", "name", "state", "type"}
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
@click.option(
    "--sort", metavar="COLUMN", help="Sort by this one, sizes downwards; by address unless said."
)
@picture_option
@as_json
@csv_option
def map_command(
    pid: int | None,
    *,
    uses: Sequence[str],
    min_size: int,
    every: bool,
    sort: str | None,
    picture: Path | None,
    as_json: bool,
    csv_file: IO[str] | None,
) -> Exit:
    """Show the address space of PROCESS, or of this one.

    First what it is used for, then every allocation, or with --regions every region, and how much
    of each is in memory. Needs the right to query the process and to read its memory: for those of
    others run as administrator, with SeDebugPrivilege. Two maps saved with --json are compared by
    `ntpages map diff BEFORE AFTER`.
    """
    choose_one("as_json", "csv_file", "picture")
    if as_json or csv_file or picture:
        refuse_unused("every", where="with --json, --csv or --picture, which have all of them")
    if picture:
        refuse_unused("sort", where="with --picture")
    whose = os.getpid() if pid is None else pid
    walked, told = _walk(whose)
    chosen = _select(walked, uses, min_size)
    if as_json or csv_file:
        chosen = _sorted(chosen, sort)
    by_use, allocations = regions.totals(chosen), regions.totals(chosen, by="allocation")
    program = f"{_program(whose)} ({whose})"
    if picture:
        map_picture(chosen, picture, title=f"Address space of {program}", page_size=PAGE)
    elif as_json:
        documents.print_document(
            {
                "pid": whose,
                "program": _program(whose),
                "summary": _objects(by_use, UseTotal._fields, told=told),
                "allocations": _objects(allocations, AllocationTotal._fields, told=told),
                "regions": _objects(chosen, ResidentRegionRow._fields, told=told),
            }
        )
    elif csv_file:
        names = ResidentRegionRow._fields
        rows = (each.values() for each in _objects(chosen, names, told=told))
        documents.write_csv(csv_file, names, map(tuple, rows))
    else:
        listed = _sorted(chosen if every else allocations, sort)
        out = consoles.data()
        out.print(shown.heading(program, by_use, told=told))
        out.print(shown.summary_table(by_use, width=out.width, told=told))
        out.print()
        list_table = shown.regions_table if every else shown.allocations_table
        out.print(list_table(listed, width=out.width, told=told))
    return Exit.OK


def _walk(pid: int) -> tuple[Table[Any], bool]:
    """Return all regions, and whether Windows told what of them is in the working set."""
    try:
        return regions.walk(pid, resident=True), True
    except NtError as refused:
        if refused.call != "QueryWorkingSetEx" or isinstance(refused, NoSuchProcessError):
            raise
        consoles.words().print(f"Without what is in the working set: {refused}")
        return regions.walk(pid), False


def _program(pid: int) -> str:
    table = processes.list_processes()
    names = zip(table.column("pid"), table.column("name"), strict=True)
    return next((name for each, name in names if each == pid), "unknown program")


def _sorted(table: Table[Any], column: str | None) -> Table[Any]:
    """Return the rows in the order of a column: words and addresses upwards, sizes downwards."""
    if column is None:
        return table
    if column not in table.names:
        msg = f"no column {column!r}: there are {', '.join(table.names)}"
        raise click.UsageError(msg)
    return table.sort(column, descending=column not in _UPWARDS)


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
