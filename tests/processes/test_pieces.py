"""Many pieces of a process's memory at once."""

from __future__ import annotations

import random
from array import array
from typing import TYPE_CHECKING

import pytest

from ntpages.processes import Process
from ntpages.regions import Protection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab
    from target import Target

PAGE = 4096


@pytest.fixture
def process(target: Target, request: pytest.FixtureRequest) -> Iterator[Process]:
    if {"strict", "lab"} & {*request.fixturenames}:  # the laboratory has to see it opened
        request.getfixturevalue("lab")
    with Process(target.pid) as opened:
        yield opened


def test_reads_many_pieces_in_any_order(process: Process, target: Target) -> None:
    at = [target["several"] + i * PAGE for i in (7, 0, 15, 3, 3)]
    pieces = process.read_many(at, 2)
    assert [pieces[i] for i in range(len(pieces))] == [b"h\0", b"a\0", b"p\0", b"d\0", b"d\0"]
    assert pieces.missing == frozenset()
    assert pieces.data == b"h\0a\0p\0d\0d\0"


@pytest.mark.usefixtures("strict")
def test_pieces_that_cant_be_read_are_missing(process: Process, target: Target) -> None:
    good = target["private"]
    pieces = process.read_many([16, good, target["edge"] + 10, good + 1], 10)
    assert pieces.missing == {0, 2}
    assert pieces[0] is None
    assert pieces[1] == target.mark[:10]
    assert pieces[-1] == target.mark[1:11]
    assert pieces.data[:10] == bytes(10)


def test_pieces_are_read_from_a_buffer_of_addresses(process: Process, target: Target) -> None:
    at = array("Q", [target["several"], target["several"] + PAGE])
    assert process.read_many(at, 1).data == b"ab"


def test_pieces_far_apart_and_larger_than_the_gap_come_right(
    process: Process, target: Target
) -> None:
    at = [target["several"] + i * PAGE for i in range(14)]
    pieces = process.read_many(at, 2 * PAGE)
    for i in range(14):
        piece = pieces[i]
        assert piece
        assert (piece[0], piece[PAGE]) == (ord("a") + i, ord("b") + i)


@pytest.mark.usefixtures("strict")
def test_a_guard_page_between_two_pieces_is_not_touched(process: Process, target: Target) -> None:
    guard = target["several"] + 8 * PAGE
    process.protect(guard, PAGE, Protection.READWRITE | Protection.GUARD)
    pieces = process.read_many([guard - 1, guard + PAGE], 1)
    assert pieces.data == b"\0j"
    assert process.protect(guard, 1, Protection.READWRITE) & Protection.GUARD


def test_no_pieces_are_no_pieces(process: Process) -> None:
    assert len(process.read_many([], 16)) == 0


def test_there_are_no_more_pieces_than_addresses(process: Process, target: Target) -> None:
    pieces = process.read_many([target["private"]], 4)
    with pytest.raises(IndexError, match="piece 1 of 1"):
        pieces[1]


@pytest.mark.parametrize("addresses", [[-1], [1 << 64]])
def test_addresses_that_cant_be_are_refused(process: Process, addresses: list[int]) -> None:
    with pytest.raises(ValueError, match=r"addresses\[0\] must be from 0"):
        process.read_many(addresses, 1)


def test_as_much_is_read_as_an_address_space_holds_and_no_more(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Process, "_read_many", lambda *_: (b"", []))
    assert process.read_many([0, 0], 1 << 46).size == 1 << 46
    with pytest.raises(ValueError, match=r"len\(addresses\) \* size must be from 0 to"):
        process.read_many([0, 0, 0], 1 << 46)


@pytest.mark.parametrize("addresses", [[1.5], b"12345678", array("I", [1, 2]), array("d", [1.0])])
def test_addresses_that_are_none_are_refused(process: Process, addresses: list[int]) -> None:
    with pytest.raises(TypeError):
        process.read_many(addresses, 1)


def test_pieces_are_shown_in_a_few_words(process: Process, target: Target) -> None:
    pieces = process.read_many([target["several"]] * 100 + [0x7FFF_FFFF_0000], PAGE)
    assert repr(pieces) == "<Pieces: 101 of 4096 bytes, 1 missing>"


# ---- How many calls it takes ---------------------------------------------------------------------


def _calls(lab: Lab, process: Process, at: list[int]) -> int:
    """How often memory is read for the pieces of two letters at these addresses."""
    process.read(at[0], 1)
    before = lab.count("ReadProcessMemory")
    assert process.read_many(at, 2).missing == frozenset()
    return lab.count("ReadProcessMemory") - before


def test_a_page_between_two_pieces_is_read_along(
    lab: Lab, process: Process, target: Target
) -> None:
    at = [target["several"] + i * PAGE for i in (0, 2, 4, 6, 8)]
    assert _calls(lab, process, at) == 1
    assert lab.count("VirtualQueryEx") == 1


def test_two_pages_between_two_pieces_are_not(lab: Lab, process: Process, target: Target) -> None:
    at = [target["several"] + i * PAGE for i in (0, 3, 6)]
    assert _calls(lab, process, at) == 3
    assert lab.count("VirtualQueryEx") == 0


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize(
    "protection", [Protection.READWRITE | Protection.GUARD, Protection.NOACCESS]
)
def test_a_page_that_may_not_be_read_is_not_read_along(
    lab: Lab, process: Process, target: Target, protection: Protection
) -> None:
    at = [target["several"] + i * PAGE for i in (0, 2, 4, 6)]
    process.protect(at[1] + PAGE, PAGE, protection)
    assert _calls(lab, process, at) == 2
    assert process.protect(at[1] + PAGE, PAGE, Protection.READWRITE) == protection


@pytest.mark.parametrize("refused", ["OpenProcess", "VirtualQueryEx"])
def test_where_windows_may_not_be_asked_no_page_is_read_along(
    lab: Lab, process: Process, target: Target, refused: str
) -> None:
    at = [target["several"] + i * PAGE for i in (0, 2, 4)]
    process.read(at[0], 1)
    lab.fail(refused, code=5, every=True)
    assert _calls(lab, process, at) == 3
    assert lab.refused == 1  # it is asked once


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("apart", [1, 2, 3])  # read all at once, with those between, and alone
def test_many_pieces_are_what_each_is_alone(process: Process, apart: int) -> None:
    start = process.allocate(600 * PAGE)
    for page in range(600):
        process.write(start + page * PAGE, page.to_bytes(4, "little"))
    lost = range(0, 600, 42)
    for page in lost:
        process.protect(start + page * PAGE, PAGE, Protection.NOACCESS)
    asked = [*range(0, 600, apart)] * 2
    random.Random(1).shuffle(asked)
    pieces = process.read_many([start + page * PAGE for page in asked], 4)
    assert [*pieces] == [None if page in lost else page.to_bytes(4, "little") for page in asked]
