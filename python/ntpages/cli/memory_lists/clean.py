"""``ntpages defrag``, ``ntpages clean`` and ``ntpages lists``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from ntpages import memory_lists, report, system
from ntpages.cli import Exit, exit_code
from ntpages.cli.arguments import picture_option
from ntpages.memory_lists import CleanReport, Step, StepResult
from ntpages.report.memory_lists import clean as pages
from ntpages.report.regions.picture import lists_picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typing_extensions import Self

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON; sizes in bytes.")


def _cleaning_options(command: Callable[..., object]) -> Callable[..., object]:
    """Add what ``defrag`` and ``clean`` have in common."""
    for option in (
        click.option(
            "--refaults",
            type=click.FloatRange(min=0, min_open=True),
            metavar="SECONDS",
            help="Wait so long afterwards, then tell the hard and soft faults: the price.",
        ),
        click.option(
            "--dry-run",
            is_flag=True,
            help="Say what would be done and which privilege it takes; do nothing.",
        ),
        _json,
    ):
        command = option(command)
    return command


class _Progress:
    """Says on stderr which step runs and how it ended."""

    def __init__(self) -> None:
        self._status = report.words().status("")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()  # after Ctrl-C too: while it turns, the cursor is hidden

    def __call__(self, event: Step | StepResult) -> None:
        if isinstance(event, Step):
            self._status.update(f"{event.value} ...")
            self._status.start()
            return
        self._status.stop()
        answer = "accepted" if event.ok else "refused"
        report.words().print(f"{event.step.value}: {answer}, {event.seconds:.3f} s")


def _outcome(done: CleanReport) -> Exit:
    if done.ok:
        return Exit.OK
    if any(result.ok for result in done.steps):
        return Exit.PARTLY
    first = done.steps[0].error
    return exit_code(first) if first else Exit.FAILURE


def _run(
    steps: tuple[Step, ...],
    *,
    keep_going: bool,
    refaults: float | None,
    dry_run: bool,
    as_json: bool,
) -> Exit:
    ordered = tuple(step for step in Step if step in steps)
    if dry_run:
        if as_json:
            report.print_json([{"step": step, "privilege": step.privilege} for step in ordered])
        else:
            report.data().print(pages.dry_run_table(ordered))
        return Exit.OK

    with _Progress() as progress:
        done = memory_lists.clean(ordered, keep_going=keep_going, on_step=progress)
    faults = None
    if refaults is not None:
        start = system.fault_counters()
        with report.words().status(f"counting faults for {refaults:g} s ..."):
            time.sleep(refaults)
        faults = system.fault_counters().since(start)

    windows = system.windows()
    if as_json:
        report.print_json(
            {
                "host": windows,
                "ok": done.ok,
                "verified": done.verified,
                "before": done.before,
                "after": done.after,
                "steps": done.steps,
                "skipped": done.skipped,
                "refaults": None if faults is None else {"seconds": refaults, "faults": faults},
            }
        )
    else:
        report.data().print(pages.steps_table(done))
        if done.before and done.after:
            report.data().print()
            report.data().print(pages.change_table(done.before, done.after))
        if faults is not None and refaults is not None:
            report.data().print(pages.refaults_line(faults, refaults))
    report.words().print(pages.verdict(done))
    note = report.host_note(windows)
    if note:
        report.words().print(note)
    return _outcome(done)


@click.command("defrag")
@_cleaning_options
def defrag_command(*, refaults: float | None, dry_run: bool, as_json: bool) -> Exit:
    """Turn all idle memory into free pages.

    Empties every working set, writes the modified list out and purges the standby list, in
    this order, and stops at the first refusal. Needs SeProfileSingleProcessPrivilege: run as
    administrator. Programs fault their pages back in afterwards; --refaults shows the price.
    """
    return _run(
        memory_lists.DEFRAG, keep_going=False, refaults=refaults, dry_run=dry_run, as_json=as_json
    )


def _parse_steps(_: click.Context, __: click.Parameter, value: str | None) -> tuple[Step, ...]:
    known = {step.value: step for step in Step}
    names = [name.strip() for name in (value or "").split(",") if name.strip()]
    for name in names:
        if name not in known:
            msg = f"{name!r} is not a step: choose from {', '.join(known)}"
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
        as_json=as_json,
    )


@click.command("lists")
@picture_option
@_json
def lists_command(*, picture: Path | None, as_json: bool) -> Exit:
    """Show the kernel's page lists, the standby list by priority."""
    lists = memory_lists.query()
    if picture:
        lists_picture(lists, picture)
    elif as_json:
        report.print_json({"host": system.windows(), "lists": lists})
    else:
        report.data().print(pages.lists_table(lists))
    return Exit.OK
