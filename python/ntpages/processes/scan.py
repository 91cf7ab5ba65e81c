"""Searching the memory of a process. Public as ``ntpages.processes.Process.scan()``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ntpages import arguments
from ntpages._native import processes as native
from ntpages.arguments import ADDRESS_SPACE
from ntpages.processes.pattern import Pattern
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HoleRow", "MatchRow", "ScanResult", "scan"]

SLICE = 100  # milliseconds before Python hears of it, and of Ctrl-C


@shows_addresses
class MatchRow(NamedTuple):
    """Where one was found, and which needle."""

    address: Address
    pattern: int


@shows_addresses
class HoleRow(NamedTuple):
    """Committed memory that a scan stepped over, and why."""

    address: Address
    size: int
    reason: str


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan found, and what it could not look at."""

    matches: Table[MatchRow]
    """``address``, and ``pattern``: the index of the needle that was found there."""
    holes: Table[HoleRow]
    """Committed memory that was stepped over: ``address``, ``size`` in bytes, ``reason``: ``"guard
    page"``, ``"no access"``, ``"not cached"``, or ``"unreadable"`` against what Windows said. In a
    second scan also what is not committed any more, where the first had found something."""
    scanned: int
    """Bytes looked at."""
    complete: bool
    """Whether everything was looked at: the limit did not end the scan before."""


def scan(
    process: native.Process,
    pattern: Pattern | bytes,
    *,
    within: ScanResult | None,
    start: int,
    end: int,
    writable: bool,
    limit: int | None,
    threads: int | None,
    progress: Callable[[int], object] | None,
) -> ScanResult:
    """Do what ``Process.scan()`` says."""
    needles = _needles(pattern)
    start, end = arguments.span(start, end)
    if limit is not None:
        limit = arguments.integer("limit", limit, least=1, most=ADDRESS_SPACE, of="matches")
    threads = arguments.threads("threads", threads)
    if progress is not None:
        arguments.function("progress", progress)
    places = None
    if within is not None:
        places = arguments.instance("within", within, ScanResult).matches.column("address")
    search = native.Scan(
        process, needles, start, end, writable, limit or ADDRESS_SPACE, places, threads
    )
    going = True
    while going:
        going = search.advance(SLICE)
        if progress:
            progress(search.scanned)
    matches, holes = adopt(search.matches(), MatchRow), adopt(search.holes(), HoleRow)
    return ScanResult(matches, holes, search.scanned, complete=not search.cut_short)


def _needles(pattern: Pattern | bytes) -> tuple[tuple[bytes, bytes, int], ...]:
    if isinstance(pattern, (bytes, bytearray, memoryview)):
        pattern = Pattern.exactly(pattern)
    if not isinstance(pattern, Pattern):
        msg = f"a pattern must be bytes or a Pattern (such as Pattern.text(...)), not {pattern!r}"
        raise TypeError(msg)
    return tuple((each.data, each.mask, each.alignment) for each in pattern.needles)
