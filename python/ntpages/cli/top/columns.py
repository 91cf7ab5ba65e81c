"""The dialog of ``ntpages top`` in which columns are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ntpages.cli.top.dialogs import Dialog
from ntpages.report.top.columns import FROZEN, USUAL, heading, meaning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult


class ChooseColumns(Dialog[None]):
    """Columns to take in or out; the table behind follows at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,q", "dismiss", "Close"),
        Binding("space", "turn", "In or out"),
        Binding("u", "usual", "The usual ones"),
    ]

    class Chosen(Message):
        """Other columns are wanted."""

        def __init__(self, columns: tuple[str, ...]) -> None:
            """Say which."""
            super().__init__()
            self.columns = columns

    def __init__(self, there: Sequence[str], shown: Sequence[str]) -> None:
        """Offer those that there are, first what is shown, in its order."""
        super().__init__()
        self._shown = [*shown]
        self._offered = [*shown, *(each for each in there if each not in (*FROZEN, *shown))]

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with Vertical(classes="box") as box:
            box.border_title = "Columns"
            box.border_subtitle = "Space takes one in or out, u the usual ones, Escape is done"
            yield OptionList(*(Option(self._prompt(name), id=name) for name in self._offered))

    def _prompt(self, name: str) -> Text:
        is_in = name in self._shown
        text = Text("✓ " if is_in else "  ")
        text.append(f"{heading(name):<14} ", style="bold" if is_in else "")
        return text.append(meaning(name), style="dim")

    @on(OptionList.OptionSelected)
    def action_turn(self) -> None:
        """Take the column under the cursor in, as the last one, or out."""
        at = self.query_one(OptionList).highlighted
        if at is not None:
            name = self._offered[at]
            if name in self._shown:
                self._shown.remove(name)
            else:
                self._shown.append(name)
            self._tell()

    def action_usual(self) -> None:
        """Take the usual ones."""
        self._shown = [name for name in USUAL if name in self._offered]
        self._tell()

    def _tell(self) -> None:
        options = self.query_one(OptionList)
        for name in self._offered:
            options.replace_option_prompt(name, self._prompt(name))
        self.app.post_message(self.Chosen(tuple(self._shown)))
