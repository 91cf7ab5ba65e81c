"""Text in the memory of a process. Public as ``ntpages.processes.Process.strings()``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ntpages import arguments
from ntpages._native import processes as native
from ntpages.arguments import ADDRESS_SPACE
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["StringRow", "StringsResult", "strings"]

_SLICE = 50  # milliseconds before Python hears of it, and of Ctrl-C
LONGEST = 4096
"""Characters of a text that are told."""


@shows_addresses
class StringRow(NamedTuple):
    """Text, and where it is."""

    address: Address
    size: int
    encoding: str
    text: str


@dataclass(frozen=True, slots=True)
class StringsResult:
    """The text that was found."""

    strings: Table[StringRow]
    """``address``; ``size`` in bytes; ``encoding``: ``"ascii"`` or ``"utf-16"``; ``text``: of a
    long one the first 4096 characters."""
    scanned: int
    """Bytes looked at."""
    complete: bool
    """Whether everything was looked at: the limit did not end the search before."""


def strings(
    process: native.Process,
    *,
    minimum: int,
    start: int,
    end: int,
    limit: int | None,
    progress: Callable[[int], object] | None,
) -> StringsResult:
    """Do what ``Process.strings()`` says."""
    minimum = arguments.integer("minimum", minimum, least=2, most=LONGEST, of="characters")
    start, end = arguments.span(start, end)
    if limit is not None:
        limit = arguments.integer("limit", limit, least=1, most=ADDRESS_SPACE, of="strings")
    if progress is not None:
        arguments.function("progress", progress)
    search = native.StringSearch(process, start, end, minimum, limit or ADDRESS_SPACE)
    going = True
    while going:
        going = search.advance(_SLICE)
        if progress:
            progress(search.scanned)
    found = adopt(search.finish(), StringRow)
    return StringsResult(found, search.scanned, complete=not search.cut_short)
