"""What all dialogs of ``ntpages top`` have in common, and the smallest of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.app import ComposeResult

_Answer = TypeVar("_Answer")


class Dialog(ModalScreen[_Answer], Generic[_Answer]):
    """A box above everything else. Escape leaves it, and changes nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close")]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > .box { width: 76; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
                    border: round $primary; border-title-style: bold; background: $surface; }
    Dialog .text { width: 1fr; height: auto; }
    Dialog OptionList, Dialog OptionList:focus { height: auto; max-height: 1fr; padding: 0;
                                                 border: none; background: $surface; }
    Dialog .buttons { height: 3; align: right middle; }
    Dialog .buttons Button { margin: 0 0 0 1; }
    """


class Confirm(Dialog[bool]):
    """Says what would be done and what that costs, and asks whether to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Do it"),
        Binding("n", "dismiss", "Leave it"),
    ]

    def __init__(self, title: str, text: RenderableType, do: str) -> None:
        """Ask this; ``do`` is what the button says that does it."""
        super().__init__()
        self._asks = title
        self._text = text
        self._do = do

    def compose(self) -> ComposeResult:
        """Lay it out. What changes nothing is chosen at first."""
        with Vertical(classes="box") as box:
            box.border_title = self._asks
            box.border_subtitle = "y does it, Escape leaves it"
            yield Static(self._text, classes="text", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Leave it", id="no")
                yield Button(self._do, variant="warning", id="yes")

    @on(Button.Pressed, "#yes")
    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(result=True)

    @on(Button.Pressed, "#no")
    def action_no(self) -> None:
        """Leave it."""
        self.dismiss(result=False)


class Told(Dialog[None]):
    """Says something."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,q,question_mark", "dismiss", "Close")]

    def __init__(self, title: str, text: RenderableType) -> None:
        """Say this."""
        super().__init__()
        self._says = title
        self._text = text

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with VerticalScroll(classes="box") as box:
            box.border_title = self._says
            box.border_subtitle = "Escape closes it"
            yield Static(self._text, classes="text", id="told", markup=False)

    def on_mount(self) -> None:
        """Say what there is to say by now."""
        self.say(self._text)

    def say(self, text: RenderableType) -> None:
        """Say something else."""
        self._text = text
        for told in self.query("#told").results(Static):  # none yet, while it is laid out
            told.update(text)
