"""The dialog of ``ntpages top`` that asks for the limits of a working set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import on
from textual.containers import Grid, Horizontal
from textual.widgets import Button, Input, Label, Select

from ntpages.arguments import parse_size
from ntpages.cli.top.dialogs import Dialog
from ntpages.report.cells import size

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from ntpages.working_sets import Limits


class SetLimits(Dialog["dict[str, Any] | None"]):
    """Asks for working-set limits, and for which of them are hard."""

    DEFAULT_CSS = """
    SetLimits #limits { grid-size: 2; grid-columns: 16 36; grid-rows: 3; width: 58; height: auto;
              border: round $primary; padding: 0 1; background: $surface; }
    SetLimits Label { height: 3; content-align: left middle; }
    SetLimits #title { column-span: 2; }
    SetLimits Horizontal { column-span: 2; align: right middle; height: 3; }
    """

    def __init__(self, process: Any, limits: Limits) -> None:
        """Ask for those of a process, beginning with what it has."""
        super().__init__()
        self._process = process
        self._limits = limits

    def compose(self) -> ComposeResult:
        """Lay the questions out."""
        now = self._limits
        hard = [("hard", True), ("soft", False)]
        with Grid(id="limits"):
            yield Label(f"Limits of {self._process.name}, pid {self._process.pid}", id="title")
            yield Label("minimum")
            yield Input(size(now.minimum), id="minimum")
            yield Label("maximum")
            yield Input(size(now.maximum), id="maximum")
            yield Label("the minimum is")
            yield Select(hard, value=now.hard_minimum, allow_blank=False, id="hard_minimum")
            yield Label("the maximum is")
            yield Select(hard, value=now.hard_maximum, allow_blank=False, id="hard_maximum")
            with Horizontal():
                yield Button("Set", variant="primary", id="set")
                yield Button("Cancel", id="cancel")

    @on(Button.Pressed, "#cancel")
    def cancel(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    @on(Button.Pressed, "#set")
    @on(Input.Submitted)
    def answer(self) -> None:
        """Hand back what has changed."""
        wanted: dict[str, Any] = {}
        for name in ("minimum", "maximum"):
            given = self.query_one(f"#{name}", Input).value
            if given != size(getattr(self._limits, name)):
                try:
                    wanted[name] = parse_size(given)
                except ValueError as wrong:
                    self.notify(f"{name}: {wrong}", severity="error")
                    return
        for name in ("hard_minimum", "hard_maximum"):
            chosen = self.query_one(f"#{name}", Select).value
            if chosen != getattr(self._limits, name):
                wanted[name] = chosen
        self.dismiss(wanted)
