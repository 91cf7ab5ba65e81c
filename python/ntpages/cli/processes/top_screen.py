"""The screen of ``ntpages top``: all working sets, looked at again and again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.widgets import Footer, Input, Static

from ntpages import privileges, processes, system, working_sets
from ntpages.cli.processes.ps import select
from ntpages.cli.processes.top_limits import SetLimits
from ntpages.errors import NtError, explain
from ntpages.report.cells import size
from ntpages.report.columns import heading
from ntpages.report.processes.top import ProcessTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from ntpages.table import Table


def look(known: Table | None) -> Table:
    """Return all processes, with their limits where they can be opened, or are known."""
    return processes.list_processes(limits=True if known is None else known)


class Top(App[None]):
    """All processes, the largest working set first; refreshed every second."""

    TITLE = "ntpages top"
    ENABLE_COMMAND_PALETTE = False  # every key is in the footer
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit"),
        Binding("less_than_sign", "sort(-1)", "Sort by left", key_display="<"),
        Binding("greater_than_sign", "sort(1)", "right", key_display=">"),
        Binding("r", "reverse", "Reverse"),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("a", "accessible", "Accessible"),
        Binding("e", "empty", "Empty"),
        Binding("l", "limits", "Limits"),
        Binding("space", "pause", "Pause"),
        Binding("R", "elevate", "As administrator"),
        Binding("escape", "leave_filter", show=False),
    ]
    CSS = """
    #status { height: 1; background: $primary; color: $text; padding: 0 1; }
    #filter { display: none; dock: bottom; }
    ProcessTable { height: 1fr; }
    """

    def __init__(
        self,
        *,
        sort: str = "working_set",
        descending: bool = True,
        words: str = "",
        accessible: bool = False,
        every: float = 1.0,
        look: Callable[[Table | None], Table] = look,
    ) -> None:
        """Prepare the screen; ``look`` gets the processes, from the limits it is told or anew."""
        super().__init__()
        self._sort = sort
        self._descending = descending
        self._words = words
        self._accessible = accessible
        self._every = every
        self._look = look
        self._paused = False
        self._table = look(None)
        self._limits_hold = False  # no process is opened every second for what seldom changes

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self._table.names

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Static(id="status")
        yield ProcessTable()
        yield Input(self._words, placeholder="part of a name, or * and ?", id="filter")
        yield Footer()

    def on_mount(self) -> None:
        """Begin to look."""
        table = self.query_one(ProcessTable)
        table.focus()
        self.measure()
        self.update()
        table.set_interval(self._every, self.look_again)  # while there is a table to show it in
        table.set_interval(max(5.0, self._every), self.measure)

    def measure(self) -> None:
        """Ask for what changes slowly: the machine's totals, and with the next look all limits."""
        self._memory = system.memory()
        self._limits_hold = False

    def look_again(self) -> None:
        """Ask the kernel again, unless paused."""
        if not self._paused:
            self._table = self._look(self._table if self._limits_hold else None)
            self._limits_hold = True
            self.update()

    def update(self) -> None:
        """Show what was seen last."""
        shown = self._table.sort(self._sort, descending=self._descending)
        if self._words:
            wild = "*" in self._words or "?" in self._words
            shown = select(shown, names=[self._words if wild else f"*{self._words}*"])
        if self._accessible:
            shown = shown.where(shown.column("accessible"))
        self.query_one(ProcessTable).show(shown, sort=self._sort, descending=self._descending)
        self.query_one("#status", Static).update(self._status(shown), layout=False)

    def _status(self, shown: Table) -> str:
        parts = [
            f"{len(shown)} of {len(self._table)} processes",
            f"working sets {size(sum(self._table.column('working_set')))}",
            f"available {size(self._memory.available)} of {size(self._memory.total)}",
            f"by {heading(self._sort)}",
        ]
        if self._words:
            parts.append(f"filter {self._words!r}")
        if self._accessible:
            parts.append("accessible only")
        if self._paused:
            parts.append("PAUSED")
        return " │ ".join(parts)

    # ---- Which, and in which order ----

    @on(ProcessTable.SortBy)
    def sort_by(self, event: ProcessTable.SortBy) -> None:
        """Sort by a column; by the same one again, the other way round."""
        self._descending = not self._descending if event.column == self._sort else True
        self._sort = event.column
        self.update()

    def action_sort(self, step: int) -> None:
        """Sort by the next column."""
        names = self.columns
        self._sort = names[(names.index(self._sort) + step) % len(names)]
        self.update()

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self._descending = not self._descending
        self.update()

    def action_accessible(self) -> None:
        """Show only those that can be opened, or all again."""
        self._accessible = not self._accessible
        self.update()

    def action_filter(self) -> None:
        """Ask for part of a name."""
        box = self.query_one("#filter", Input)
        box.display = True
        box.focus()

    @on(Input.Submitted, "#filter")
    def filter_by(self, event: Input.Submitted) -> None:
        """Show only names that fit."""
        self._words = event.value.strip()
        self.action_leave_filter()
        self.update()

    def action_leave_filter(self) -> None:
        """Ask no more: what holds is what was asked for last."""
        box = self.query_one("#filter", Input)
        if box.display:
            box.value = self._words
            box.display = False
            self.query_one(ProcessTable).focus()

    def action_pause(self) -> None:
        """Stop looking, or go on."""
        self._paused = not self._paused
        self.update()

    # ---- What is done to a process ----

    def action_empty(self) -> None:
        """Empty the working set under the cursor."""
        process = self.query_one(ProcessTable).process
        if process is None:
            return
        try:
            trimmed = working_sets.trim(process.pid)
        except NtError as error:
            self.notify(explain(error), title=process.name, severity="error")
            return
        self.notify(f"{size(trimmed.before)} → {size(trimmed.after)}", title=process.name)
        self.look_again()

    def action_limits(self) -> None:
        """Ask for the limits of the process under the cursor, and set them."""
        process = self.query_one(ProcessTable).process
        if process is None:
            return
        try:
            now = working_sets.limits(process.pid)
        except NtError as error:
            self.notify(explain(error), title=process.name, severity="error")
            return

        def apply(wanted: dict[str, Any] | None) -> None:
            if not wanted:
                return
            try:
                held = working_sets.set_limits(process.pid, **wanted)
            except (NtError, ValueError) as error:
                words = explain(error) if isinstance(error, NtError) else str(error)
                self.notify(words, title=process.name, severity="error")
                return
            self.notify(
                f"{size(held.minimum)} to {size(held.maximum)}, minimum "
                f"{'hard' if held.hard_minimum else 'soft'}, maximum "
                f"{'hard' if held.hard_maximum else 'soft'}",
                title=process.name,
            )
            self._limits_hold = False
            self.look_again()

        self.push_screen(SetLimits(process, now), apply)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to become administrator only to those who are not."""
        del parameters
        return action != "elevate" or not privileges.is_elevated()

    def action_elevate(self) -> None:
        """Start again as administrator, with what is shown now; Windows asks for consent."""
        words = ["-m", "ntpages", "top", f"--sort={self._sort}", f"--every={self._every}"]
        words += [] if self._descending else ["--ascending"]
        words += [f"--filter={self._words}"] if self._words else []
        words += ["--accessible"] if self._accessible else []
        home = Path(sys.executable).parent  # `-m` looks for modules where it is started
        try:
            os.startfile(sys.executable, "runas", subprocess.list2cmdline(words), str(home))
        except OSError as refused:
            self.notify(str(refused), title="As administrator", severity="error")
            return
        self.exit()
