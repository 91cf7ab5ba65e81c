"""Scans for many patterns at once, against a search for each of them."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest

from ntpages.processes import Needle, Pattern, Process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

PAGE = 4096
SIZE = 160 * PAGE  # more than what a thread looks at at once
AVX2 = 40  # PF_AVX2_INSTRUCTIONS_AVAILABLE


@pytest.fixture
def memory(me: Process) -> Iterator[int]:
    address = me.allocate(SIZE)
    yield address
    me.free(address)


def found(
    process: Process, memory: int, needles: list[Needle], threads: int
) -> list[tuple[int, int]]:
    result = process.scan(Pattern(tuple(needles)), start=memory, end=memory + SIZE, threads=threads)
    assert result.scanned == SIZE
    return [(row.address - memory, row.pattern) for row in result.matches]


def expected(content: bytes, needles: list[Needle], memory: int) -> list[tuple[int, int]]:
    rows = []
    for number, needle in enumerate(needles):
        parts = (
            re.escape(bytes([byte])) if mask == 0xFF else choice(byte, mask)
            for byte, mask in zip(needle.data, needle.mask, strict=True)
        )
        regex = re.compile(b"".join(parts), re.DOTALL)
        rows += [
            (start, number)
            for start in starts(regex, content)
            if (memory + start) % needle.alignment == 0
        ]
    return sorted(rows)


def starts(regex: re.Pattern[bytes], content: bytes) -> Iterator[int]:
    """Where it matches, also within other matches."""
    match = regex.search(content)
    while match:
        yield match.start()
        match = regex.search(content, match.start() + 1)


def choice(byte: int, mask: int) -> bytes:
    passing = [each for each in range(256) if (each ^ byte) & mask == 0]
    return b"[" + b"".join(re.escape(bytes([each])) for each in passing) + b"]"


def made_up(seed: int, count: int) -> tuple[list[Needle], bytes]:
    """Needles of every length, some with masks, and memory that is made of them."""
    chance = random.Random(seed)
    letters = bytes(chance.randrange(256) for _ in range(chance.choice((3, 40, 256))))
    needles = []
    for _ in range(count):
        size = chance.choice((1, 2, 3, 4, 5, 8, 21))
        data = bytes(chance.choices(letters, k=size))
        mask = bytes(chance.choices((0xFF, 0xDF, 0xF0, 0), (12, 1, 1, 1), k=size - 1)) + b"\xff"
        needles.append(Needle(data, mask, chance.choice((1, 1, 1, 4))))
    content = bytearray(SIZE)
    for at in [*chance.sample(range(SIZE - 40), 600), 0, SIZE - 30, 128 * PAGE - 3]:
        piece = chance.choice(needles).data[: chance.randrange(1, 22)]
        content[at : at + len(piece)] = piece
    end = needles[0].data
    content[SIZE - len(end) :] = end
    return needles, bytes(content)


@pytest.mark.parametrize("count", [6, 9, 100, 300])
def test_many_needles_are_found_as_each_of_them_would_be(
    me: Process, memory: int, count: int
) -> None:
    for seed in range(3):
        needles, content = made_up(seed, count)
        me.write(memory, content)
        rows = expected(content, needles, memory)
        assert rows
        for threads in (1, 2):
            assert found(me, memory, needles, threads) == rows


def test_a_processor_without_wide_instructions_finds_the_same(
    me: Process, memory: int, lab: Lab
) -> None:
    needles, content = made_up(7, 30)
    me.write(memory, content)
    lab.fail("IsProcessorFeaturePresent", every=True)
    assert found(me, memory, needles, 2) == expected(content, needles, memory)
    assert lab.refused > 0


def test_needles_that_match_everywhere_are_all_told(me: Process, memory: int) -> None:
    needles = [*Pattern.exactly(b"\0" * 4).needles * 7, *Pattern.exactly(b"\0").needles * 3]
    result = me.scan(Pattern(tuple(needles)), start=memory, end=memory + PAGE, limit=25)
    assert [(row.address - memory, row.pattern) for row in result.matches] == [
        (at, number) for at in range(3) for number in range(10)
    ]
    rest = me.scan(Pattern(tuple(needles)), start=memory + PAGE - 2, end=memory + PAGE)
    assert [row.pattern for row in rest.matches] == [7, 8, 9] * 2
