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
from ntpages.processes.names import Names

if TYPE_CHECKING:
    from ntpages.table import Table

    _WholeNumber = click.ParamType[int]
else:  # older ones are not generic
    _WholeNumber = click.ParamType

_TOLD = 8  # processes that a name could mean


def pid_of(name: str, there: Table, *, parts: bool = True) -> int:
    """Return the id of the one process that is called so.

    Args:
        name: Of its program, with ``.exe`` or without; ``*`` and ``?`` stand for anything.
        there: The processes there are.
        parts: Whether a part of a name will do, where none is that whole.

    Raises:
        ValueError: Nobody is called so, or several are.
    """
    programs = list(zip(there.column("pid"), there.column("name"), strict=True))
    for pattern in (name, f"{name}.exe", *((f"*{name}*.exe", f"*{name}*") if parts else ())):
        wanted = Names([pattern])
        found = [(pid, program) for pid, program in programs if wanted.match(program)]
        if len(found) == 1 and name:
            return int(found[0][0])
        if found:
            told = ", ".join(f"{pid} {program}" for pid, program in found[:_TOLD])
            more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
            msg = f"{reprlib.repr(name)} may be any of {len(found)}, so give an id: {told}{more}"
            raise ValueError(msg)
    raise ValueError(next(absent_names([name], there)))


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
