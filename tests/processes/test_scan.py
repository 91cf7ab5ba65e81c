"""Searching all the memory of a process."""

from __future__ import annotations

import os
import sys
import threading
from array import array
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ntpages._native import processes as native
from ntpages.errors import NoSuchProcessError
from ntpages.processes import Pattern, Process, ScanResult
from ntpages.regions import Protection
from target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = 4096
READABLE = ("private", "readonly", "executable", "border", "edge", "mapped", "writecopy")


@pytest.fixture
def process(target: Target, request: pytest.FixtureRequest) -> Iterator[Process]:
    if "strict" in request.fixturenames:  # the laboratory has to see it opened
        request.getfixturevalue("strict")
    with Process(target.pid) as opened:
        yield opened


def addresses(result: ScanResult) -> list[int]:
    return result.matches.column("address").tolist()


# ---- Where it looks ------------------------------------------------------------------------------


@pytest.mark.parametrize("place", READABLE)
def test_finds_what_can_be_read(process: Process, target: Target, place: str) -> None:
    assert target[place] in addresses(process.scan(target.mark))


def test_finds_nothing_else(process: Process, target: Target) -> None:
    found = set(addresses(process.scan(target.mark)))
    assert found == {target[place] for place in READABLE}


def test_what_it_cant_read_are_holes(process: Process, target: Target) -> None:
    holes = {hole.address: hole for hole in process.scan(target.mark).holes}
    assert holes[target["guarded"]].reason == "guard page"
    assert holes[target["noaccess"]].reason == "no access"
    assert {holes[target["guarded"]].size, holes[target["noaccess"]].size} == {PAGE}


@pytest.mark.usefixtures("strict")
def test_no_guard_page_is_touched(process: Process, target: Target) -> None:
    process.scan(target.mark)
    assert target.tell("guarded") == "yes"


@pytest.mark.parametrize(
    "how",
    [
        Protection.NOCACHE,
        pytest.param(
            Protection.WRITECOMBINE, marks=pytest.mark.windows(reason="Wine forgets the flag")
        ),
    ],
)
def test_memory_that_is_not_cached_is_left_alone(
    process: Process, target: Target, how: Protection
) -> None:
    address = process.allocate(PAGE, protection=Protection.READWRITE | how)
    process.write(address, target.mark)
    result = process.scan(target.mark, start=address, end=address + PAGE)
    assert addresses(result) == []
    assert [tuple(hole) for hole in result.holes] == [(address, PAGE, "not cached")]
    assert result.scanned == 0


def test_looks_between_two_addresses_alone(process: Process, target: Target) -> None:
    place = target["private"]
    end = place + len(target.mark)
    assert addresses(process.scan(target.mark, start=place, end=end)) == [place]
    assert addresses(process.scan(target.mark, start=place, end=end - 1)) == []
    assert addresses(process.scan(target.mark, start=place + 1, end=end + PAGE)) == []


@pytest.mark.parametrize(
    ("protection", "is_writable"),
    [
        (Protection.READONLY, False),
        (Protection.READWRITE, True),
        (Protection.EXECUTE_READ, False),
        (Protection.EXECUTE_READWRITE, True),
    ],
)
def test_what_is_writable_goes_by_the_protection(
    process: Process, target: Target, protection: Protection, *, is_writable: bool
) -> None:
    address = process.allocate(PAGE)
    process.write(address, target.mark)
    process.protect(address, PAGE, protection)
    found = process.scan(target.mark, start=address, end=address + PAGE, writable=True)
    assert addresses(found) == ([address] if is_writable else [])


def test_looks_at_writable_pages_alone(process: Process, target: Target) -> None:
    found = addresses(process.scan(target.mark, writable=True))
    assert {target["private"], target["writecopy"], target["mapped"]} <= set(found)
    assert {target["readonly"], target["executable"], target["border"]}.isdisjoint(found)


def test_says_how_much_it_looked_at(process: Process, target: Target) -> None:
    place = target["several"]
    result = process.scan(b"nothing of the kind", start=place, end=place + 16 * PAGE)
    assert result.scanned == 16 * PAGE
    assert result.complete


# ---- What it looks for ---------------------------------------------------------------------------


