"""Text and bytes that are followed from look to look, against Python's expressions."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntpages.processes import Needle, Pattern, Process, Values
from ntpages.processes.contents import LONGEST
from ntpages.regions import Protection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab
    from target import Target

pytestmark = pytest.mark.usefixtures("strict")

PAGE = 4096
PAGES = 136  # more than what a thread looks at at once
SIZE = PAGES * PAGE


@pytest.fixture
def memory(me: Process) -> Iterator[int]:
    """Memory that nothing readable follows."""
    address = me.allocate(SIZE + PAGE)
    me.protect(address + SIZE, PAGE, Protection.NOACCESS)
    yield address
    me.free(address)


def looked(process: Process, memory: int, kind: str, value: Any, **how: Any) -> Values:
    where = {"start": memory, "end": memory + SIZE, **how}
    return Values(process, kind=kind, value=value, **where)


def rows(values: Values, memory: int) -> list[tuple[Any, ...]]:
    return [(row[0] - memory, *row[1:]) for row in values.matches()]


# ---- Against Python's expressions ----------------------------------------------------------------

WORDS = [b"a", b"ab", b"aba", b"b.a", b"aab", b"abb" * 5, b"a....b", b"\0a", b"bab"]
"""Where a dot is, there may be anything."""


def sought(word: bytes) -> Pattern | bytes:
    if b"." not in word:
        return word
    return Pattern.hexadecimal(word.hex(" ").replace("2e", "??"))


def lying(word: bytes, content: bytes) -> Iterator[int]:
    return (each.start() for each in re.finditer(b"(?=%b)" % word, content, re.DOTALL))


Left = dict[int, int]  # the width of what is left, by where it is


def first_by(words: list[bytes], content: bytes, step: int) -> Left:
    left: Left = {}
    for word in sorted(words, key=len):
        left.update((at, len(word)) for at in lying(word, content) if at % step == 0)
    return left


def left_by(compare: str, words: list[bytes], now: bytes, before: bytes, left: Left) -> Left:
    if compare in {"changed", "unchanged"}:
        same = compare == "unchanged"
        return {
            at: width
            for at, width in left.items()
            if (now[at : at + width] == before[at : at + width]) == same
        }
    longest: Left = {}
    for word in sorted(words, key=len):
        expression = re.compile(word, re.DOTALL)
        longest.update((at, len(word)) for at in left if expression.match(now, at))
    if compare == "==":
        return longest
    return {at: width for at, width in left.items() if at not in longest}


@st.composite
def some_content(draw: Any) -> bytes:
    """Runs of letters, some at a border of pages or of shares; and many of them, or none."""
    memory = np.zeros(SIZE, np.uint8)
    if (seed := draw(st.none() | st.integers(0, 99))) is not None:
        letters = np.random.default_rng(seed).choice([0x61, 0x62], SIZE // 16)
        memory[: SIZE // 16] = letters
    borders = st.sampled_from([0, PAGE, 7 * PAGE, 128 * PAGE, 129 * PAGE, SIZE - 64])
    for _ in range(draw(st.integers(0, 6))):
        place = max(0, draw(borders) - draw(st.integers(0, 40)))
        run = np.frombuffer(draw(st.text("ab", min_size=1, max_size=80)).encode(), np.uint8)
        memory[place : place + len(run)] = run[: SIZE - place]
    return memory.tobytes()


def test_every_look_keeps_what_an_expression_would(me: Process, memory: int) -> None:
    @settings(max_examples=25, deadline=None)
    @given(st.data())
    def many_times(data: st.DataObject) -> None:
        draw = data.draw
        some = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8, unique=True)
        step, threads = draw(st.sampled_from([1, 1, 2, 16])), draw(st.sampled_from([1, 2, 8]))
        before = content = draw(some_content())
        me.write(memory, before)
        words = draw(some)
        how: dict[str, Any] = {"alignment": step, "threads": threads}
        left = first_by(words, before, step)
        with looked(me, memory, "bytes", [*map(sought, words)], **how) as values:
            assert rows(values, memory) == [(at, before[at : at + left[at]]) for at in sorted(left)]
            assert values.scanned == SIZE
            for _ in range(draw(st.integers(1, 3))):
                content = draw(st.one_of(some_content(), st.just(content)))
                me.write(memory, content)
                compare = draw(st.sampled_from(["==", "!=", "changed", "unchanged"]))
                words = draw(some) if "=" in compare else []
                left = left_by(compare, words, content, before, left)
                value = [*map(sought, words)] or None
                assert values.narrow(compare, value=value) == len(left)
                now = [(at, content[at : at + left[at]]) for at in sorted(left)]
                assert rows(values, memory) == now
                assert rows_of_a_few(values, memory) == now[:3]
                before = content

    many_times()


def rows_of_a_few(values: Values, memory: int) -> list[tuple[Any, ...]]:
    return [(row[0] - memory, *row[1:]) for row in values.matches(limit=3)]


# ---- Bytes ---------------------------------------------------------------------------------------


def test_what_lies_nearly_everywhere_is_kept_in_less_than_itself(me: Process, memory: int) -> None:
    zeros = looked(me, memory, "bytes", bytes(3))
    assert len(zeros) == SIZE - 2
    assert zeros.kept < SIZE // 4
    me.write(memory + 8, b"x")
    assert zeros.narrow("!=", value=bytes(3)) == 3
    assert rows(zeros, memory) == [(6, b"\0\0x"), (7, b"\0x\0"), (8, b"x\0\0")]


def test_a_pattern_may_ask_for_an_alignment_of_its_own(me: Process, memory: int) -> None:
    me.write(memory, b"\x07\0\0\0\x07\0\x07\0\0\0")
    found = looked(me, memory, "bytes", Pattern.integer(7, alignment=4))
    assert rows(found, memory) == [(0, b"\x07\0\0\0"), (4, b"\x07\0\x07\0")][:1]
    here = looked(me, memory, "bytes", Pattern((Needle(b"\x07", b"\xff", 2),)), alignment=4)
    assert [at for at, _ in rows(here, memory)] == [0, 4]


@pytest.mark.parametrize("view", [bytearray, memoryview, lambda it: np.frombuffer(it, np.uint8)])
def test_bytes_may_come_in_any_buffer(me: Process, memory: int, view: Any) -> None:
    me.write(memory + 77, b"four")
    assert rows(looked(me, memory, "bytes", view(b"four")), memory) == [(77, b"four")]


def test_the_longest_value_is_found_across_shares(me: Process, memory: int) -> None:
    long = os.urandom(LONGEST)
    at = 128 * PAGE - LONGEST // 2
    me.write(memory + at, long)
    with looked(me, memory, "bytes", long) as values:
        assert rows(values, memory) == [(at, long)]
        assert values.narrow("==", value=long[:9]) == 1
        assert rows(values, memory) == [(at, long[:9])]
        assert values.narrow("==", value=[long, b"other"]) == 1
        assert rows(values, memory) == [(at, long)]


# ---- Text ----------------------------------------------------------------------------------------


def test_text_is_followed_in_each_encoding_and_length(me: Process, memory: int) -> None:
    wide = "utf-16-le"
    me.write(memory + 5, b"Wren")
    me.write(memory + 100, "wrens".encode(wide))
    with looked(me, memory, "text", "wren", ignore_case=True) as values:
        assert rows(values, memory) == [(5, "Wren", "utf-8"), (100, "wren", wide)]
        assert repr(values) == "<Values: 2 of text>"
        me.write(memory + 5, b"nightingale")
        assert values.narrow("unchanged") == 1
        assert rows(values, memory) == [(100, "wren", wide)]
        me.write(memory + 100, "rookery".encode(wide))
        assert values.narrow("changed") == 1
        assert rows(values, memory) == [(100, "rook", wide)]
        assert values.narrow("==", value=("ROOKERY", "rook")) == 1
        assert rows(values, memory) == [(100, "rookery", wide)]
        assert values.narrow("!=", value="rookeries") == 1
        assert values.narrow("==", value="RO") == 1
        assert rows(values, memory) == [(100, "ro", wide)]
        assert values.narrow("!=", value="R") == 0


def test_one_place_may_hold_the_same_in_two_encodings(me: Process, memory: int) -> None:
    me.write(memory + 9, b"wren")
    with looked(me, memory, "text", "wren", encodings=("utf-8", "cp1252", "utf-8")) as values:
        both = [(9, "wren", "utf-8"), (9, "wren", "cp1252")]
        assert rows(values, memory) == both
        me.write(memory + 9, "wrén".encode())
        assert values.narrow("==", value=["wrén", "rook"]) == 1
        assert rows(values, memory) == [(9, "wrén", "utf-8")]


@pytest.mark.parametrize(
    ("encoding", "written", "shown"),
    [
        ("utf-8", b"\xff\xfeabc", "\ufffd\ufffdabc"),
        ("utf-7", b"+2AA-", "\ufffd"),  # half of a pair
        ("idna", b"\xff1234", "\ufffd"),  # which can't leave anything out
        ("idna", b"54321", "54321"),
    ],
)
def test_what_is_no_text_any_more_is_shown_so(
    me: Process, memory: int, encoding: str, written: bytes, shown: str
) -> None:
    me.write(memory, b"12345")
    with looked(me, memory, "text", "12345", encodings=encoding) as values:
        me.write(memory, written)
        assert values.narrow("changed") == 1
        assert rows(values, memory) == [(0, shown, encoding)]


# ---- Where it looks ------------------------------------------------------------------------------


@pytest.fixture
def other(target: Target, strict: None) -> Iterator[Process]:  # noqa: ARG001 (what is opened is strict)
    with Process(target.pid) as opened:
        yield opened


def test_pages_that_cant_be_read_are_holes_and_what_reaches_into_them_goes(other: Process) -> None:
    address = other.allocate(4 * PAGE)
    for at in (PAGE - 2, 2 * PAGE - 2, 3 * PAGE - 2):
        other.write(address + at, b"wren")
    other.protect(address + PAGE, PAGE, Protection.READWRITE | Protection.GUARD)
    where: dict[str, Any] = {"start": address, "end": address + 4 * PAGE}
    values = Values(other, kind="bytes", value=[b"wren", b"wr"], **where)
    assert [tuple(row) for row in values.matches()] == [
        (address + PAGE - 2, b"wr"),
        (address + 3 * PAGE - 2, b"wren"),
    ]
    assert [tuple(hole) for hole in values.holes] == [(address + PAGE, PAGE, "guard page")]
    other.protect(address + 3 * PAGE, PAGE, Protection.NOACCESS)
    assert values.narrow("unchanged") == 1
    assert [hole.reason for hole in values.holes] == ["no access"]
    assert values.narrow("==", value=b"wren") == 0
    assert other.protect(address + PAGE, 1, Protection.READWRITE) & Protection.GUARD
    other.free(address)


def test_few_are_looked_at_without_touching_other_pages(other: Process, lab: Lab) -> None:
    address = other.allocate(4 * PAGE)
    other.write(address, b"wren")
    other.write(address + 3 * PAGE, b"wren")
    where: dict[str, Any] = {"start": address, "end": address + 4 * PAGE}
    values = Values(other, kind="text", value="wren", encodings="ascii", **where)
    lab.record("ReadProcessMemory")
    assert values.narrow("unchanged") == 2
    read = [(call.arguments[1] - address, call.arguments[3]) for call in lab.calls()]
    assert read == [(0, 4), (3 * PAGE, 4)]
    other.free(address)


def test_one_finds_none_that_it_keeps_itself(me: Process, memory: int) -> None:
    """What is kept of bytes looks like them, and so would what is kept of that."""
    word = os.urandom(16)
    page = word * (PAGE // 16)  # what Python lets go of is found, too
    for at in range(memory, memory + SIZE, PAGE):
        me.write(at, page)
    for _ in range(3):
        assert SIZE // 16 <= len(Values(me, kind="bytes", value=word)) < 2 * SIZE // 16


def test_a_look_that_is_interrupted_leaves_all_as_it_was(me: Process, memory: int) -> None:
    me.write(memory, b"wren, wren")
    values = looked(me, memory, "bytes", b"wren")
    me.write(memory, b"rook")

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        values.narrow("==", value=b"rook", progress=interrupt)
    assert rows(values, memory) == [(0, b"wren"), (6, b"wren")]
    assert values.narrow("changed") == 1


# ---- A look that takes long ----------------------------------------------------------------------

REPEATED = b"A" * LONGEST
STARTS = 3 << 14
AT_ONCE = (64 << 20) // LONGEST
"""Starts that are compared with so long a value between two looks at the clock."""


@pytest.fixture
def repeats_itself(me: Process, memory: int) -> int:
    """Memory where every start is a match, which takes 64 KiB of comparing to be seen as one."""
    me.write(memory, b"A" * SIZE)
    return memory


def repeated(me: Process, memory: int, **how: Any) -> Values:
    return looked(me, memory, "bytes", REPEATED, end=memory + STARTS + LONGEST - 1, **how)


def test_a_step_of_a_look_compares_so_much_and_no_more(
    me: Process, repeats_itself: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ntpages.processes.values.SLICE", 0)
    told: list[int] = []
    values = repeated(me, repeats_itself, threads=1, progress=told.append)
    steps = [len(told)]
    looks = [("==", REPEATED), ("unchanged", None), ("!=", b"B"), ("!=", REPEATED[1:])]
    for compare, value in looks:
        told.clear()
        values.narrow(compare, value=value, progress=told.append)
        steps.append(len(told))
    assert [each >= STARTS // AT_ONCE for each in steps] == [True] * 5, steps
    assert len(values) == 0


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_steps_leave_what_one_look_leaves(
    me: Process, repeats_itself: int, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    few = [b"AAA", b"AAB", b"AB"]  # each by itself, so that a share takes many steps
    last = repeats_itself + SIZE - 1
    for milliseconds in (0, 1):
        monkeypatch.setattr("ntpages.processes.values.SLICE", milliseconds)
        values = looked(me, repeats_itself, "bytes", few, threads=threads)
        assert rows(values, repeats_itself) == [(at, b"AAA") for at in range(SIZE - 2)]
        long = repeated(me, repeats_itself, threads=threads)
        me.write(repeats_itself + STARTS + LONGEST - 2, b"B")
        me.write(last, b"B")
        assert (long.narrow("changed"), long.narrow("unchanged")) == (1, 1)
        assert values.narrow("==", value=few) == SIZE - 3
        me.write(repeats_itself + STARTS + LONGEST - 2, b"A")
        me.write(last, b"A")


def test_a_look_that_would_take_for_ever_is_interrupted(
    me: Process, repeats_itself: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = repeated(me, repeats_itself)
    told: list[int] = []

    def interrupt(read: int) -> None:
        told.append(read)
        if len(told) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("ntpages.processes.values.SLICE", 0)
    with pytest.raises(KeyboardInterrupt):
        values.narrow("unchanged", progress=interrupt)
    assert len(told) == 3
    assert values.narrow("unchanged") == STARTS


# ---- Refusals ------------------------------------------------------------------------------------

TEXT: dict[str, Any] = {"kind": "text", "value": "wren"}
BYTES: dict[str, Any] = {"kind": "bytes", "value": b"wren"}

REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"kind": "text"}, ValueError, "value must be given in a first look at text, whose width"),
    (
        {"kind": "bytes", "compare": "=="},
        ValueError,
        "value must be given in a first look at bytes",
    ),
    ({**TEXT, "compare": "<"}, ValueError, "compare must be '==' in a first look at text, not '<'"),
    ({**BYTES, "compare": "!="}, ValueError, "compare must be '==' in a first look at bytes, not"),
    ({**TEXT, "compare": 5}, TypeError, "compare must be a str, not 5"),
    ({**TEXT, "value": b"wren"}, TypeError, "value must be a str, not b'wren'"),
    ({**TEXT, "value": ["a", 5]}, TypeError, r"value\[1\] must be a str, not 5"),
    ({**TEXT, "value": ""}, ValueError, "value must have at least one character, unlike ''"),
    ({**TEXT, "value": []}, ValueError, r"value must be a str, or some of them, not \[\]"),
    (
        {**TEXT, "value": "é", "encodings": "ascii"},
        ValueError,
        "value 'é' can't be written in ascii",
    ),
    ({**TEXT, "encodings": "ebcdic"}, LookupError, "encodings must be Python's names of text"),
    ({**TEXT, "encodings": ()}, ValueError, r"encodings must hold a name, unlike \(\)"),
    ({**TEXT, "ignore_case": 1}, TypeError, "ignore_case must be a bool, not 1"),
    ({**TEXT, "tolerance": 1}, ValueError, "tolerance has no effect with kind 'text', and is 1"),
    ({**BYTES, "value": "wren"}, TypeError, "value must be bytes, or a Pattern, not 'wren'"),
    ({**BYTES, "value": 5}, TypeError, "value must be bytes, or a Pattern, not 5"),
    ({**BYTES, "value": re.compile(b"x+")}, TypeError, "what an expression matches has no width"),
    (
        {**BYTES, "value": [b"a", b""]},
        ValueError,
        r"value\[1\] must have at least one byte, unlike",
    ),
    ({**BYTES, "value": bytes(LONGEST + 1)}, ValueError, "at most 65536 bytes, and has 65537"),
    ({**BYTES, "ignore_case": True}, ValueError, "ignore_case has no effect with kind 'bytes'"),
    (
        {"kind": "int8", "encodings": "ascii"},
        ValueError,
        "encodings has no effect with kind 'int8'",
    ),
]


@pytest.mark.parametrize(("how", "error", "words"), REFUSED)
def test_what_cant_be_is_refused(
    me: Process, how: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Values(me, **{"end": 1, **how})


def test_what_has_no_meaning_is_refused_when_looking_again(me: Process) -> None:
    values = Values(me, end=1, **TEXT)
    rule = "compare must be '==' or '!=' or 'changed' or 'unchanged' in a further look at text"
    for compare in ("<", "between", "increased", "decreased by"):
        with pytest.raises(ValueError, match=f"{rule}, not '{compare}'"):
            values.narrow(compare, value="rook")
    with pytest.raises(ValueError, match="value has no effect with 'changed', and is 'rook'"):
        values.narrow("changed", value="rook")
    with pytest.raises(TypeError, match="value must be a str, not None"):
        values.narrow("==")
