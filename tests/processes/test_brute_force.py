"""Scans, against a search that tries every byte: the same rows, in the same order, and all of them,
however many threads look for them.

The memory is longer than what the scan reads at once. At its beginning and at its end there are
pages of every kind, and at their borders what the needles look for.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntpages import system
from ntpages.processes import Needle, Pattern, Process, ScanResult
from ntpages.regions import Protection
from target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

pytestmark = pytest.mark.usefixtures("strict")

PAGE = 4096
PAGES = 136
SIZE = PAGES * PAGE
STEP = 128 * PAGE  # what a thread of the scan reads at once
THREADS = (1, 2, 8)
CHANGING = (1, 2, 3, 4, 129, 130, 131, 132, 134)  # pages of any kind; all others can be written

PLAIN = Protection.READWRITE
READABLE = (PLAIN, Protection.READONLY, Protection.EXECUTE_READ)
HOLES = {
    PLAIN | Protection.GUARD: "guard page",
    Protection.READONLY | Protection.GUARD: "guard page",
    Protection.NOACCESS: "no access",
    PLAIN | Protection.NOCACHE: "not cached",
}
if system.windows().wine:
    del HOLES[PLAIN | Protection.NOCACHE]  # Wine forgets the flag
KINDS: list[Protection | None] = [*READABLE, *HOLES, None]  # None: not committed

Row = tuple[int, int]


class Memory:
    """Some memory of a process, and a plain account of it. Offsets are from its beginning."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.base = process.allocate(SIZE)
        self.kinds: list[Protection | None] = [PLAIN] * PAGES
        self.content = np.zeros(SIZE, np.uint8)

    def arrange(self, kinds: dict[int, Protection | None], content: dict[int, bytes]) -> None:
        """Begin anew; what was a guard page must have been one to the end."""
        for page in CHANGING:
            at = self.base + page * PAGE
            if self.kinds[page] is None:
                self.process.commit(at, PAGE)
            else:
                assert self.process.protect(at, PAGE, PLAIN) == self.kinds[page]
            self.kinds[page] = PLAIN
        self.write(0, bytes(SIZE))
        for offset, data in content.items():
            self.write(offset, data)
        for page, kind in kinds.items():
            at = self.base + page * PAGE
            if kind is None:
                self.process.decommit(at, PAGE)
            else:
                self.process.protect(at, PAGE, kind)
            self.kinds[page] = kind

    def write(self, offset: int, data: bytes) -> None:
        data = data[: SIZE - offset]
        self.process.write(self.base + offset, data)
        self.content[offset : offset + len(data)] = np.frombuffer(data, np.uint8)

    def is_wanted(self, page: int, *, writable: bool) -> bool:
        kind = self.kinds[page]
        return kind is not None and (not writable or bool(kind & PLAIN))

    def allowed(self, *, start: int, end: int, writable: bool) -> Any:
        """Which bytes may be looked at."""
        pages = [
            self.kinds[page] in READABLE and self.is_wanted(page, writable=writable)
            for page in range(PAGES)
        ]
        found = np.repeat(pages, PAGE)
        found[:start] = found[end:] = False
        return found

    def rows(
        self,
        needles: Sequence[Needle],
        *,
        start: int = 0,
        end: int = SIZE,
        writable: bool = False,
        places: set[int] | None = None,
    ) -> list[Row]:
        """All that matches: every byte is tried, first where a needle has one that is no zero."""
        allowed = self.allowed(start=start, end=end, writable=writable)
        refused = np.concatenate(([0], np.cumsum(~allowed)))
        found = []
        for number, needle in enumerate(needles):
            size = len(needle.data)
            starts = SIZE - size + 1
            wanted = [*zip(range(size), needle.data, needle.mask, strict=True)]
            wanted.sort(key=lambda each: each[1] & each[2] == 0)
            [(at, byte, mask), *others] = wanted
            offsets = np.flatnonzero((self.content[at : at + starts] ^ byte) & mask == 0)
            for at, byte, mask in others:
                offsets = offsets[(self.content[offsets + at] ^ byte) & mask == 0]
            offsets = offsets[refused[offsets + size] == refused[offsets]]
            found += [
                (offset, number)
                for offset in offsets.tolist()
                if (self.base + offset) % needle.alignment == 0
                and (places is None or offset in places)
            ]
        return sorted(found)

    def holes(self, *, start: int, end: int, writable: bool) -> list[tuple[int, int, str]]:
        found: list[tuple[int, int, str]] = []
        for page in range(PAGES):
            first, last = max(start, page * PAGE), min(end, (page + 1) * PAGE)
            why = HOLES.get(self.kinds[page] or Protection(0))
            if first >= last or why is None or not self.is_wanted(page, writable=writable):
                continue
            if found and found[-1][0] + found[-1][1] == first and found[-1][2] == why:
                first = found.pop()[0]
            found.append((first, last - first, why))
        return found

    def scan(
        self, needles: Sequence[Needle], *, start: int = 0, end: int = SIZE, **how: Any
    ) -> ScanResult:
        return self.process.scan(
            Pattern(tuple(needles)), start=self.base + start, end=self.base + end, **how
        )

    def found(self, result: ScanResult) -> list[Row]:
        return [(row.address - self.base, row.pattern) for row in result.matches]


@contextmanager
def memory_of(whose: str) -> Iterator[Memory]:
    if whose == "mine":
        with Process(os.getpid()) as me:
            memory = Memory(me)
            yield memory
            me.free(memory.base)
    else:
        with Target("idle") as target, Process(target.pid) as process:
            yield Memory(process)