def test_a_wildcard_lets_anything_pass(process: Process, target: Target) -> None:
    place = target["several"]
    process.write(place + 500, bytes.fromhex("DEADBEEFF00D DEAD00EFF0AD DEADBEEF"))
    pattern = Pattern.hexadecimal("DE AD ?? EF F0 ?D")
    found = process.scan(pattern, start=place, end=place + PAGE)
    assert addresses(found) == [place + 500, place + 506]


def test_text_is_found_in_every_encoding(process: Process, target: Target) -> None:
    found = process.scan(Pattern.text("Wren song"), start=target["text"], end=target["text"] + PAGE)
    assert [(row.address - target["text"], row.pattern) for row in found.matches] == [
        (100, 0),
        (201, 1),
    ]


def test_text_is_found_in_either_case(process: Process, target: Target) -> None:
    pattern = Pattern.text("wREN SONG", ignore_case=True)
    found = process.scan(pattern, start=target["text"], end=target["text"] + PAGE)
    assert len(found.matches) == 2
    exact = process.scan(Pattern.text("wREN SONG"), start=target["text"], end=target["text"] + PAGE)
    assert len(exact.matches) == 0


def test_numbers_are_aligned_unless_told_otherwise(process: Process, target: Target) -> None:
    place = target["several"]
    value = 0x1234_5678
    for offset in (1000, 1005, 1009, 1016):
        process.write(place + offset, value.to_bytes(4, "little"))
    within: dict[str, Any] = {"start": place, "end": place + PAGE}
    aligned = process.scan(Pattern.integer(value), **within)
    anywhere = process.scan(Pattern.integer(value, alignment=1), **within)
    assert [each - place for each in addresses(aligned)] == [1000, 1016]
    assert [each - place for each in addresses(anywhere)] == [1000, 1005, 1009, 1016]


def test_a_negative_number_is_what_it_is_in_memory(process: Process, target: Target) -> None:
    target.tell(f"number 9 {2**32 - 5}")
    place = target["numbers"]
    found = process.scan(Pattern.integer(-5), start=place, end=place + PAGE)
    assert addresses(found) == [place + 36]


def test_matches_may_overlap(process: Process, target: Target) -> None:
    place = target["several"]
    process.write(place + 200, b"abababa")
    found = process.scan(b"aba", start=place + 100, end=place + 300)
    assert [each - place for each in addresses(found)] == [200, 202, 204]


def test_a_limit_ends_it(process: Process, target: Target) -> None:
    result = process.scan(target.mark, limit=2)
    assert len(result.matches) == 2
    assert not result.complete


# ---- Large memory --------------------------------------------------------------------------------


def test_finds_every_mark_in_a_large_allocation() -> None:
    with Target(40) as target, Process(target.pid) as process:
        start = target["large"]
        told: list[int] = []
        result = process.scan(
            target.mark, start=start, end=start + (40 << 20), progress=told.append
        )
        assert addresses(result) == [start + (i << 20) + (1 << 19) for i in range(40)]
        assert result.scanned == 40 << 20


def test_finds_what_lies_across_its_own_steps(process: Process) -> None:
    size = 3 << 20
    address = process.allocate(size)
    places = [address + (k << 16) - 7 for k in range(1, size >> 16)]
    needle = b"across a border"
    for place in places:
        process.write(place, needle)
    assert addresses(process.scan(needle, start=address, end=address + size)) == places
    process.free(address)


def test_a_pattern_longer_than_its_steps_is_found(process: Process) -> None:
    size = 3 << 20
    needle = os.urandom(1 << 20)
    address = process.allocate(size)
    process.write(address + 12345, needle)
    assert addresses(process.scan(needle, start=address)) == [address + 12345]
    process.free(address)


# ---- One's own process ---------------------------------------------------------------------------


def test_what_the_scan_works_with_is_no_match(me: Process) -> None:
    address = me.allocate(4 * PAGE)
    needle = os.urandom(24)
    me.write(address + 100, needle)
    mine = id(needle) + sys.getsizeof(b"") - 1
    found = addresses(me.scan(needle))
    assert {address + 100, mine} <= {*found}
    assert addresses(me.scan(needle)) == found
    me.free(address)


