"""Regular expressions in the memory of a process, against the same on all its bytes at once."""

from __future__ import annotations

import os
import random
import re
from typing import TYPE_CHECKING, Any

import pytest

from ntpages._native import processes as native
from ntpages.processes import Process, SearchResult
from ntpages.regions import Protection
from target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

pytestmark = pytest.mark.usefixtures("strict")

PAGE = 4096
STEP = 256 * PAGE  # what is read at once
SIZE = 3 * STEP + 8 * PAGE


@pytest.fixture
def memory(me: Process) -> Iterator[int]:
    address = me.allocate(SIZE)
    yield address
    me.free(address)


def found(result: SearchResult, memory: int) -> list[tuple[int, int]]:
    return [(row.address - memory, row.size) for row in result.matches]


def spans(regex: bytes, content: bytes) -> list[tuple[int, int]]:
    every = re.compile(regex).finditer(content)
    return [(each.start(), each.end() - each.start()) for each in every if each.group()]


@pytest.mark.parametrize(
    "regex",
    [rb"ab+c", rb"(?<=a)b*", rb"a(?=b)", rb"[a-c]{3,9}", rb"\bab", rb"(?s)a.{5,20}?c", rb"b*"],
)
def test_matches_are_those_of_all_bytes_at_once(me: Process, memory: int, regex: bytes) -> None:
    chance = random.Random(regex)
    content = bytearray(SIZE)
    for border in (0, STEP, 2 * STEP, 3 * STEP, SIZE - 60, 5 * PAGE):
        for _ in range(6):
            at = min(max(0, border + chance.randrange(-60, 60)), SIZE - 30)
            piece = bytes(chance.choices(b"abbc \0", k=chance.randrange(1, 30)))
            content[at : at + len(piece)] = piece
    me.write(memory, content)
    result = me.search(regex, start=memory, end=memory + SIZE, longest=64)
    wanted = spans(regex, bytes(content))
    assert wanted
    assert found(result, memory) == wanted
    assert (result.scanned, result.complete) == (SIZE, True)
    compiled = me.search(re.compile(regex), start=memory, end=memory + SIZE, longest=64, limit=2)
    assert found(compiled, memory) == wanted[:2]
    assert compiled.complete is (len(wanted) < 2)


def test_what_is_too_long_is_matched_again_in_fewer_bytes_or_passed_over(
    me: Process, memory: int
) -> None:
    me.write(memory + STEP - 50, b"x" * 100)
    where: dict[str, Any] = {"start": memory, "end": memory + SIZE}
    assert found(me.search(b"x+", **where, longest=100), memory) == [(STEP - 50, 100)]
    assert found(me.search(b"x+", **where, longest=40), memory) == [
        (STEP - 50, 40),
        (STEP - 10, 40),
        (STEP + 30, 20),
    ]
    assert found(me.search(b"x{60}|xx\0", **where, longest=40), memory) == [(STEP + 48, 3)]


def test_a_match_goes_from_one_region_into_the_next_and_over_no_hole(
    me: Process, memory: int
) -> None:
    me.write(memory, (b"_" * (PAGE - 2) + b"word") * 3 + b"_" * PAGE)
    me.protect(memory + PAGE, PAGE, Protection.READONLY)
    result = me.search(b"wo_*rd|word", start=memory, end=memory + 4 * PAGE)
    assert found(result, memory) == [(PAGE - 2, 4), (2 * PAGE, 4), (3 * PAGE + 2, 4)]
    me.protect(memory + PAGE, PAGE, Protection.READWRITE | Protection.GUARD)
    result = me.search(b"word|rd|wo", start=memory, end=memory + 4 * PAGE)
    assert found(result, memory) == [(PAGE - 2, 2), (2 * PAGE, 4), (3 * PAGE + 2, 4)]
    assert [tuple(hole) for hole in result.holes] == [(memory + PAGE, PAGE, "guard page")]
    assert me.protect(memory + PAGE, PAGE, Protection.READWRITE) & Protection.GUARD
    writable = me.search(b"rd", start=memory, end=memory + 2 * PAGE, writable=True)
    assert writable.scanned == 2 * PAGE


def test_pages_that_refuse_against_what_windows_said_are_holes(
    me: Process, memory: int, lab: Lab
) -> None:
    me.write(memory, b"a" * (4 * PAGE))
    lab.fail("ReadProcessMemory", nth=2, code=299)
    lab.fail("ReadProcessMemory", nth=3, code=299)
    result = me.search(b"a{4096}", start=memory, end=memory + 4 * PAGE)
    holes = sum(result.holes["size"])
    assert result.scanned + holes == 4 * PAGE
    assert all(row.address % PAGE == memory % PAGE for row in result.matches)


def test_one_does_not_find_what_the_search_itself_has_read(me: Process, memory: int) -> None:
    word = os.urandom(16)
    me.write(memory + 5, word)
    start = max(0, memory - (1 << 30))
    result = me.search(re.escape(word), start=start, end=memory + (1 << 30))
    assert memory + 5 in list(result.matches["address"])
    private = [at for at in result.matches["address"] if at % PAGE == (memory + 5) % PAGE]
    assert private == [memory + 5]


def test_words_of_another_process_are_found_and_progress_is_told() -> None:
    with Target() as target, Process(target.pid) as process:
        told: list[int] = []
        result = process.search(
            re.compile(re.escape(target.mark)), writable=True, progress=told.append
        )
        assert target["private"] in list(result.matches["address"])
        assert told == sorted(told)
        assert told[-1] == result.scanned


@pytest.mark.parametrize("wrong", ["text", re.compile("text"), 5, None, bytearray(b"x")])
def test_what_is_no_expression_of_bytes_is_refused(me: Process, wrong: object) -> None:
    with pytest.raises(TypeError, match="pattern must be a regular expression of bytes"):
        me.search(wrong)  # type: ignore[arg-type]


def test_what_re_can_not_read_is_told_with_its_reason(me: Process) -> None:
    with pytest.raises(ValueError, match=r"pattern must be a regular expression.*b'\(' is none"):
        me.search(b"(")


def test_nothing_is_read_over_what_somebody_looks_at(me: Process, memory: int) -> None:
    told = native.Passages(me, memory, memory + SIZE, writable=False, longest=16)
    assert told.advance()
    with memoryview(told) as view:
        assert view.readonly
        assert (told.address, told.starts, told.before) == (memory, STEP, 0)
        assert len(view) == STEP + 15
        with pytest.raises(BufferError):
            told.advance()
    assert told.advance()
    assert (told.address, told.before) == (memory + STEP, 16)
