"""The dialog of ``ntpages top`` that offers the commands of the memory lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ntpages.cli.top.dialogs import Dialog
from ntpages.memory_lists import DEFRAG, Step
from ntpages.report.top.commands import words_of

if TYPE_CHECKING:
    from textual.app import ComposeResult

COMMANDS: dict[str, tuple[Step, ...]] = {
    "1": (Step.EMPTY_WORKING_SETS,),
    "2": (Step.EMPTY_FILE_CACHE,),
    "3": (Step.FLUSH_MODIFIED,),
    "4": (Step.PURGE_LOW_PRIORITY_STANDBY,),
    "5": (Step.PURGE_STANDBY,),
    "6": (Step.COMBINE_PAGES,),
    "7": (Step.RECONCILE_REGISTRY,),
    "8": (Step.FLUSH_VOLUMES,),
    "9": DEFRAG,
}
"""By the key that gives each."""


class ChooseCommand(Dialog["tuple[Step, ...] | None"]):
    """Commands that move pages from list to list. Each says first what it costs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"choose('{key}')", show=False) for key in COMMANDS),
        Binding("m,q", "dismiss", "Close"),
    ]

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with Vertical(classes="box") as box:
            box.border_title = "Memory lists"
            box.border_subtitle = "a number, or Enter; nothing is done before you say yes"
            yield OptionList(*(self._option(key) for key in COMMANDS))

    def _option(self, key: str) -> Option:
        words = words_of([step.value for step in COMMANDS[key]])
        text = Text.assemble((f"{key}  ", "bold"), words.title)
        text.append(f"\n   {words.does}", style="dim")
        return Option(text, id=f"command{key}")

    @on(OptionList.OptionSelected)
    def take(self, event: OptionList.OptionSelected) -> None:
        """Take the one that Enter or the mouse chose."""
        self.action_choose(str(event.option.id).removeprefix("command"))

    def action_choose(self, key: str) -> None:
        """Take the one of this key."""
        self.dismiss(COMMANDS[key])
