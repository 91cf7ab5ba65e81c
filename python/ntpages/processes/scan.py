"""Searching the memory of a process. Public as ``ntpages.processes.Process.scan()``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ntpages import arguments
from ntpages._native import processes as native
from ntpages.arguments import ADDRESS_SPACE
from ntpages.processes.pattern import Pattern
from ntpages.table import Table, adopt
from ntpages.table.rows import Address

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HoleRow", "MatchRow", "ScanResult", "scan"]

_SLICE = 50  # milliseconds before Python hears of it, and of Ctrl-C


class MatchRow(NamedTuple):
    """Where one was found, and which needle."""

    address: Address
    pattern: int


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
    progress: Callable[[int], object] | None,
) -> ScanResult:
    """Do what ``Process.scan()`` says."""
    needles = _needles(pattern)
    start, end = arguments.address("start", start), arguments.address("end", end)
    if start > end:
        msg = f"start must not be above end, and {start:#x} is above {end:#x}"
        raise ValueError(msg)
    if limit is not None:
        limit = arguments.integer("limit", limit, least=1, most=ADDRESS_SPACE, of="matches")
    if progress is not None:
        arguments.function("progress", progress)
    places = None
    if within is not None:
        places = arguments.instance("within", within, ScanResult).matches.column("address")
    search = native.Scan(process, needles, start, end, writable, limit or ADDRESS_SPACE, places)
    going = True
    while going:
        going = search.advance(_SLICE)
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
