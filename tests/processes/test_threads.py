"""Scans by several threads: what they find does not tell how many they were."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ntpages._native import processes as native
from ntpages.processes import Pattern, Process, ScanResult, list_processes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

PAGE = 4096
SIZE = 8 << 20
WORD = b"\xf7 of every page"
THREADS = (1, 2, 8)


@pytest.fixture
def memory(me: Process) -> Iterator[int]:
    """Some shares for each thread, with a word in every page."""
    address = me.allocate(SIZE)
    page = WORD + bytes(PAGE - len(WORD))
    me.write(address, page * (SIZE // PAGE))
    yield address
    me.free(address)


def scanned(me: Process, memory: int, pattern: Pattern | bytes = WORD, **how: Any) -> ScanResult:
    return me.scan(pattern, start=memory, end=memory + SIZE, **how)


def offsets(result: ScanResult, memory: int) -> Any:
    return np.asarray(result.matches.column("address")) - np.uint64(memory)


EVERY_PAGE = np.arange(0, SIZE, PAGE, dtype=np.uint64)


@pytest.mark.parametrize("threads", THREADS)
def test_no_more_threads_are_at_it_than_were_asked_for(
    lab: Lab, me: Process, memory: int, threads: int
) -> None:
    slices: list[int] = []
    scanned(me, memory, threads=threads, progress=slices.append)
    asked = lab.count("CreateThread")
    assert asked <= (threads - 1) * len(slices)
    assert (asked > 0) == (threads > 1)


def test_a_scan_of_a_page_starts_no_thread(lab: Lab, me: Process, memory: int) -> None:
    me.scan(WORD, start=memory, end=memory + PAGE, threads=8)
    assert lab.count("CreateThread") == 0


@pytest.mark.parametrize("threads", THREADS)
def test_more_matches_than_a_share_has_room_for_are_told_in_order(
    me: Process, memory: int, threads: int
) -> None:
    """Two needles at each zero between the words: they wait for their turn, and lose nothing."""
    needles = Pattern.exactly(b"\0").needles
    both = Pattern((*needles, *needles))
    size = 2 << 20
    found = me.scan(both, start=memory, end=memory + size, threads=threads)
    everywhere = np.arange(size, dtype=np.uint64)
    zeros = everywhere[everywhere % PAGE >= len(WORD)]
    assert np.array_equal(offsets(found, memory), np.repeat(zeros, 2))
    assert np.array_equal(found.matches.column("pattern"), np.tile([0, 1], len(zeros)))


@pytest.mark.parametrize("threads", THREADS)
def test_a_limit_in_the_middle_of_a_share_ends_all(me: Process, memory: int, threads: int) -> None:
    limit = SIZE // PAGE // 2 + 7
    result = scanned(me, memory, limit=limit, threads=threads)
    assert np.array_equal(offsets(result, memory), EVERY_PAGE[:limit])
    assert result.scanned == EVERY_PAGE[limit - 1] + 1
    assert not result.complete


@pytest.mark.parametrize("threads", THREADS)
def test_a_page_that_refuses_against_its_protection_is_a_hole(
    lab: Lab, me: Process, memory: int, threads: int
) -> None:
    # The whole share, the part of it that is tried next, and its first page.
    lab.fail("ReadProcessMemory", nth=1, times=3)
    result = me.scan(WORD, start=memory, end=memory + 64 * PAGE, threads=threads)
    assert [tuple(hole) for hole in result.holes] == [(memory, PAGE, "unreadable")]
    assert np.array_equal(offsets(result, memory), EVERY_PAGE[1:64])
    assert result.scanned == 63 * PAGE


@pytest.mark.parametrize(("function", "first"), [("CreateThread", 1), ("VirtualAlloc", 2)])
def test_what_windows_has_no_thread_or_memory_for_is_done_by_fewer(
    lab: Lab, me: Process, memory: int, function: str, first: int
) -> None:
    def look() -> Any:
        return offsets(scanned(me, memory, threads=8), memory)

    assert np.array_equal(look(), EVERY_PAGE)  # from now on there is memory for small tables
    for _ in range(100):
        lab.fail(function, nth=first, every=True)  # what one thread works in can't be done without
        assert np.array_equal(look(), EVERY_PAGE)
        if lab.refused:  # the others may have come too late: one thread had looked at it all
            return
    pytest.fail("no other thread ever wanted any")


def test_a_processor_without_avx2_finds_the_same(lab: Lab, me: Process, memory: int) -> None:
    patterns = [Pattern.exactly(WORD), Pattern.hexadecimal("F7 ?? 6F"), Pattern.integer(0x206F6620)]
    with_it = [[tuple(row) for row in scanned(me, memory, each).matches] for each in patterns]
    lab.fail("IsProcessorFeaturePresent", every=True)
    without = [[tuple(row) for row in scanned(me, memory, each).matches] for each in patterns]
    assert lab.refused == len(patterns)
    assert without == with_it
    assert len(with_it[0]) == SIZE // PAGE


def test_a_process_that_is_closed_meanwhile_ends_the_threads(memory: int) -> None:
    before = own_threads()
    also_me = Process(os.getpid())
    needles = ((WORD, b"\xff" * len(WORD), 1),)
    search = native.Scan(
        also_me,
        needles,
        memory,
        memory + SIZE,
        writable=False,
        limit=1 << 40,
        within=None,
        threads=4,
    )
    assert search.advance(0)
    also_me.close()
    with pytest.raises(ValueError, match="closed"):
        search.advance(10_000)
    assert own_threads_come_back_to(before)


def test_an_interrupt_leaves_no_thread_behind(me: Process, memory: int) -> None:
    before = own_threads()

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as kept:
        scanned(me, memory, Pattern.exactly(bytes(SIZE // 2)), threads=8, progress=interrupt)
    assert own_threads_come_back_to(before)
    del kept  # until here its frames, and the scan in them, were there


def own_threads() -> int:
    [count] = [row.threads for row in list_processes() if row.pid == os.getpid()]
    return int(count)


def own_threads_come_back_to(count: int) -> bool:
    for _ in range(200):
        if own_threads() <= count:
            return True
        time.sleep(0.01)
    return False


def test_several_scans_at_once_keep_out_of_each_others_way(me: Process, memory: int) -> None:
    results: list[Any] = []

    def scan() -> None:
        results.append(offsets(scanned(me, memory, threads=3), memory))

    scans = [threading.Thread(target=scan) for _ in range(4)]
    for each in scans:
        each.start()
    for each in scans:
        each.join()
    assert len(results) == 4
    assert all(np.array_equal(each, EVERY_PAGE) for each in results)
