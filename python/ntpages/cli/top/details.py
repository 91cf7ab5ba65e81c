"""The pane of ``ntpages top`` with all there is to say of one process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

from ntpages.cli.top.machine import words_of_refusal
from ntpages.errors import NtError
from ntpages.report.top import details as shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.timer import Timer

    from ntpages.cli.top.machine import Machine, Space
    from ntpages.report.top.history import History
    from ntpages.report.top.processes import Chosen

Told = TypeVar("Told")

_SETTLES = 0.3
"""Seconds for which a process is under the cursor before it is opened."""
_AGAIN = 5.0
"""Seconds between looks at one address space, unless a look takes long."""
_SHARE = 20
"""Of the time, looking at it takes one part in so many at most."""


class Details(VerticalScroll, can_focus=False):
    """One process: what it is, how its sizes went, what its memory is for."""

    DEFAULT_CSS = """
    Details { width: 54; height: 1fr; padding: 0 1; display: none; background: $surface;
              border-left: solid $primary; scrollbar-size-vertical: 1; }
    Details.-open { display: block; }
    Details Static { width: 1fr; height: auto; }
    """

    def __init__(self, machine: Machine) -> None:
        """Begin closed."""
        super().__init__(id="details")
        self._machine = machine
        self._history: History | None = None
        self._process: Chosen | None = None
        self._space: Space | None = None
        self._space_time = 0.0
        self._heaps: Sequence[Any] | None = None
        self._trouble = ""
        self._settling: Timer | None = None
        self._busy = False
        self._lines = 0  # that are told

    def compose(self) -> ComposeResult:
        """Lay it out."""
        yield Static(id="about", markup=False)

    @property
    def is_open(self) -> bool:
        """Whether it is seen."""
        return self.has_class("-open")

    def open(self, *, wanted: bool) -> None:
        """Show it, or do not."""
        self.set_class(wanted, "-open")
        if wanted and self._history:
            self.show(self._history, self._process)

    def show(self, history: History, process: Chosen | None) -> None:
        """Say what is known of this process, and ask for the rest when it stays chosen."""
        other = process != self._process
        self._history, self._process = history, process
        if other:
            self._space = self._heaps = None
            self._trouble = ""
        if not self.is_open:
            return
        self._update()
        if other or self._space is None:
            self._settle()
        elif self._is_due():
            self._ask()

    def on_resize(self) -> None:
        """Say it in the room that there is now."""
        if self.is_open:
            self._update()

    def tell_heaps(self) -> None:
        """Have the process tell its heaps."""
        if self._process and self.is_open and not self._busy:
            self.run_worker(self._ask_for_heaps(self._process), group="details")

    def _is_due(self) -> bool:
        assert self._history
        assert self._space
        passed = float(self._history.last.time) - self._space_time
        return passed >= max(_AGAIN, _SHARE * self._space.seconds)

    def _settle(self) -> None:
        if self._settling:
            self._settling.stop()
        self._settling = self.set_timer(_SETTLES, self._ask)

    def _ask(self) -> None:
        if self._process and self.is_open and not self._busy and not self._trouble:
            self.run_worker(self._ask_for_space(self._process), group="details")

    async def _answer(self, question: Callable[[int], Told], pid: int) -> tuple[Told | None, str]:
        """Ask on another thread; return the answer, or why there is none."""
        self._busy = True
        try:
            return await asyncio.to_thread(question, pid), ""
        except (NtError, MemoryError) as refused:
            return None, words_of_refusal(refused)
        finally:
            self._busy = False

    async def _ask_for_space(self, process: Chosen) -> None:
        space, trouble = await self._answer(self._machine.space, process.pid)
        if process == self._process and self._history:
            self._trouble = trouble
            self._space = space or self._space
            self._space_time = self._history.last.time
            self._update()
        elif self.is_open:
            self._settle()

    async def _ask_for_heaps(self, process: Chosen) -> None:
        found, trouble = await self._answer(self._machine.heaps, process.pid)
        if process == self._process:
            self._heaps = found
            if trouble:
                self.app.notify(trouble, title=f"Heaps of {process.name}", severity="error")
            self._update()

    def _update(self) -> None:
        text = self._text()
        lines, self._lines = self._lines, len(text.plain.splitlines())
        for about in self.query(Static):  # none while the screen is left
            about.update(text, layout=self._lines != lines)

    def _text(self) -> Text:
        history, process = self._history, self._process
        if not history or not process:
            return Text("No process is chosen.", style="dim")
        row = history.row(process.pid, process.started)
        if row is None:
            return Text(f"{process.name} ({process.pid}) has exited.", style="dim")
        width = max(30, self.size.width - 2)
        text = shown.heading(history, process, row)
        text.append_text(shown.trends(history, process, width))
        if self._space:
            text.append_text(shown.map_by_kind(self._space.totals, width))
        else:
            text.append(f"\n\n{self._trouble or 'Its address space is being walked ...'}", "dim")
        if self._heaps is not None:
            text.append_text(shown.heaps_told(self._heaps))
        elif self._space:
            text.append_text(shown.heaps(self._space.regions))
        text.append_text(shown.limits(history, row))
        return text
