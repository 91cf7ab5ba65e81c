"""``ntpages guard run``."""

from __future__ import annotations

import time
from collections import deque
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from ntpages.cli.arguments import as_json, refuse_unused
from ntpages.cli.exits import Exit
from ntpages.cli.guard.log import plain
from ntpages.cli.guard.policies import POLICY
from ntpages.cli.guard.which import store_option
from ntpages.guard import Guard, Note
from ntpages.guard.places import BusyError
from ntpages.report import consoles, documents
from ntpages.report.guard.live import Live, note_line

if TYPE_CHECKING:
    from ntpages.guard import Account, Policy

_MOST = 10_000  # of what a document tells: a guard may run for months


class _Told:
    """What happens while a guard runs, and who hears of it."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self.live: Live | None = None
        self.guard: Guard | None = None
        self.notes: deque[Note] = deque(maxlen=_MOST)
        self.runs: deque[Account] = deque(maxlen=_MOST)

    def note(self, kind: str, rule: str, words: str) -> None:
        note = Note(time.time(), kind, rule, words)
        self.notes.append(note)
        if kind == "ran" and self.guard and self.guard.last:
            self.runs.append(self.guard.last)
        if self.live:
            self.live.note(note)
        elif not self._as_json:
            consoles.data().print(note_line(note))

    def look(self) -> None:
        if self.live and self.guard:
            self.live.show(self.guard)

    @property
    def outcome(self) -> Exit:
        if not any(each.refused for each in self.runs):
            return Exit.OK
        if any(each.done for each in self.runs):
            return Exit.PARTLY
        lacking = any(each.lacking for each in self.runs)
        return Exit.PRIVILEGE if lacking else Exit.FAILURE


@click.command("run")
@click.option(
    "--policy",
    type=POLICY,
    required=True,
    metavar="POLICY",
    help="A file, or the name of one that comes with ntpages.",
)
@click.option("--once", is_flag=True, help="End when nothing is due: for schedulers.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; do and write nothing.")
@store_option
@as_json
def run_command(
    *, policy: Policy, once: bool, dry_run: bool, store: str | None, as_json: bool
) -> Exit:
    """Keep POLICY on this machine until Ctrl-C, and show how its rules stand.

    With --json there is one document, in the end. Exit code 2: some of it was refused; 3: all of
    it, for want of a privilege.
    """
    if dry_run:
        refuse_unused("store", where="with --dry-run")
    told = _Told(as_json=as_json)
    interrupted = False
    with ExitStack() as ends:
        if consoles.is_watched() and not as_json:
            told.live = ends.enter_context(Live())
        try:
            told.guard = ends.enter_context(
                Guard(policy, store=store, dry_run=dry_run, on_note=told.note)
            )
        except BusyError as busy:
            raise click.ClickException(str(busy)) from None
        try:
            told.guard.run(once=once, on_look=told.look)
        except KeyboardInterrupt:  # without --once, the way to end it
            interrupted = once
            told.look()
    if as_json:
        documents.print_document(
            {
                "dry_run": dry_run,
                "changed": any(each.done for each in told.runs),
                "interrupted": interrupted,
                "policy": policy.name,
                "runs": map(plain, told.runs),
                "notes": iter(told.notes),
            }
        )
    if interrupted:
        consoles.words().print("Interrupted: not all of what was due has been done.")
        return Exit.PARTLY if told.runs else Exit.FAILURE
    return told.outcome
