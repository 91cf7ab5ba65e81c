"""Text in memory, against a search with regular expressions."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntpages.errors import NoSuchProcessError
from ntpages.processes import Process, StringsResult
from ntpages.regions import Protection, Region
from target import Target

PAGE = 4096
ME = os.getpid()


def found_in(region: Region, **how: Any) -> StringsResult:
    with Process(ME) as process:
        return process.strings(start=region.address, end=region.address + region.size, **how)


def rows(result: StringsResult, region: Region) -> list[tuple[int, str, str]]:
    return [(row.address - region.address, row.encoding, row.text) for row in result.strings]


def written(content: bytes, *, pages: int = 1) -> Region:
    region = Region(pages * PAGE)
    if content:
        region.view(0, len(content))[:] = content
    return region


def test_ascii_and_utf_16_are_found_with_their_places() -> None:
    content = b"\x01plain\x00\x00" + "wide text".encode("utf-16-le") + b"\x01four\x01\ttabs\x7f"
    with written(content) as region:
        result = found_in(region)
        assert rows(result, region) == [
            (1, "ascii", "plain"),
            (8, "utf-16", "wide text"),
            (32, "ascii", "\ttabs"),
        ]
        assert [row.size for row in result.strings] == [5, 18, 5]
    assert (result.scanned, result.complete) == (PAGE, True)


@settings(max_examples=60, deadline=None)
@given(
    content=st.lists(
        st.sampled_from([b"\x00", b"\x01", b"a", b"text", b"w\x00", b"\x7f", b"\xff", b" \x00"]),
        max_size=60,
    ).map(b"".join),
    minimum=st.integers(2, 6),
)
def test_everything_is_found_that_a_regular_expression_finds(content: bytes, minimum: int) -> None:
    with written(content or b"\x00") as region:
        told = rows(found_in(region, minimum=minimum), region)
    whole = content + b"\x00"
    expected = {
        (each.start(), "ascii", each[0].decode())
        for each in re.finditer(rb"[ -~\t]{%d,}" % minimum, whole)
    }
    for start in range(len(whole)):
        run = re.compile(rb"(?:[ -~\t]\x00){%d,}" % minimum).match(whole, start)
        before = start >= 2 and re.match(rb"[ -~\t]\x00", whole[start - 2 : start])
        if run and not before:
            expected.add((start, "utf-16", run[0].decode("utf-16-le")))
    assert sorted(told) == sorted(expected)
    assert [address for address, *_ in told] == sorted(address for address, *_ in told)


def test_text_goes_from_one_region_into_the_next() -> None:
    with written(b"", pages=2) as region:
        region.view(PAGE - 3, 8)[:] = b"crossing"
        region.protect(Protection.READONLY, offset=PAGE, size=PAGE)
        assert rows(found_in(region), region) == [(PAGE - 3, "ascii", "crossing")]


def test_text_ends_where_memory_can_t_be_read_and_no_guard_is_touched() -> None:
    with written(b"", pages=3) as region:
        region.view(PAGE - 5, 10)[:] = b"0123456789"
        region.view(2 * PAGE - 5, 10)[:] = b"abcdefghij"
        region.protect(Protection.READWRITE | Protection.GUARD, offset=PAGE, size=PAGE)
        assert rows(found_in(region), region) == [
            (PAGE - 5, "ascii", "01234"),
            (2 * PAGE, "ascii", "fghij"),
        ]
        protections = [row.protection for row in region.spans()]
    assert protections[1] & Protection.GUARD


def test_a_very_long_text_is_told_with_its_size() -> None:
    with written(b"x" * 600_000, pages=200) as region:
        [row] = found_in(region).strings
    assert (row.size, row.text) == (600_000, "x" * 4096)


def test_many_texts_keep_their_places() -> None:
    texts = [f"{number:05} of many texts" for number in range(20_000)]
    content = b"".join(text.encode() + b"\0" for text in texts)
    with written(content, pages=len(content) // PAGE + 1) as region:
        found = found_in(region)
        width = len(texts[0])
        told = [(at, text) for at, _, text in rows(found, region)]
        assert told == [(number * (width + 1), text) for number, text in enumerate(texts)]
        assert set(found.strings.column("encoding")) == {"ascii"}
        assert set(found.strings.column("size")) == {width}


def test_a_limit_ends_the_search_with_the_lowest() -> None:
    with written(b"first\x00second\x00third") as region:
        result = found_in(region, limit=2)
        assert [text for *_, text in rows(result, region)] == ["first", "second"]
        assert not result.complete
        assert found_in(region, limit=3).complete


def test_progress_is_told_to_the_end() -> None:
    told: list[int] = []
    with written(b"text", pages=300) as region:
        result = found_in(region, progress=told.append)
    assert told[-1] == result.scanned == 300 * PAGE


def test_another_process_is_looked_into(target: Target) -> None:
    with Process(target.pid) as process:
        texts = [row.text for row in process.strings(minimum=8).strings]
    assert any("target" in text for text in texts)


def test_a_process_that_has_exited_is_no_process() -> None:
    with Target("idle") as running, Process(running.pid) as process:
        running.end()
        with pytest.raises(NoSuchProcessError):
            process.strings()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"minimum": 1}, "minimum must be from 2 to 4096 characters, not 1"),
        ({"start": 2, "end": 1}, "start must not be above end, and 0x2 is above 0x1"),
        ({"limit": 0}, "limit must be .* not 0"),
    ],
)
def test_what_can_t_be_is_refused(how: dict[str, int], words: str) -> None:
    with Process(ME) as process, pytest.raises(ValueError, match=words):
        process.strings(**how)  # type: ignore[arg-type]
