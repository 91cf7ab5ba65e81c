"""``ntpages ps``."""

from __future__ import annotations

import time
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

import click

from ntpages import processes
from ntpages.cli.arguments import COUNT, PID, SIZE, Seconds, as_json, choose_one
from ntpages.cli.exits import Exit
from ntpages.cli.processes.absent import absent_names, absent_pids
from ntpages.processes.names import Names
from ntpages.report import consoles, documents
from ntpages.report.processes import columns as shown
from ntpages.report.processes.ps import print_processes, watched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ntpages.table import Table


def _columns(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(name.strip() for name in value.split(","))


@click.command("ps")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--pid", "pids", type=PID, multiple=True, help="Only this process; repeatable.")
@click.option("--floor", type=SIZE, default=0, help="Only working sets of at least this size.")
@click.option("--sort", default="working_set", show_default=True, help="Column to sort by.")
@click.option("--ascending", is_flag=True, help="Smallest first.")
@click.option("--top", type=COUNT, metavar="N", help="Only the first N.")
@click.option("--columns", callback=_columns, metavar="NAME,...", help="Columns to show.")
@click.option("--all", "every", is_flag=True, help="Show all columns.")
@click.option("--limits", is_flag=True, help="Add the working-set limits.")
@click.option("--full", is_flag=True, help="Add shared commit; for administrators.")
@click.option("--watch", type=Seconds(0.1), metavar="SECONDS", help="Repeat.")
@as_json
def ps_command(
    *,
    names: tuple[str, ...],
    pids: tuple[int, ...],
    floor: int,
    sort: str,
    ascending: bool,
    top: int | None,
    columns: tuple[str, ...] | None,
    every: bool,
    limits: bool,
    full: bool,
    watch: float | None,
    as_json: bool,
) -> Exit:
    """Show the memory of all processes, or of those called NAME (wildcards * and ?).

    One question to the kernel answers for everybody: no process is left out for want of access.
    With --watch and --json every look is one line.
    """
    choose_one("every", "columns")

    def look() -> tuple[Table, list[str]]:
        table = processes.list_processes(full=full, limits=limits)
        for name in (sort, *(columns or ())):
            if name not in table.names:
                msg = f"no column {name!r}: there are {', '.join(table.names)}"
                raise click.UsageError(msg)
        nobody = [*absent_names(names, table), *absent_pids(pids, table)]
        table = select(table, names=names, pids=pids, floor=floor)
        return table.sort(sort, descending=not ascending)[:top], nobody

    def print_json(table: Table) -> None:
        found = shown.objects(table, columns) if columns else table
        documents.print_document({"processes": found}, compact=watch is not None)

    wanted = shown.chosen(columns, every=every, limits=limits, full=full)
    if watch is None:
        table, nobody = look()
        if nobody and not table:
            raise click.ClickException("\n".join(nobody))
        print_json(table) if as_json else print_processes(table, wanted)
        _say(nobody)
        return Exit.PARTLY if nobody else Exit.OK
    with suppress(KeyboardInterrupt):  # the way to end it
        table, nobody = look()
        _say(nobody)  # who may still come
        with nullcontext(print_json) if as_json else watched(wanted) as show:
            while True:
                show(table)
                time.sleep(watch)
                table, _ = look()
    return Exit.OK


def _say(sentences: Sequence[str]) -> None:
    if sentences:
        consoles.words().print("\n".join(sentences))


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
