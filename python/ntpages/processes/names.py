"""Names of programs, as people choose them: with wildcards, in any case."""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ntpages.table import Table

_TOLD = 8  # processes that a name could mean


class Names:
    """A choice of names."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Choose what matches any of these; ``*`` and ``?`` stand for anything."""
        # A bracket is one: downloads are called "setup[1].exe".
        self._patterns = [pattern.casefold().replace("[", "[[]") for pattern in patterns]

    def match(self, name: str) -> bool:
        """Return whether a name is among them."""
        return any(fnmatchcase(name.casefold(), pattern) for pattern in self._patterns)


def called(name: str, there: Table, *, parts: bool = False) -> list[tuple[int, str]]:
    """Return the ids and names of the processes that are called so.

    Args:
        name: Of their program, with ``.exe`` or without; ``*`` and ``?`` stand for anything.
        there: The processes there are.
        parts: Whether a part of a name will do, where none is that whole.
    """
    programs = list(zip(there.column("pid").tolist(), there.column("name"), strict=True))
    for pattern in (name, f"{name}.exe", *((f"*{name}*.exe", f"*{name}*") if parts else ())):
        wanted = Names([pattern])
        found = [(pid, program) for pid, program in programs if wanted.match(program)]
        if found:
            return found
    return []


def told(found: Sequence[tuple[int, str]]) -> str:
    """Return these processes in words, the first of many."""
    words = ", ".join(f"{pid} {program}" for pid, program in found[:_TOLD])
    return words if len(found) <= _TOLD else f"{words} and {len(found) - _TOLD} more"


def did_you_mean(name: str, known: Mapping[str, str]) -> str:
    """Return what to say behind a name that nothing has, where one is much like it.

    Args:
        name: What was given.
        known: What there is, by what it is in small letters.
    """
    close = get_close_matches(name.casefold(), known, n=1)
    return f"; did you mean {known[close[0]]!r}?" if close else ""
