"""What ``ntpages top`` does to the machine: each after a word on what it costs, and a yes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.text import Text
from textual.app import App

from ntpages.cli.top.commands import ChooseCommand
from ntpages.cli.top.dialogs import Confirm, Told
from ntpages.cli.top.limits import SetLimits
from ntpages.cli.top.machine import words_of_refusal
from ntpages.errors import NtError, explain
from ntpages.report.cells import size
from ntpages.report.memory_lists.clean import steps_table, verdict
from ntpages.report.top import commands as told
from ntpages.report.top.history import History

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages.cli.top.machine import Machine, Sample
    from ntpages.memory_lists import CleanReport, Step
    from ntpages.report.top.processes import Chosen

_PAID = 30.0
"""Seconds for which the price of a command is counted."""


class Deeds(App[None]):
    """A screen with a machine that it may change."""

    def __init__(self, machine: Machine) -> None:
        """Have this machine, and nothing seen of it yet."""
        super().__init__()
        self._machine = machine
        self._history = History()
        self._anew = False
        self._counting: Callable[[Sample], bool] | None = None

    @property
    def _process(self) -> Chosen | None:
        """The process that is meant."""
        raise NotImplementedError("whoever is made of this has its own")

    def look_again(self) -> None:
        """Look at what has changed."""
        raise NotImplementedError("whoever is made of this has its own")

    def count(self, sample: Sample) -> None:
        """Count what the last command costs, for a while."""
        if self._counting and not self._counting(sample):
            self._counting = None

    def _say(self, words: str, *, title: str, severity: Any = "information") -> None:
        self.notify(words, title=title, severity=severity, markup=False)

    # ---- One process ----

    def _is_there(self, process: Chosen) -> bool:
        """Return whether a process still is, and say so if not: another may have its id by now."""
        there = self._history.row(process.pid, process.started) is not None
        if not there:
            self._say("It has exited meanwhile.", title=process.name, severity="warning")
        return there

    def action_empty(self) -> None:
        """Empty the working set under the cursor, after a word on what that costs."""
        process = self._process
        if process is None:
            return
        row = self._history.row(process.pid, process.started)
        now = 0 if row is None else self._history.column("working_set")[row]
        text = (
            f"{size(now)} leave the working set of {process.name}, pid {process.pid}, for Standby "
            "and Modified. What it touches again is faulted back in: at once while it is there, "
            "from the disk later."
        )

        def do(wanted: bool | None) -> None:  # noqa: FBT001 (Textual calls it)
            if wanted and self._is_there(process):
                self.run_worker(self._trim(process), group="deed")

        self.push_screen(Confirm("Empty a working set", text, "Empty it"), do)

    async def _trim(self, process: Chosen) -> None:
        try:
            trimmed = await asyncio.to_thread(self._machine.trim, process.pid)
        except NtError as error:
            self._say(explain(error), title=process.name, severity="error")
            return
        faults = f", {trimmed.faults:,} faults since" if trimmed.faults else ""
        self._say(f"{size(trimmed.before)} → {size(trimmed.after)}{faults}", title=process.name)
        self.look_again()

    def action_limits(self) -> None:
        """Ask for the limits of the process under the cursor, and set them."""
        process = self._process
        if process is None:
            return
        try:
            now = self._machine.limits(process.pid)
        except NtError as error:
            self._say(explain(error), title=process.name, severity="error")
            return

        def apply(wanted: dict[str, Any] | None) -> None:
            if not wanted or not self._is_there(process):
                return
            try:
                held = self._machine.set_limits(process.pid, wanted)
            except (NtError, ValueError) as error:
                self._say(words_of_refusal(error), title=process.name, severity="error")
                return
            self._say(
                f"{size(held.minimum)} to {size(held.maximum)}, minimum "
                f"{'hard' if held.hard_minimum else 'soft'}, maximum "
                f"{'hard' if held.hard_maximum else 'soft'}",
                title=process.name,
            )
            self._anew = True
            self.look_again()

        self.push_screen(SetLimits(process, now), apply)

    # ---- The memory lists ----

    def action_commands(self) -> None:
        """Offer the commands of the memory lists."""

        def ask(steps: tuple[Step, ...] | None) -> None:
            if steps:
                self._ask_for(steps)

        self.push_screen(ChooseCommand(), ask)

    def _ask_for(self, steps: tuple[Step, ...]) -> None:
        """Say what a command costs, and give it to who says yes."""
        names = [step.value for step in steps]
        words = told.words_of(names)
        working_sets = sum(self._history.column("working_set"))
        text = Text(words.does)
        for sentence in told.price(names, self._history.last, working_sets):
            text.append(f"\n\n{sentence}")
        asking = [step for step in steps if step.privilege or step.elevated] or steps[:1]
        for needs in dict.fromkeys(
            told.needs(step.privilege, elevated=step.elevated, held=self._machine.holds(step))
            for step in asking
        ):
            text.append(f"\n\n{needs}", style="bold" if "not held" in needs else "dim")

        def do(wanted: bool | None) -> None:  # noqa: FBT001 (Textual calls it)
            if wanted:
                self.run_worker(self._clean(steps, words.title), group="deed")

        self.push_screen(Confirm(words.title, text, "Do it"), do)

    async def _clean(self, steps: tuple[Step, ...], title: str) -> None:
        """Give a command, and tell what came of it and what it goes on to cost."""
        account = Told(title, Text("Windows is at it ..."))
        self.push_screen(account)
        try:
            done = await asyncio.to_thread(self._machine.clean, steps)
        except (NtError, MemoryError) as refused:
            account.say(Text(words_of_refusal(refused)))
            return
        start = self._machine.faults()
        account.say(_account(done, ""))
        begun = self._history.last.time

        def count(sample: Sample) -> bool:
            seconds = sample.time - begun
            faults = sample.faults.since(start) if sample.faults and start else None
            account.say(_account(done, told.price_line(faults, seconds)))
            return bool(seconds < _PAID)

        if any(result.ok for result in done.steps):
            self._counting = count
        self.look_again()


def _account(done: CleanReport, price: str) -> Group:
    """Return what came of a command: nothing that Windows refused is told as done."""
    reasons = [explain(result.error) for result in done.steps if result.error]
    return Group(steps_table(done), "", verdict(done, reasons), *(["", price] if price else []))
