"""``ntpages trim``."""

from __future__ import annotations

import click

from ntpages import working_sets
from ntpages.cli.arguments import PID, SIZE, as_json
from ntpages.cli.exits import Exit, exit_code
from ntpages.errors import explain
from ntpages.processes import list_processes
from ntpages.report import consoles, documents
from ntpages.report import working_sets as shown
from ntpages.report.processes.ps import processes_table


@click.command("trim")
@click.argument("pids", nargs=-1, type=PID, metavar="[PID]...")
@click.option("--where", "include", multiple=True, metavar="NAME", help="Those called so.")
@click.option("--except", "exclude", multiple=True, metavar="NAME", help="But not these.")
@click.option("--floor", type=SIZE, default=0, help="Only working sets of at least this size.")
@click.option(
    "--idle",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Only those that do nothing for so long.",
)
@click.option(
    "--settle",
    type=click.FloatRange(min=0),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="Wait before counting the faults.",
)
@click.option("--dry-run", is_flag=True, help="Say who would be trimmed, and trim nobody.")
@as_json
def trim_command(
    *,
    pids: tuple[int, ...],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    floor: int,
    idle: float,
    settle: float,
    dry_run: bool,
    as_json: bool,
) -> Exit:
    """Empty working sets, and count the page faults that follow.

    Name the processes by PID, or with --where and wildcards (--where "*" for all); --except,
    --floor and --idle narrow that choice. The faults are the price: pages that a process needed
    after all.
    """
    if bool(pids) == bool(include):
        msg = "name processes by PID or by --where NAME, one of the two"
        raise click.UsageError(msg)
    done = working_sets.trim_where(
        pids=pids or None,
        include=include or ("*",),
        exclude=exclude,
        floor=floor,
        idle=idle,
        settle=settle,
        dry_run=dry_run,
    )
    if as_json:
        documents.print_document(
            {
                "dry_run": dry_run,
                "matched": done.matched,
                "trimmed": done.trimmed,
                "refused": done.refused,
                "freed": done.freed,
                "settle": settle,
            }
        )
    elif dry_run:
        chosen = list_processes()
        chosen = chosen.where([pid in done.matched for pid in chosen.column("pid")])
        consoles.data().print(processes_table(chosen, ("pid", "name", "working_set")))
    else:
        consoles.data().print(shown.trimmed_table(done))
    reasons = [explain(each.error) for each in done.refused]
    consoles.words().print(shown.verdict(done, reasons, settle=settle, dry_run=dry_run))
    return _outcome(done)


def _outcome(done: working_sets.TrimReport) -> Exit:
    if not done.refused:
        return Exit.OK
    return Exit.PARTLY if done.trimmed else exit_code(done.refused[0].error)
