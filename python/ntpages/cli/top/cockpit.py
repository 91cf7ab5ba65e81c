"""The screen of ``ntpages top``: the machine's memory, and all processes, again and again."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Footer, Input, Static

from ntpages import privileges
from ntpages.cli.top import settings as remembered
from ntpages.cli.top.choice import Choice
from ntpages.cli.top.columns import ChooseColumns
from ntpages.cli.top.deeds import Deeds
from ntpages.cli.top.details import Details
from ntpages.cli.top.dialogs import Told
from ntpages.cli.top.help import keys_table
from ntpages.cli.top.machine import words_of_refusal
from ntpages.cli.top.themes import THEMES
from ntpages.errors import NtError
from ntpages.report.top.columns import FROZEN, USUAL, heading, known
from ntpages.report.top.commit import Commit
from ntpages.report.top.composition import Composition
from ntpages.report.top.compression import Compression
from ntpages.report.top.hard_faults import HardFaults
from ntpages.report.top.physical import Physical
from ntpages.report.top.processes import Chosen, ProcessTable

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Resize

    from ntpages.cli.top.machine import Machine
    from ntpages.cli.top.settings import Settings
    from ntpages.report.top.panel import Drawn

_NARROW, _BROAD, _SHORT, _TALL = 110, 160, 32, 50


class Cockpit(Deeds):
    """The machine's memory by list and over time, and all processes."""

    TITLE = "ntpages top"
    ENABLE_COMMAND_PALETTE = False  # every key is in the help
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("q", "quit", "Quit"),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("enter", "details", "Details", key_display="⏎"),
        Binding("m", "commands", "Lists"),
        Binding("e", "empty", "Empty"),
        Binding("R", "elevate", "Admin"),
        Binding("t", "tree", "Tree"),
        Binding("c", "columns", "Columns"),
        Binding("less_than_sign", "sort(-1)", show=False),
        Binding("greater_than_sign", "sort(1)", show=False),
        Binding("r", "reverse", show=False),
        Binding("l", "limits", show=False),
        Binding("a", "accessible", show=False),
        Binding("h", "heaps", show=False),
        Binding("T", "theme", show=False),
        Binding("space", "pause", show=False),
        Binding("escape", "leave", show=False),
    ]
    CSS = """
    #status { height: 1; background: $panel; color: $text; padding: 0 1; text-style: bold; }
    #graphs { height: 8; }
    #middle { height: 1fr; }
    #filter { display: none; dock: bottom; margin: 0 0 1 0; height: 1; border: none; padding: 0 1; }
    .-short #graphs { height: 5; }
    .-tall #graphs { height: 11; }
    .-broad #details { width: 74; }
    .-narrow #details.-open { width: 1fr; border-left: none; }
    .-narrow ProcessTable.-aside { display: none; }
    """

    def __init__(
        self,
        machine: Machine,
        *,
        choice: Choice | None = None,
        settings: Settings | None = None,
        every: float = 1.0,
        note: str = "",
    ) -> None:
        """Look at the machine for the first time.

        Args:
            machine: Who is asked, and told.
            choice: What to show.
            settings: Columns and colours.
            every: Seconds between looks.
            note: To be said once the screen is there.
        """
        super().__init__(machine)
        self._choice = choice or Choice()
        self._settings = settings or remembered.Settings()
        self._every = every
        self._note = note
        self._is_elevated = privileges.is_elevated()
        self._paused = False
        self._looking = False
        self._rows = 0  # that are shown
        self._said = Text()
        self._trouble = ""
        self._earlier_words = ""
        self._history.add(machine.sample())
        for theme in THEMES.values():
            self.register_theme(theme)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns there are."""
        return self._history.names

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        self._status_line = Static(id="status", markup=False)
        self._composition = Composition("composition")
        self._graphs = (
            *(Physical("physical"), Commit("commit")),
            *(HardFaults("hard_faults"), Compression("compression")),
        )
        self._table = ProcessTable()
        self._details = Details(self._machine)
        self._filter = Input(
            self._choice.words, placeholder="part of a name, * and ?, or an id", id="filter"
        )
        yield self._status_line
        yield self._composition
        with Horizontal(id="graphs"):
            yield from self._graphs
        with Horizontal(id="middle"):
            yield self._table
            yield self._details
        yield self._filter
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Begin to look."""
        self._use_theme()
        self._table.focus()
        self.update()
        self._table.set_interval(
            self._every, self.look_again
        )  # while there is a table to show it in
        if self._note:
            self._say(self._note, title="Settings", severity="warning")

    def on_resize(self, event: Resize) -> None:
        """Lay out anew what depends on the room there is."""
        width, height = event.size
        self.screen.set_class(width < _NARROW, "-narrow")
        self.screen.set_class(width >= _BROAD, "-broad")
        self.screen.set_class(height < _SHORT, "-short")
        self.screen.set_class(height >= _TALL, "-tall")
        self._main.query_one(Footer).compact = width < _NARROW  # so that every key is in sight

    # ---- Looking ----

    def look_again(self) -> None:
        """Look again on another thread, unless paused or still looking."""
        if not self._paused and not self._looking:
            self._looking = True
            self.run_worker(self._look(), group="look")

    async def _look(self) -> None:
        anew, self._anew = self._anew, False
        sample, trouble = None, ""
        try:
            sample = await asyncio.to_thread(self._machine.sample, self._history.last, anew=anew)
        except (NtError, MemoryError) as refused:
            trouble = words_of_refusal(refused)
        finally:
            self._looking = False
        if not self._is_whole:
            return
        self._trouble = trouble
        if sample is None:
            self._show_status()
        else:
            self._history.add(sample)
            self.count(sample)
            self.update()

    @property
    def _is_whole(self) -> bool:
        """Whether all is there to be drawn: not while the screen is left, part by part."""
        parts = (self._table, self._details, self._status_line, self._filter)
        return bool(self.screen_stack) and all(part.is_attached for part in parts)

    def update(self) -> None:
        """Show what was seen last."""
        history = self._history
        for panel in self._panels:
            panel.show(history)
        order = self._choice.order(history)
        self._rows = len(order.rows)
        self._table.show(history, order, self._shown)
        self._details.show(history, self._table.process)
        self._show_status()

    @property
    def _panels(self) -> tuple[Drawn, ...]:
        """What is drawn of the machine."""
        return self._composition, *self._graphs

    @property
    def _main(self) -> Any:
        """The screen below all dialogs."""
        return self.screen_stack[0]

    @property
    def _shown(self) -> tuple[str, ...]:
        columns = self._settings.columns
        return known(USUAL if columns is None else columns, self.columns)

    def _show_status(self) -> None:
        said = self._status()
        if said != self._said:
            self._said = said
            self._status_line.update(said, layout=False)

    def _status(self) -> Text:
        choice = self._choice
        if self._filter.display:
            return Text("filter: Enter keeps it, Escape leaves it as it was", no_wrap=True)
        parts = [
            "PAUSED" if self._paused else "",
            f"{self._rows} of {len(self._history.column('pid'))} processes",
            f"by {heading(choice.sort)} {'▼' if choice.descending else '▲'}",
            f"filter {choice.words!r}" if choice.words else "",
            "tree" if choice.tree else "",
            "accessible only" if choice.accessible else "",
            f"every {self._every:g} s" if self._every != 1 else "",
            "" if self._history.last.lists else "lists not told",
            f"last look refused: {self._trouble}" if self._trouble else "",
        ]
        return Text("ntpages top │ " + " │ ".join(filter(None, parts)), no_wrap=True)

    # ---- Which, and in which order ----

    @on(ProcessTable.SortBy)
    def sort_by(self, event: ProcessTable.SortBy) -> None:
        """Sort by a column; by the same one again, the other way round."""
        choice = self._choice
        again = event.column == choice.sort
        self._choose(sort=event.column, descending=not choice.descending if again else True)

    def _choose(self, **changed: Any) -> None:
        self._choice = replace(self._choice, **changed)
        self.update()

    def action_sort(self, step: int) -> None:
        """Sort by the next column of those that are shown."""
        names = (*FROZEN, *self._shown)
        sort = self._choice.sort
        at = names.index(sort) + step if sort in names else 0
        self._choose(sort=names[at % len(names)])

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self._choose(descending=not self._choice.descending)

    def action_accessible(self) -> None:
        """Show only those that can be opened, or all again."""
        self._choose(accessible=not self._choice.accessible)

    def action_tree(self) -> None:
        """Show each below the one that started it, or all alike."""
        self._choose(tree=not self._choice.tree)

    def action_filter(self) -> None:
        """Ask for part of a name."""
        self._earlier_words = self._choice.words
        self._filter.display = True
        self._filter.focus()
        self._show_status()

    @on(Input.Changed, "#filter")
    def filter_by(self, event: Input.Changed) -> None:
        """Show only names that fit, as they are typed."""
        if self._filter.display:
            self._choose(words=event.value.strip())

    @on(Input.Submitted, "#filter")
    def keep_filter(self) -> None:
        """Go back to the table with what was typed."""
        self._filter.display = False
        self._table.focus()
        self._show_status()

    def action_leave(self) -> None:
        """Leave what is open: the filter as it was, then the details, then the filter at all."""
        if self._filter.display:
            self._set_filter(self._earlier_words)
            self.keep_filter()
        elif self._details.is_open:
            self._open_details(wanted=False)
        elif self._choice.words:
            self._set_filter("")

    def _set_filter(self, words: str) -> None:
        self._choose(words=words)
        with self.prevent(Input.Changed):
            self._filter.value = words

    def action_pause(self) -> None:
        """Stop looking, or go on."""
        self._paused = not self._paused
        self._show_status()

    # ---- How it is shown ----

    def action_help(self) -> None:
        """Tell every key."""
        self.push_screen(Told("ntpages top", keys_table()))

    def action_columns(self) -> None:
        """Ask for columns."""
        self.push_screen(ChooseColumns(self.columns, self._shown), lambda _: self._remember())

    @on(ChooseColumns.Chosen)
    def choose_columns(self, event: ChooseColumns.Chosen) -> None:
        """Show these columns."""
        self._settings = replace(self._settings, columns=event.columns)
        self.update()

    def action_theme(self) -> None:
        """Take the next colours."""
        names = [*THEMES]
        after = names[(names.index(self._settings.theme) + 1) % len(names)]
        self._settings = replace(self._settings, theme=after)
        self._use_theme()
        self._remember()

    def _use_theme(self) -> None:
        self.theme = self._settings.theme
        hatched = self.no_color or self._settings.theme == "none"
        for panel in self._panels:
            panel.hatched = hatched
        self.call_after_refresh(self.update)

    def _remember(self) -> None:
        try:
            remembered.save(self._settings)
        except OSError as refused:
            self._say(str(refused), title="Settings are not remembered", severity="warning")

    # ---- One process ----

    @property
    def _process(self) -> Chosen | None:
        return self._table.process

    def action_details(self) -> None:
        """Show all of the process under the cursor, or no longer."""
        self._open_details(wanted=not self._details.is_open)

    @on(ProcessTable.Opened)
    def open_details(self) -> None:
        """Show all of the process that was clicked twice."""
        self._open_details(wanted=True)

    def _open_details(self, *, wanted: bool) -> None:
        self._table.set_class(wanted, "-aside")
        self._details.show(self._history, self._process)
        self._details.open(wanted=wanted)

    @on(ProcessTable.Moved)
    def follow(self) -> None:
        """Show the details of the process that is under the cursor now."""
        self._details.show(self._history, self._process)

    def action_heaps(self) -> None:
        """Have the process whose details are seen tell its heaps."""
        self._details.tell_heaps()

    # ---- Becoming administrator ----

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to become administrator only to those who are not."""
        del parameters
        return action != "elevate" or not self._is_elevated

    def action_elevate(self) -> None:
        """Start again as administrator, with what is shown now; Windows asks for consent."""
        choice = self._choice
        words = ["-m", "ntpages", "top", f"--sort={choice.sort}", f"--every={self._every}"]
        words += [] if choice.descending else ["--ascending"]
        words += [f"--filter={choice.words}"] if choice.words else []
        words += ["--accessible"] * choice.accessible + ["--tree"] * choice.tree
        words += [f"--theme={self._settings.theme}"]
        if self._settings.columns is not None:
            words += [f"--columns={','.join((*FROZEN, *self._shown))}"]
        home = Path(sys.executable).parent  # `-m` looks for modules where it is started
        try:
            os.startfile(sys.executable, "runas", subprocess.list2cmdline(words), str(home))
        except OSError as refused:
            self._say(str(refused), title="As administrator", severity="error")
            return
        self.exit()