def test_a_scan_does_not_find_what_it_has_found(me: Process) -> None:
    """Every row of this result looks like what is looked for, and so would the rows about rows."""
    size = 16 * PAGE
    address = me.allocate(size)
    pointers = array("Q", range(address, address + size, 8))
    me.write(address, pointers)
    result = me.scan(Pattern.exactly(address.to_bytes(8, "little")[2:]))
    found = addresses(result)
    inside = [each for each in found if address <= each < address + size]
    assert inside == list(range(address + 2, address + size, 8))
    table = np.asarray(result.matches.column("address"))
    own = range(table.ctypes.data, table.ctypes.data + table.nbytes)
    assert not [each for each in found if each in own]
    me.free(address)


# ---- A scan that takes long ----------------------------------------------------------------------

REPEATED = 1 << 20


@pytest.fixture
def repeats_itself(me: Process) -> Iterator[tuple[int, Pattern]]:
    """Memory where every start is a match, which takes a million comparisons to be seen as one."""
    address = me.allocate(3 * REPEATED)
    me.write(address, b"A" * 3 * REPEATED)
    yield address, Pattern.exactly(b"A" * REPEATED)
    me.free(address)


def test_a_step_of_a_scan_compares_so_much_and_no_more(
    me: Process, repeats_itself: tuple[int, Pattern]
) -> None:
    address, pattern = repeats_itself
    needles = tuple((each.data, each.mask, each.alignment) for each in pattern.needles)
    scan = native.Scan(
        me,
        needles,
        address,
        address + 3 * REPEATED,
        writable=False,
        limit=1 << 47,
        within=None,
        threads=1,
    )
    steps = 20
    assert all(scan.advance(0) for _ in range(steps))
    assert 0 < scan.scanned * REPEATED <= steps << 26


def test_a_scan_that_would_take_for_ever_is_interrupted(
    me: Process, repeats_itself: tuple[int, Pattern]
) -> None:
    address, pattern = repeats_itself
    told: list[int] = []

    def interrupt(done: int) -> None:
        told.append(done)
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        me.scan(pattern, start=address, end=address + 3 * REPEATED, progress=interrupt)
    assert told == sorted(told)
    assert told[-1] < REPEATED


