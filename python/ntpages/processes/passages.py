"""Searching the memory of a process for a regular expression.

Public as ``ntpages.processes.Process.search()``.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ntpages import arguments
from ntpages._native import processes as native
from ntpages.arguments import ADDRESS_SPACE
from ntpages.processes.scan import HoleRow
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FoundRow", "SearchResult", "search"]

LONGEST = 1 << 20
"""Bytes of the longest match that can be asked for."""


@shows_addresses
class FoundRow(NamedTuple):
    """Where a regular expression matches, and how many bytes of it."""

    address: Address
    size: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, and what it could not look at."""

    matches: Table[FoundRow]
    """``address`` and ``size`` in bytes, in ascending order. What was there is not kept: it would
    be found again in one's own process, and again."""
    holes: Table[HoleRow]
    """Committed memory that was stepped over, as for ``Process.scan()``."""
    scanned: int
    """Bytes looked at."""
    complete: bool
    """Whether everything was looked at: the limit did not end the search before."""


def search(
    process: native.Process,
    pattern: re.Pattern[bytes] | bytes,
    *,
    longest: int,
    start: int,
    end: int,
    writable: bool,
    limit: int | None,
    progress: Callable[[int], object] | None,
) -> SearchResult:
    """Do what ``Process.search()`` says."""
    regex = _compiled(pattern)
    longest = arguments.size("longest", longest, most=LONGEST)
    start, end = arguments.span(start, end)
    most = ADDRESS_SPACE
    if limit is not None:
        most = arguments.integer("limit", limit, least=1, most=ADDRESS_SPACE, of="matches")
    if progress is not None:
        arguments.function("progress", progress)
    passages = native.Passages(process, start, end, writable, longest)
    addresses, sizes = array("Q"), array("Q")
    free_from = 0  # behind the last match, which the next one does not overlap
    while len(addresses) < most and passages.advance():
        first = passages.address - passages.before
        at = max(passages.address, free_from) - first
        last = passages.address + passages.starts - first
        with memoryview(passages) as view:
            for begin, behind in _matches(regex, view, at, last, longest):
                addresses.append(first + begin)
                sizes.append(behind - begin)
                free_from = first + behind
                if len(addresses) == most:
                    break
        if progress:
            progress(passages.scanned)
    found = adopt(Table("Found", {"address": addresses, "size": sizes}), FoundRow)
    holes = adopt(passages.holes(), HoleRow)
    return SearchResult(found, holes, passages.scanned, complete=len(addresses) < most)


def _compiled(pattern: re.Pattern[bytes] | bytes) -> re.Pattern[bytes]:
    if isinstance(pattern, bytes):
        try:
            return re.compile(pattern)
        except re.error as wrong:
            msg = f"pattern must be a regular expression, and {pattern!r} is none: {wrong}"
            raise ValueError(msg) from None
    if not isinstance(pattern, re.Pattern) or not isinstance(pattern.pattern, bytes):
        rule = "a regular expression of bytes, as re.compile(rb'...') makes one"
        msg = f"pattern must be {rule}, not {pattern!r}"
        raise TypeError(msg)
    return pattern


def _matches(
    regex: re.Pattern[bytes], view: memoryview, at: int, last: int, longest: int
) -> Iterator[tuple[int, int]]:
    """Yield where matches begin, before ``last``, and end; none is empty or too long."""
    while at < last and (found := regex.search(view, at)):
        begin, behind = found.span()
        if begin >= last:
            return
        if behind - begin > longest:
            shorter = regex.match(view, begin, begin + longest)
            behind = shorter.end() if shorter else begin
        if behind > begin:
            yield begin, behind
        at = max(behind, begin + 1)
