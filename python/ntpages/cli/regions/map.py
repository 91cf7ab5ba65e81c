"""``ntpages map``."""

from __future__ import annotations

import csv
import os
from typing import IO, TYPE_CHECKING

import click

from ntpages import regions, report, working_sets
from ntpages.cli import Exit
from ntpages.cli.arguments import PID, SIZE, as_json, picture_option
from ntpages.cli.regions.diff import MapCommand
from ntpages.errors import NtError
from ntpages.regions import Use
from ntpages.report.regions import map as tables
from ntpages.report.regions.picture import map_picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ntpages.table import Table


@click.command("map", cls=MapCommand)
@click.argument("pid", type=PID, required=False)
@click.option(
    "--use",
    "uses",
    multiple=True,
    type=click.Choice([use.value for use in Use], case_sensitive=False),
    help="Only regions for this; may be repeated.",
)
@click.option("--min-size", type=SIZE, default=0, metavar="SIZE", help="Only regions so large.")
@picture_option
@as_json
@click.option(
    "--csv",
    "csv_file",
    type=click.File("w", encoding="utf-8", lazy=True),
    metavar="FILE",
    help="Write the regions as comma-separated values; - for standard output.",
)
def map_command(
    pid: int | None,
    *,
    uses: Sequence[str],
    min_size: int,
    picture: Path | None,
    as_json: bool,
    csv_file: IO[str] | None,
) -> Exit:
    """Show the address space of the process PID, or of this one.

    First what it is used for, then every region. Needs the right to query the process and to read
    its memory: for those of others run as administrator, with SeDebugPrivilege. Two maps saved with
    --json are compared by `ntpages map diff BEFORE AFTER`.
    """
    if as_json and csv_file:
        msg = "--json and --csv: choose one of the two"
        raise click.UsageError(msg)
    table = _select(regions.walk(pid), uses, min_size)
    if picture:
        whose = os.getpid() if pid is None else pid
        title = f"Address space of process {whose}"
        map_picture(table, picture, title=title, resident=_resident(whose))
    elif as_json:
        report.print_json(
            {
                "pid": os.getpid() if pid is None else pid,
                "summary": tables.summarize(table),
                "regions": [row._asdict() for row in table],
            }
        )
    elif csv_file:
        _write_csv(table, csv_file)
    else:
        report.data().print(tables.summary_table(tables.summarize(table)))
        report.data().print()
        report.data().print(tables.regions_table(table))
    return Exit.OK


def _resident(pid: int) -> list[int] | None:
    """Return the addresses of the pages in the working set, if Windows tells."""
    try:
        pages = working_sets.pages(pid, valid_only=True)
    except NtError as refused:
        report.words().print(f"Without the share that is resident: {refused}")
        return None
    return pages.column("address").tolist()


def _select(table: Table, uses: Sequence[str], min_size: int) -> Table:
    wanted = set(uses) or {use.value for use in Use}
    return table.where(
        [
            use in wanted and size >= min_size
            for use, size in zip(table.column("use"), table.column("size"), strict=True)
        ]
    )


def _write_csv(table: Table, file: IO[str]) -> None:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(table.names)
    out.writerows(zip(*(table.column(name) for name in table.names), strict=True))
