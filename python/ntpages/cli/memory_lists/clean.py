"""``ntpages clean``, and ``ntpages defrag``, which is the cleaning that people know."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from ntpages import memory_lists, privileges, system
from ntpages.cli.arguments import Seconds, as_json, drawing_option, refuse_unused
from ntpages.cli.exits import Exit, exit_code
from ntpages.errors import Interrupted, NtError, explain
from ntpages.memory_lists import Step
from ntpages.privileges import PrivilegeState
from ntpages.processes import list_processes
from ntpages.processes.names import did_you_mean
from ntpages.report import consoles, documents
from ntpages.report.memory_lists import clean as shown
from ntpages.report.memory_lists.picture import change_picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ntpages.memory_lists import CleanReport, MemoryLists


def _cleaning_options(command: Callable[..., object]) -> Callable[..., object]:
    """Add what ``defrag`` and ``clean`` have in common."""
    for option in (
        click.option(
            "--refaults",
            type=Seconds(above=True),
            metavar="SECONDS",
            help="Wait so long afterwards, then tell the hard and soft faults: the price.",
        ),
        click.option(
            "--dry-run",
            is_flag=True,
            help="Say what would be done and which privilege it takes; do nothing.",
        ),
        drawing_option(told="Draw the lists before and after: .svg, .png or .pdf."),
        as_json,
    ):
        command = option(command)
    return command


def _dry_run(steps: tuple[Step, ...], *, as_json: bool) -> Exit:
    refuse_unused("keep_going", "refaults", "picture", where="with --dry-run")
    lists = _lists()
    would = [shown.Would(step, step.privilege, _held(step), _moved(step, lists)) for step in steps]
    if as_json:
        documents.print_document({"dry_run": True, "changed": bool(steps), "steps": would})
        return Exit.OK
    consoles.data().print(shown.dry_run_table(would))
    if lists is not None:
        consoles.words().print(shown.ready_line(lists))
    if not all(each.held for each in would):
        consoles.words().print("What is not held takes an administrator: add --elevate.")
    return Exit.OK


def _lists() -> MemoryLists | None:
    with suppress(NtError):
        return memory_lists.query()
    return None


def _held(step: Step) -> bool:
    """Return whether the token has what a step takes."""
    if step.privilege is None:
        return not step.elevated or privileges.is_elevated()
    return privileges.state(step.privilege) is not PrivilegeState.NOT_HELD


def _moved(step: Step, lists: MemoryLists | None) -> int | None:
    """Return the bytes that a step would move, at most; None where nobody can know."""
    with suppress(NtError):
        if step is Step.EMPTY_WORKING_SETS:
            return sum(list_processes().column("private_working_set"))
        if step is Step.EMPTY_FILE_CACHE:
            return system.memory().cache
    if lists is None:
        return None
    known = {
        Step.FLUSH_MODIFIED: lists.modified,
        Step.PURGE_LOW_PRIORITY_STANDBY: lists.standby[0],
        Step.PURGE_STANDBY: lists.standby_total,
    }
    return known.get(step)


def _clean(steps: tuple[Step, ...], *, keep_going: bool) -> CleanReport:
    with shown.Progress() as progress:
        return memory_lists.clean(
            steps,
            keep_going=keep_going,
            on_step=lambda event: (
                progress.begins(event) if isinstance(event, Step) else progress.ends(event)
            ),
        )


def _count_faults(seconds: float) -> tuple[dict[str, Any] | None, bool]:
    """Wait, and return for how long and what was counted, and whether Ctrl-C ended it.

    Nothing here costs the report.
    """
    begun = time.monotonic()
    interrupted = False
    start = None
    try:
        try:
            with consoles.words().status(f"counting faults for {seconds:g} s ..."):
                start = system.fault_counters()
                time.sleep(seconds)
        except KeyboardInterrupt:  # whoever waits no longer still hears what was done
            interrupted = True
            seconds = time.monotonic() - begun
        if start:
            faults = system.fault_counters().since(start)
            return {"seconds": seconds, "faults": faults}, interrupted
    except NtError as refused:
        consoles.words().print(f"The faults can't be counted: {explain(refused)}")
    return None, interrupted


def _outcome(done: CleanReport) -> Exit:
    if done.ok:
        return Exit.OK
    if any(result.ok for result in done.steps):
        return Exit.PARTLY
    first = done.steps[0].error if done.steps else None
    return exit_code(first) if first else Exit.FAILURE


def _run(
    steps: tuple[Step, ...],
    *,
    keep_going: bool,
    refaults: float | None,
    dry_run: bool,
    picture: Path | None,
    as_json: bool,
) -> Exit:
    ordered = tuple(step for step in Step if step in steps)
    if dry_run:
        return _dry_run(ordered, as_json=as_json)
    interrupted = False
    counted = None
    try:
        done = _clean(ordered, keep_going=keep_going)
    except Interrupted as stopped:
        done = stopped.report
        interrupted = True
    else:
        if refaults is not None:
            counted, interrupted = _count_faults(refaults)
    out = consoles.data()
    try:
        if as_json:
            documents.print_document(
                {
                    "dry_run": False,
                    "changed": any(result.ok for result in done.steps),
                    "ok": done.ok,
                    "interrupted": interrupted,
                    "verified": done.verified,
                    "before": done.before,
                    "after": done.after,
                    "steps": done.steps,
                    "skipped": done.skipped,
                    "refaults": counted,
                }
            )
        else:
            out.print(shown.steps_table(done))
            if done.before and done.after:
                out.print()
                out.print(shown.change_table(done.before, done.after))
            if counted:
                out.print(shown.refaults_line(**counted))
        if picture:
            _draw(done, picture)
    finally:  # what was done is told even where it can't be printed
        reasons = [explain(result.error) for result in done.steps if result.error]
        consoles.words().print(shown.verdict(done, reasons, interrupted=interrupted))
        if note := shown.host_note(system.windows()):
            consoles.words().print(note)
    return _outcome(done)


def _draw(done: CleanReport, picture: Path) -> None:
    if done.before and done.after:
        change_picture(done.before, done.after, picture)
    else:
        consoles.words().print(f"Without {picture}: the lists can't be read here.")


@click.command("defrag")
@_cleaning_options
def defrag_command(
    *, refaults: float | None, dry_run: bool, picture: Path | None, as_json: bool
) -> Exit:
    """Turn all idle memory into free pages.

    Empties every working set, writes the modified list out and purges the standby list, in
    this order, and stops at the first refusal. Needs SeProfileSingleProcessPrivilege: run as
    administrator. Programs fault their pages back in afterwards; --refaults shows the price.
    """
    return _run(
        memory_lists.DEFRAG,
        keep_going=False,
        refaults=refaults,
        dry_run=dry_run,
        picture=picture,
        as_json=as_json,
    )


def _parse_steps(_: click.Context, __: click.Parameter, value: str | None) -> tuple[Step, ...]:
    known = {step.value: step for step in Step}
    names = [name.strip() for name in (value or "").split(",") if name.strip()]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, {each: each for each in known})
            there = f": choose from {', '.join(known)}"
            msg = f"{name!r} is not a step{hint or there}"
            raise click.BadParameter(msg)
    return tuple(known[name] for name in names)


@click.command("clean")
@click.option(
    "--steps",
    callback=_parse_steps,
    metavar="STEP,...",
    help=f"Which: {', '.join(step.value for step in Step)}.",
)
@click.option("--all", "every", is_flag=True, help="All of them.")
@click.option("--keep-going", is_flag=True, help="Go on after a refusal.")
@_cleaning_options
def clean_command(
    *,
    steps: tuple[Step, ...],
    every: bool,
    keep_going: bool,
    refaults: float | None,
    dry_run: bool,
    picture: Path | None,
    as_json: bool,
) -> Exit:
    """Run chosen cleaning steps, always in the order in which they help each other."""
    if bool(steps) == every:
        msg = "name the steps with --steps STEP,... or give --all, one of the two"
        raise click.UsageError(msg)
    return _run(
        tuple(Step) if every else steps,
        keep_going=keep_going,
        refaults=refaults,
        dry_run=dry_run,
        picture=picture,
        as_json=as_json,
    )
