"""``ntpages map``."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

import click

from ntpages import regions, working_sets
from ntpages.arguments import PAGE
from ntpages.cli.arguments import PID, SIZE, as_json, choose_one, csv_option, picture_option
from ntpages.cli.exits import Exit
from ntpages.cli.nouns import NounCommand
from ntpages.cli.regions.diff import diff_command
from ntpages.errors import NtError
from ntpages.regions import State, Use
from ntpages.report import consoles, documents
from ntpages.report.regions import map as shown
from ntpages.report.regions.picture import map_picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ntpages.table import Table


@click.command("map", cls=NounCommand, commands=[diff_command])
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
@csv_option
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
    choose_one("as_json", "csv_file", "picture")
    whose = os.getpid() if pid is None else pid
    table = _select(regions.walk(pid), uses, min_size)
    if picture:
        title = f"Address space of process {whose}"
        map_picture(table, picture, title=title, page_size=PAGE, working_set=_working_set(whose))
    elif as_json:
        documents.print_document({"pid": whose, "summary": summarize(table), "regions": table})
    elif csv_file:
        columns = (table.column(name) for name in table.names)
        documents.write_csv(csv_file, table.names, zip(*columns, strict=True))
    else:
        out = consoles.data()
        out.print(shown.summary_table(summarize(table)))
        out.print()
        out.print(shown.regions_table(table))
    return Exit.OK


def summarize(table: Table) -> list[shown.Part]:
    """Return a part for each use that occurs, in the order of ``ntpages.regions.Use``."""
    sizes: dict[tuple[str, str], list[int]] = {}
    columns = (table.column(name) for name in ("use", "state", "size"))
    for use, state, extent in zip(*columns, strict=True):
        sizes.setdefault((use, state), []).append(extent)
    parts = []
    for use in Use:
        by_state = {state: sizes.get((use.value, state.value), []) for state in State}
        every = [extent for found in by_state.values() for extent in found]
        if every:
            committed, reserved = sum(by_state[State.COMMIT]), sum(by_state[State.RESERVE])
            sums = (len(every), sum(every), committed, reserved, max(every))
            parts.append(shown.Part(use.value, *sums))
    return parts


def _working_set(pid: int) -> list[int] | None:
    """Return the addresses of the pages in the working set, if Windows tells."""
    try:
        pages = working_sets.pages(pid, valid_only=True)
    except NtError as refused:
        consoles.words().print(f"Without the share that is in the working set: {refused}")
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
