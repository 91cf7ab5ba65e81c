"""``ntpages trim``."""

from __future__ import annotations

import click

from ntpages import working_sets
from ntpages.cli.arguments import SIZE, Seconds, as_json, refuse_unused
from ntpages.cli.exits import Exit, exit_code
from ntpages.cli.processes.absent import absent_names
from ntpages.cli.processes.named import WHOLE_PROCESS
from ntpages.errors import Interrupted, explain
from ntpages.processes import list_processes
from ntpages.report import consoles, documents
from ntpages.report.listing import columns_table
from ntpages.report.working_sets import trim as shown


@click.command("trim")
@click.argument("pids", nargs=-1, type=WHOLE_PROCESS, metavar="[PROCESS]...")
@click.option("--where", "include", multiple=True, metavar="NAME", help="Those called so.")
@click.option("--except", "exclude", multiple=True, metavar="NAME", help="But not these.")
@click.option("--floor", type=SIZE, default=0, help="Only working sets of at least this size.")
@click.option(
    "--idle",
    type=Seconds(),
    default=0.0,
    metavar="SECONDS",
    help="Only those that do nothing for so long.",
)
@click.option(
    "--settle",
    type=Seconds(),
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

    Name the processes, or choose with --where and wildcards (--where "*" for all); --except,
    --floor and --idle narrow that choice. The faults are the price: pages that a process needed
    after all.
    """
    if bool(pids) == bool(include):
        msg = "name processes or choose by --where NAME, one of the two"
        raise click.UsageError(msg)
    if dry_run:
        refuse_unused("settle", where="with --dry-run")
    nobody = _nobody(include, exclude)
    interrupted = False
    try:
        done = working_sets.trim_where(
            pids=pids or None,
            include=include or ("*",),
            exclude=exclude,
            floor=floor,
            idle=idle,
            settle=settle,
            dry_run=dry_run,
        )
    except Interrupted as stopped:
        done = stopped.report
        interrupted = True
    reasons = [explain(each.error) for each in done.refused]
    try:
        if as_json:
            documents.print_document(
                {
                    "dry_run": dry_run,
                    "changed": bool(done.matched if dry_run else done.trimmed),
                    "interrupted": interrupted,
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
            consoles.data().print(columns_table(chosen, ("pid", "name", "working_set")))
        else:
            consoles.data().print(shown.trimmed_table(done))
    finally:  # what was done is told even where it can't be printed
        words = shown.verdict(
            done, reasons, settle=settle, dry_run=dry_run, interrupted=interrupted
        )
        consoles.words().print("\n".join([words, *nobody]))
    some = bool(done.matched if dry_run else done.trimmed)
    if interrupted or nobody:
        return Exit.PARTLY if some else Exit.FAILURE
    return _outcome(done, some=some)


def _nobody(include: tuple[str, ...], exclude: tuple[str, ...]) -> list[str]:
    """Say which of those to trim nobody is; and, before it is too late, whom nothing protects.

    Raises:
        ClickException: There is nobody to trim, or several names were given as one.
    """
    there = list_processes()
    nobody = list(absent_names(include, there))
    if include and len(nobody) == len(include):
        raise click.ClickException("\n".join(nobody))
    for name in exclude:
        for words in absent_names([name], there):
            if "," in name:
                raise click.ClickException(words)
            consoles.words().print(f"--except: {words}")
    return nobody


def _outcome(done: working_sets.TrimReport, *, some: bool) -> Exit:
    if not done.refused:
        return Exit.OK
    return Exit.PARTLY if some else exit_code(done.refused[0].error)