@pytest.mark.parametrize("needle", [b"A" * 4000 + b"B", b"B" + b"A" * 4000, b"A" * 4000 + b"\0"])
def test_one_byte_that_differs_is_looked_for_first(me: Process, needle: bytes) -> None:
    size = 1 << 20
    address = me.allocate(size)
    me.write(address, b"A" * (size // 2) + needle + b"A" * (size // 2 - len(needle)))
    result = me.scan(needle, start=address, end=address + size)
    assert addresses(result) == [address + size // 2]
    me.free(address)


def test_progress_is_told_of_the_smallest_scan_and_of_a_second_one(
    process: Process, target: Target
) -> None:
    told: list[int] = []
    where: dict[str, Any] = {"start": target["private"], "end": target["private"] + PAGE}
    first = process.scan(target.mark, progress=told.append, **where)
    assert told[-1] == first.scanned == PAGE
    second = process.scan(target.mark, progress=told.append, within=first, **where)
    assert told[-1] == second.scanned == len(target.mark)


# ---- The second scan -----------------------------------------------------------------------------


def test_a_second_scan_narrows_the_first(process: Process, target: Target) -> None:
    for index in (5, 17, 400):
        target.tell(f"number {index} 8765309")
    first = process.scan(Pattern.integer(8765309))
    places = [target["numbers"] + 4 * index for index in (5, 17, 400)]
    assert set(places) <= set(addresses(first))
    target.tell("number 17 8765310")
    target.tell("number 400 1")
    second = process.scan(Pattern.integer(8765310), within=first)
    assert addresses(second) == [places[1]]
    assert second.scanned == 4 * len(first.matches)
    assert second.complete
    third = process.scan(Pattern.integer(8765310), within=second)
    assert addresses(third) == [places[1]]


@pytest.mark.usefixtures("strict")
def test_narrowing_tells_what_is_gone(process: Process) -> None:
    address = process.allocate(2 * PAGE)
    process.write(address, b"this one stays")
    process.write(address + PAGE, b"this one goes")
    first = process.scan(b"this one", start=address, end=address + 2 * PAGE)
    process.decommit(address + PAGE, PAGE)
    second = process.scan(b"this one", within=first)
    assert addresses(second) == [address]
    assert [(hole.address, hole.reason) for hole in second.holes] == [
        (address + PAGE, "unreadable")
    ]
    process.free(address)


def test_an_address_is_tried_once_however_often_it_was_found(
    process: Process, target: Target
) -> None:
    letter = Pattern.text("W")
    where: dict[str, Any] = {"start": target["text"], "end": target["text"] + PAGE}
    found = process.scan(letter, **where)
    for _ in range(3):
        again = process.scan(letter, within=found, **where)
        assert [tuple(row) for row in again.matches] == [tuple(row) for row in found.matches]
        found = again


@pytest.mark.usefixtures("strict")
def test_no_guard_page_is_touched_by_a_second_scan(process: Process, target: Target) -> None:
    guard = target["several"] + 8 * PAGE
    process.write(guard - 3, b"abcd")
    first = process.scan(b"abc", start=guard - PAGE, end=guard + PAGE)
    process.protect(guard, PAGE, Protection.READWRITE | Protection.GUARD)
    second = process.scan(b"abcd", within=first)
    assert addresses(second) == []
    assert [tuple(hole) for hole in second.holes] == [(guard, 1, "guard page")]
    assert process.protect(guard, 1, Protection.READWRITE) & Protection.GUARD


def test_a_second_scan_keeps_to_all_that_it_is_told(process: Process, target: Target) -> None:
    place = target["several"]
    process.protect(place + 2 * PAGE, PAGE, Protection.READONLY)
    first = process.scan(Pattern.hexadecimal("6? 00"), start=place, end=place + 16 * PAGE)
    pages = [place + page * PAGE for page in range(16)]
    assert addresses(first) == pages[:15]  # the letters a to o, and p is 0x70

    def second(**how: Any) -> list[int]:
        return addresses(process.scan(Pattern.hexadecimal("6?"), within=first, **how))

    assert second(start=pages[3]) == pages[3:15]
    assert second(end=pages[3] + 1) == pages[:4]
    assert second(limit=2) == pages[:2]
    assert second(writable=True) == [*pages[:2], *pages[3:15]]


# ---- Refusals ------------------------------------------------------------------------------------


def test_text_alone_is_ambiguous(process: Process) -> None:
    with pytest.raises(TypeError, match=r"bytes or a Pattern .*, not 'text'"):
        process.scan("text")  # type: ignore[arg-type]


def test_a_range_that_cant_be_is_refused(process: Process) -> None:
    with pytest.raises(ValueError, match="start must not be above end, and 0x20 is above 0x10"):
        process.scan(b"x", start=32, end=16)
    nothing = process.scan(b"x", end=1)
    with pytest.raises(ValueError, match="start must not be above end, and 0x20 is above 0x10"):
        process.scan(b"x", within=nothing, start=32, end=16)
    with pytest.raises(ValueError, match=r"limit must be from 1 to .* matches, not 0"):
        process.scan(b"x", limit=0)


# ---- While things change -------------------------------------------------------------------------


def test_a_process_that_exits_meanwhile_is_no_such_process() -> None:
    with Target(300) as target, Process(target.pid) as process:
        killer = threading.Timer(0.05, target.crash)
        killer.start()
        with pytest.raises(NoSuchProcessError, match=f"pid {target.pid}"):  # noqa: PT012
            for _ in range(10_000):
                process.scan(target.mark)
        killer.join()


def test_pages_that_come_and_go_meanwhile_do_no_harm(process: Process) -> None:
    size = 64 * PAGE
    address = process.allocate(size)
    place = address + 32 * PAGE
    done = threading.Event()

    def flicker() -> None:
        while not done.is_set():
            process.protect(address, 16 * PAGE, Protection.NOACCESS)
            process.decommit(address + 48 * PAGE, 16 * PAGE)
            process.commit(address + 48 * PAGE, 16 * PAGE)
            process.protect(address, 16 * PAGE, Protection.READWRITE)

    process.write(place, b"steady in the middle")
    thread = threading.Thread(target=flicker)
    thread.start()
    try:
        for _ in range(50):
            result = process.scan(b"steady in the middle", start=address, end=address + size)
            assert addresses(result) == [place]
    finally:
        done.set()
        thread.join()
    process.free(address)
