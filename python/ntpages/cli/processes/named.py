"""A process as an argument: by its id, or by the name of its program."""

from __future__ import annotations

import reprlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from ntpages.cli.arguments import PID
from ntpages.cli.processes.absent import absent_names
from ntpages.processes import list_processes
from ntpages.processes.names import Names, called, told

if TYPE_CHECKING:
    from ntpages.table import Table

    _WholeNumber = click.ParamType[int]
else:  # older ones are not generic
    _WholeNumber = click.ParamType


def pid_of(name: str, there: Table, *, parts: bool = True) -> int:
    """Return the id of the one process that is called so, or whose name has that part.

    Raises:
        ValueError: Nobody is called so, or several are.
    """
    found = called(name, there, parts=parts)
    if len(found) == 1 and name:
        return found[0][0]
    if found:
        whose = f"may be any of {len(found)}, so give an id"
        msg = f"{reprlib.repr(name)} {whose}: {told(found)}"
        raise ValueError(msg)
    raise ValueError(next(absent_names([name], there)))


def program_of(pid: int) -> str:
    """Return what the program of a process is called."""
    there = list_processes()
    names = zip(there.column("pid"), there.column("name"), strict=True)
    return next((name for each, name in names if each == pid), "unknown program")


def whole_name(name: str, there: Table) -> str:
    """Return a name as programs have it: ``.exe`` may be left out, as everywhere."""
    whole = f"{name}.exe"
    is_whole = any(map(Names([name]).match, there.column("name")))
    return whole if not is_whole and any(map(Names([whole]).match, there.column("name"))) else name


class _Process(_WholeNumber):
    name = "process"

    def __init__(self, *, parts: bool) -> None:
        self._parts = parts

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int) or value.isdecimal():
            return PID.convert(value, param, ctx)
        try:
            return pid_of(value, list_processes(), parts=self._parts)
        except ValueError as wrong:
            self.fail(str(wrong), param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the names that begin so; of those that several have, the ids."""
        del ctx, param
        listed = list_processes()
        wanted = Names([f"{incomplete}*"])
        programs = list(zip(listed.column("pid"), listed.column("name"), strict=True))
        found = [(pid, name) for pid, name in programs if name and wanted.match(name)]
        names = Counter(name for _, name in found)
        return [
            CompletionItem(name if names[name] == 1 else str(pid), help=f"{pid} {name}")
            for pid, name in found
        ]


PROCESS = _Process(parts=True)
"""A process to look into: its id, or what its program is called, or a part of that."""

WHOLE_PROCESS = _Process(parts=False)
"""A process that something is done to: its id, or what its program is called."""
