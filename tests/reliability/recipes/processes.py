"""One process, and one scan of it."""

from __future__ import annotations

import os
from array import array
from typing import Any

from ntpages._native import processes as native_processes
from ntpages.processes import Process
from ntpages.regions import Protection, Region
from reliability.racing import THREADS, Race, race
from reliability.recipes import PAGE, closed

WORD = b"a word that is nowhere else"


@race("processes.Process")
def process() -> Race:
    pages = Region(THREADS * PAGE)
    own = Process(os.getpid())

    def copy(number: int) -> None:
        at, data = pages.address + number * PAGE, bytes([number + 1]) * PAGE
        own.write(at, data)
        assert own.read(at, PAGE) == data
        assert [*own.read_many([at + 8, at], 8)] == [data[:8]] * 2

    where = array("Q", [pages.address] * 64)

    def move(number: int) -> None:
        where[number * 8] ^= 1 << 45  # as far away as can be, and back

    return Race(
        (
            copy,
            move,
            lambda _: own.read_many(where, 8),
            lambda _: own.counters(),
            lambda _: repr(own),
        ),
        close=lambda _: own.close(),
        ends=closed(own),
    )


@race("processes.ProtectedMemory")
def protected_memory() -> Race:
    pages = Region(PAGE)
    own = native_processes.Process(os.getpid())
    scope = native_processes.ProtectedMemory(own, pages.address, PAGE, Protection.READONLY)

    def use(_: int) -> None:
        with scope:
            pass

    def ends() -> None:
        scope.__exit__()
        assert [row.protection for row in pages.spans()] == [Protection.READWRITE]
        pages.close()

    return Race((use,), ends=ends, allowed=(RuntimeError,))


@race("processes.Values")
def values() -> Race:
    pages = Region(64 * PAGE)
    own = native_processes.Process(os.getpid())
    end = pages.address + pages.size
    looks = native_processes.Values(
        own,
        "int32",
        encodings=0,
        alignment=4,
        start=pages.address,
        end=end,
        writable=False,
        threads=4,
    )

    def look(_: int) -> None:
        looks.begin_numbers("int32", "inside", [(bytes(4), bytes(4))])
        if not looks.advance(0):
            looks.finish()

    def ends() -> None:
        looks.begin_numbers("int32", "inside", [(bytes(4), bytes(4))])
        while looks.advance(10):
            pass
        looks.finish()
        assert looks.count == pages.size // 4
        assert looks.matches(3)._row(2) == (pages.address + 8, 0)
        looks.close()
        assert looks.closed
        pages.close()

    return Race(
        (
            look,
            lambda _: looks.advance(0),
            lambda _: (looks.count, looks.kept, looks.scanned),
            lambda _: (looks.matches(9), looks.holes()),
            lambda _: [looks.saved(0) for _ in range(min(looks.parts, 1))],
        ),
        ends=ends,
        allowed=(RuntimeError,),
    )  # somebody began another look


@race("processes.Scan")
def scan() -> Race:
    pages = Region(64 * PAGE)
    with pages.view() as view:
        for at in range(0, 64 * PAGE, PAGE):
            view[at : at + len(WORD)] = WORD
    own = native_processes.Process(os.getpid())
    end = pages.address + pages.size
    needles = ((WORD, b"\xff" * len(WORD), 1),)
    search = native_processes.Scan(
        own, needles, pages.address, end, writable=False, limit=1000, within=None, threads=4
    )
    taken: list[Any] = []

    def take(_: int) -> None:
        if not search.advance(0):
            taken.append(search.matches())

    def ends() -> None:
        while search.advance(10):
            pass
        if not taken:
            taken.append(search.matches())
        [found] = taken
        assert [found._row(i)[0] for i in range(64)] == [*range(pages.address, end, PAGE)]
        assert search.holes()._row is not None
        pages.close()

    return Race(
        (lambda _: search.advance(0), lambda _: search.scanned, take),
        ends=ends,
        allowed=(RuntimeError,),
    )  # somebody took the matches


@race("processes.StringSearch")
def strings() -> Race:
    pages = Region(64 * PAGE)
    with pages.view() as view:
        for at in range(0, 64 * PAGE, PAGE):
            view[at : at + len(WORD)] = WORD
    own = native_processes.Process(os.getpid())
    end = pages.address + pages.size
    search = native_processes.StringSearch(own, pages.address, end, len(WORD), 1000)
    taken: list[Any] = []

    def take(_: int) -> None:
        if not search.advance(0):
            taken.append(search.finish())

    def ends() -> None:
        while search.advance(10):
            pass
        if not taken:
            taken.append(search.finish())
        [found] = taken
        assert [found._row(i)[0] for i in range(64)] == [*range(pages.address, end, PAGE)]
        pages.close()

    return Race(
        (lambda _: search.advance(0), lambda _: search.scanned, take),
        ends=ends,
        allowed=(RuntimeError,),
    )  # somebody took the strings


@race("processes.Passages")
def passages() -> Race:
    pages = Region(64 * PAGE)
    own = native_processes.Process(os.getpid())
    end = pages.address + pages.size
    told = native_processes.Passages(own, pages.address, end, writable=False, longest=16)

    def look(_: int) -> None:
        with memoryview(told) as view:
            assert bytes(view).strip(b"\0") == b""

    def ends() -> None:
        told.advance()
        assert told.scanned == pages.size
        assert not told.advance()
        pages.close()

    return Race(
        (
            look,
            lambda _: told.advance(),
            lambda _: (told.address, told.starts, told.before, told.scanned),
            lambda _: told.holes(),
        ),
        ends=ends,
        allowed=(BufferError,),  # somebody looks at what was read
    )