def against(whose: str, check: Callable[[Memory, Any], None], examples: int) -> None:
    """Check many times over, in one memory."""
    with memory_of(whose) as memory:

        @settings(max_examples=examples, deadline=None)
        @given(st.data())
        def many_times(data: st.DataObject) -> None:
            check(memory, data.draw)

        many_times()
        memory.arrange({}, {})


# Zeros lie between the things that are looked for: each needle has a byte that is none.
bytes_of_needles = st.tuples(st.integers(0, 3), st.sampled_from([0xFF, 0xFF, 0xFF, 0, 2, 0xFD]))
surely = st.tuples(st.integers(1, 3), st.just(0xFF))


@st.composite
def some_needles(draw: Any) -> list[Needle]:
    needles = []
    for _ in range(draw(st.integers(1, 4))):
        before, after = (draw(st.lists(bytes_of_needles, max_size=5)) for _ in range(2))
        data, mask = zip(*before, draw(surely), *after, strict=True)
        needles.append(Needle(bytes(data), bytes(mask), draw(st.sampled_from([1, 1, 2, 4]))))
    return needles


@st.composite
def some_content(draw: Any, needles: Sequence[Needle], start: int) -> dict[int, bytes]:
    borders = [start, start + STEP, *(page * PAGE for page in (*CHANGING, 5, 133, 135, PAGES))]
    content = {}
    for _ in range(draw(st.integers(1, 8))):
        border = draw(st.sampled_from(borders))
        pieces = draw(
            st.lists(
                st.one_of(
                    st.sampled_from([needle.data for needle in needles]),
                    st.binary(min_size=1, max_size=6).map(lambda some: bytes(b % 4 for b in some)),
                ),
                min_size=1,
                max_size=4,
            )
        )
        offset = border - draw(st.integers(0, 16))
        if 0 <= offset < SIZE:
            content[offset] = b"".join(pieces)
    return content


kinds = st.dictionaries(st.sampled_from(CHANGING), st.sampled_from(KINDS))
starts = st.one_of(st.just(0), st.integers(0, 5 * PAGE))
ends = st.one_of(st.just(SIZE), st.integers(5 * PAGE, SIZE))


def arranged(memory: Memory, draw: Any) -> tuple[list[Needle], dict[str, Any]]:
    """Arrange the memory; return what to look for, and where."""
    needles = draw(some_needles())
    where = {"start": draw(starts), "end": draw(ends), "writable": draw(st.booleans())}
    memory.arrange(draw(kinds), draw(some_content(needles, where["start"])))
    return needles, where


def cut(rows: list[Row], limit: int) -> list[Row]:
    """The lowest rows; all of those at the last address."""
    return rows if len(rows) < limit else [row for row in rows if row[0] <= rows[limit - 1][0]]


WHOSE = pytest.mark.parametrize("whose", ["mine", "another's"])


@WHOSE
def test_all_is_found_that_is_there_and_the_rest_is_told(whose: str) -> None:
    def check(memory: Memory, draw: Any) -> None:
        needles, where = arranged(memory, draw)
        expected = memory.rows(needles, **where)
        for threads in THREADS:
            told: list[int] = []
            result = memory.scan(needles, **where, threads=threads, progress=told.append)
            assert memory.found(result) == expected
            holes = [(hole.address - memory.base, hole.size, hole.reason) for hole in result.holes]
            assert holes == memory.holes(**where)
            assert result.scanned == memory.allowed(**where).sum()
            assert result.complete
            assert told == sorted(told)
            assert told[-1] == result.scanned

    against(whose, check, 40)


@WHOSE
def test_a_limit_keeps_the_lowest_and_paging_loses_nothing(whose: str) -> None:
    def check(memory: Memory, draw: Any) -> None:
        needles, where = arranged(memory, draw)
        everything = memory.rows(needles, **where)
        limit, threads = draw(st.integers(1, 4)), draw(st.sampled_from(THREADS))
        start, found, scanned = where["start"], [], 0
        while True:
            page = memory.scan(needles, **{**where, "start": start}, limit=limit, threads=threads)
            rows = memory.found(page)
            assert rows == cut(memory.rows(needles, **{**where, "start": start}), limit)
            assert page.complete == (len(rows) < limit)
            found += rows
            scanned += page.scanned
            if page.complete:
                break
            start = rows[-1][0] + 1
        assert found == everything
        assert scanned == memory.allowed(**where).sum()

    against(whose, check, 40)


@WHOSE
def test_a_second_scan_and_a_third_find_what_is_left(whose: str) -> None:
    def check(memory: Memory, draw: Any) -> None:
        needles, where = arranged(memory, draw)
        result = memory.scan(needles, **where)
        for _ in range(draw(st.integers(1, 3))):
            if draw(st.booleans()):
                memory.write(draw(st.integers(135 * PAGE, SIZE - 1)), draw(st.binary(max_size=9)))
                memory.write(5 * PAGE + draw(st.integers(0, 9)), draw(st.binary(max_size=9)))
            needles = draw(st.one_of(st.just(needles), some_needles()))
            where = {"start": draw(starts), "end": draw(ends), "writable": draw(st.booleans())}
            limit = draw(st.none() | st.integers(1, 5))
            places = {row.address - memory.base for row in result.matches}
            expected = memory.rows(needles, **where, places=places)
            threads = draw(st.sampled_from(THREADS))
            result = memory.scan(needles, **where, limit=limit, threads=threads, within=result)
            assert memory.found(result) == (cut(expected, limit) if limit else expected)
            assert result.complete == (limit is None or len(expected) < limit)

    against(whose, check, 50)
