"""Results that an earlier command printed with --json, read back from a file."""

from __future__ import annotations

import json
import reprlib
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ntpages.report import consoles

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
"""The type of an argument that names a saved document."""

_ROW = object()
"""Stands for a row whose cells are in the columns."""


def number(cell: object) -> int:
    """Return a cell that is a size, an address or an id."""
    if type(cell) is not int or not 0 <= cell < 1 << 64:  # a bool is no number here
        msg = f"{reprlib.repr(cell)} is no whole number from 0 to 2**64 - 1"
        raise ValueError(msg)
    return cell


def text(cell: object) -> str:
    """Return a cell that is a word, of which there are few."""
    if not isinstance(cell, str):
        msg = f"{reprlib.repr(cell)} is no text"
        raise ValueError(msg)
    return sys.intern(cell)


@dataclass(frozen=True, slots=True)
class Document:
    """What was saved of a process."""

    pid: int
    """0 where it is of no process."""
    columns: dict[str, Any]
    """What its rows hold, by name: numbers as an array, text as a list."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Documents of one command."""

    command: str
    """What prints them."""
    rows: str
    """The key of their rows."""
    cells: dict[str, Callable[[object], Any]]
    """What is wanted of each row: ``number`` or ``text``. Only rows have all of these names."""
    of_process: bool = True
    """Whether they are about one process, or about the machine."""

    def load(self, path: Path) -> Document:
        """Return what is in a file.

        Shells save in encodings of their own: Windows PowerShell writes UTF-16 for ``>``, and puts
        a byte order mark before UTF-8. All that JSON may be written in is read. No row is kept as
        a whole, because there may be millions.

        Raises:
            UsageError: The file holds no such document.
        """
        columns: dict[str, Any] = {
            name: array("Q") if cell is number else [] for name, cell in self.cells.items()
        }

        def take(found: dict[str, Any]) -> object:
            if not self.cells.keys() <= found.keys():
                return found
            for name, cell in self.cells.items():
                columns[name].append(cell(found[name]))
            return _ROW

        try:
            saved = json.loads(path.read_bytes(), object_hook=take)
            pid = number(self._value(saved, "pid")) if self.of_process else 0
            rows = [_ROW] * len(next(iter(columns.values())))
            if self._value(saved, self.rows) != rows:
                msg = f"something in {self.rows!r} is of another kind"
                raise ValueError(msg)
        except (ValueError, RecursionError) as wrong:
            msg = f"{path} holds no result of `{self.command} --json`: {wrong}"
            raise click.UsageError(msg) from wrong
        return Document(pid, columns)

    @staticmethod
    def _value(saved: Any, key: str) -> object:
        if not isinstance(saved, dict) or key not in saved:
            msg = f"it has no {key!r}"
            raise ValueError(msg)
        return saved[key]

    def load_both(self, before: Path, after: Path) -> tuple[Document, Document]:
        """Return what is in two files, and say so if they are of two processes.

        Raises:
            UsageError: One of the files holds no such document.
        """
        old, new = self.load(before), self.load(after)
        if old.pid != new.pid:
            words = f"{before} is of process {old.pid}, and {after} of process {new.pid}."
            consoles.words().print(words)
        return old, new


def before_and_after(command: Callable[..., object]) -> Callable[..., object]:
    """Add the arguments that say which two documents are compared."""
    for name in ("after", "before"):
        command = click.argument(name, type=FILE)(command)
    return command
