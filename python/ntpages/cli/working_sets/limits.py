"""``ntpages limits``."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from ntpages import working_sets
from ntpages.cli.arguments import SIZE
from ntpages.cli.exits import Exit, exit_code, told_if_interrupted
from ntpages.cli.listing import Listing, Look, listing
from ntpages.cli.processes.absent import absent_names
from ntpages.cli.processes.named import whole_name
from ntpages.errors import NtError, explain
from ntpages.processes import list_processes
from ntpages.processes.names import Names
from ntpages.report import consoles
from ntpages.report.working_sets.limits import LimitsLine, limits_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ntpages.table import Table

_NAMES = ("pid", "name", "working_set", "minimum", "maximum", "hard_minimum", "hard_maximum")
_SYSTEM = (0, 4)  # the idle process and the kernel's own: nobody names them by "*"


@click.command("limits")
@click.argument("who", nargs=-1, required=True, metavar="PROCESS...")
@click.option("--min", "minimum", type=SIZE, help="Keep so much, as a rule.")
@click.option("--max", "maximum", type=SIZE, help="Grow to so much, as a rule.")
@click.option(
    "--hard-min/--soft-min",
    "hard_minimum",
    default=None,
    help="Keep the minimum also when memory is short, or as a rule only.",
)
@click.option(
    "--hard-max/--soft-max",
    "hard_maximum",
    default=None,
    help="Keep to the maximum also when there is plenty, or as a rule only.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be changed; change nothing.")
@listing(names=_NAMES, watch=False)
def limits_command(
    *, listing: Listing, who: tuple[str, ...], dry_run: bool, **wanted: int | bool | None
) -> Exit:
    """Show or change between what sizes working sets are kept.

    PROCESS is an id, or the name of programs (wildcards * and ?). What is not given stays as it is.
    A working set that is held down pushes its own pages out when it grows, which costs page faults;
    one that is held up is kept from others who need the memory.
    """
    change = {name: value for name, value in wanted.items() if value is not None}
    _check(change, dry_run=dry_run)
    there = list_processes()
    who = tuple(each if each.isdecimal() else whole_name(each, there) for each in who)
    nobody = list(_absent(who, there))
    lines: list[LimitsLine] = []
    refused: list[dict[str, Any]] = []
    first: NtError | None = None
    with told_if_interrupted("some limits may have been changed"):
        for each in _chosen(who, there):
            try:
                lines.append(_line(each, change, dry_run=dry_run))
            except NtError as error:
                first = first or error
                refused.append({"pid": each.pid, "name": each.name, "error": error})
    words = [*nobody, *(f"{each['name']}: {explain(each['error'])}" for each in refused)]
    if change and lines:
        words.append(f"The limits of {len(lines)} {'would be changed' if dry_run else 'changed'}.")
    try:
        if listing.for_programs or lines:
            changed = any(each.before != each.limits for each in lines)
            document = {"dry_run": dry_run, "changed": changed, "refused": refused}
            people = partial(limits_table, changed=bool(change))
            listing.show(lambda: Look(_NAMES, lines, "processes", document, people))
    finally:  # what was done is told even where it can't be printed
        if words:
            consoles.words().print("\n".join(words))
    if not nobody and first is None:
        return Exit.OK
    if lines:
        return Exit.PARTLY
    return Exit.FAILURE if first is None else exit_code(first)


def _check(change: Mapping[str, int | bool], *, dry_run: bool) -> None:
    if dry_run and not change:
        msg = "--dry-run is for a change: add --min, --max, --hard-min or --hard-max"
        raise click.UsageError(msg)
    for name in ("minimum", "maximum"):
        if change.get(name, 1) == 0:
            msg = f"--{name[:3]} must be above 0: `ntpages trim` empties a working set"
            raise click.UsageError(msg)
    if change.get("minimum", 0) > change.get("maximum", change.get("minimum", 0)):
        msg = f"--min {change['minimum']} is above --max {change['maximum']}"
        raise click.UsageError(msg)


def _line(process: Any, change: Mapping[str, Any], *, dry_run: bool) -> LimitsLine:
    before = after = working_sets.limits(process.pid)
    if change:
        would = replace(before, **change)
        after = would if dry_run else working_sets.set_limits(process.pid, **change)
    return LimitsLine(process.pid, process.name, process.working_set, before, after)


def _chosen(who: tuple[str, ...], there: Table) -> Iterator[Any]:
    pids = {int(each) for each in who if each.isdecimal()}
    named = Names([each for each in who if not each.isdecimal()])
    for process in there:
        if process.pid in pids or (process.pid not in _SYSTEM and named.match(process.name)):
            yield process


def _absent(who: tuple[str, ...], there: Table) -> Iterator[str]:
    known = {str(pid) for pid in there.column("pid")}
    for each in who:
        if not each.isdecimal():
            yield from absent_names([each], there)
        elif each not in known:
            yield f"no process has the id {each}"
