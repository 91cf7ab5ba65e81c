"""Numbers that are followed from look to look, against NumPy's comparison of every one."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntpages.errors import NoSuchProcessError
from ntpages.processes import Process, Values
from ntpages.processes.kinds import limits
from ntpages.regions import Protection
from target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntlab import Lab

pytestmark = pytest.mark.usefixtures("strict")

PAGE = 4096
PAGES = 136  # more than what a thread looks at at once
SIZE = PAGES * PAGE
WHOLE = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
REAL = ("float32", "float64")
KINDS = (*WHOLE, *REAL)

Array = Any


@pytest.fixture
def memory(me: Process) -> Iterator[int]:
    address = me.allocate(SIZE)
    yield address
    me.free(address)


def looked(process: Process, memory: int, kind: str, **how: Any) -> Values:
    where = {"start": memory, "end": memory + SIZE, **how}
    return Values(process, kind=kind, **where)


def rows(values: Values, memory: int) -> tuple[Array, Array]:
    found = values.matches()
    offsets = np.asarray(found.column("address")) - np.uint64(memory)
    return offsets, np.asarray(found.column("value"))


# ---- Against NumPy -------------------------------------------------------------------------------

with np.errstate(all="ignore"):
    WITH_VALUE: dict[str, Callable[[Array, Any], Array]] = {
        "==": lambda now, value: now == value,
        "!=": lambda now, value: now != value,
        "<": lambda now, value: now < value,
        "<=": lambda now, value: now <= value,
        ">": lambda now, value: now > value,
        ">=": lambda now, value: now >= value,
    }


def bits(array: Array) -> Array:
    return array.view(f"u{array.dtype.itemsize}")


CHANGES: dict[str, Callable[[Array, Array], Array]] = {
    "changed": lambda now, before: bits(now) != bits(before),
    "unchanged": lambda now, before: bits(now) == bits(before),
    "increased": lambda now, before: now > before,
    "decreased": lambda now, before: now < before,
}


def expected_by(compare: str, now: Array, before: Array, value: Any) -> Array:
    """Which of the numbers NumPy would keep."""
    kind = now.dtype.type
    if compare in WITH_VALUE:
        return WITH_VALUE[compare](now, kind(value))
    if compare in CHANGES:
        return CHANGES[compare](now, before)
    if compare in {"between", "not between"}:
        inside = (now >= kind(value[0])) & (now <= kind(value[1]))
        return inside if compare == "between" else ~inside
    difference = now - before if compare == "increased by" else before - now
    return difference == kind(value)


OTHERS = ("between", "not between", "increased by", "decreased by")
FEW = st.integers(0, 3)


@st.composite
def a_value(draw: Any, kind: str, compare: str) -> Any:
    one = FEW if kind in WHOLE else FEW.map(lambda quarter: quarter / 4)
    if compare in {"between", "not between"}:
        return tuple(sorted((draw(one), draw(one))))
    return None if compare in CHANGES else draw(one)


def numbers(memory: bytes, kind: str, step: int) -> Array:
    """All numbers that lie wholly in it, at every multiple of a step."""
    width = np.dtype(kind).itemsize
    starts = np.arange(0, len(memory) - width + 1, step)
    flat = np.frombuffer(memory, np.uint8)
    return flat[starts[:, None] + np.arange(width)].copy().view(kind).ravel()


# Runs of small numbers, some at a border of pages or of shares; and a seed for many, or none.
Content = tuple[list[tuple[int, list[float]]], "int | None"]


@st.composite
def some_content(draw: Any, kind: str) -> Content:
    one = FEW if kind in WHOLE else st.sampled_from([0, 0.25, 0.5, 0.75, math.nan, -math.inf])
    borders = st.sampled_from([0, PAGE, 7 * PAGE, 128 * PAGE, 129 * PAGE, SIZE - 64])
    places = st.builds(lambda border, back: max(0, border - back), borders, st.integers(0, 40))
    runs = st.lists(st.tuples(places, st.lists(one, min_size=1, max_size=20)), max_size=6)
    return draw(runs), draw(st.none() | st.integers(0, 99))


def in_bytes(content: Content, kind: str) -> bytes:
    """Return it between zeros."""
    runs, seed = content
    memory = np.zeros(SIZE, np.uint8)
    for place, few in runs:
        run = np.array(few, kind).view(np.uint8)[: SIZE - place]
        memory[place : place + len(run)] = run
    if seed is not None:
        many = np.random.default_rng(seed).integers(0, 4, SIZE // 8)
        memory[: SIZE // 8] = many.astype(kind).view(np.uint8)[: SIZE // 8]
    return memory.tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_every_look_keeps_what_numpy_would(me: Process, memory: int, kind: str) -> None:
    width = np.dtype(kind).itemsize

    @settings(max_examples=6, deadline=None)
    @given(st.data())
    def many_times(data: st.DataObject) -> None:
        draw = data.draw
        step = draw(st.sampled_from([width, width, 1, 2 * width]))
        threads = draw(st.sampled_from([1, 2, 8]))
        before = in_bytes(content := draw(some_content(kind)), kind)
        me.write(memory, before)
        was = numbers(before, kind, step)
        first = draw(st.sampled_from([None, *WITH_VALUE, "between", "not between"]))
        how: dict[str, Any] = {"alignment": step, "threads": threads}
        left = np.ones(len(was), bool)
        if first:
            value = draw(a_value(kind, first))
            how |= {"compare": first, "value": value}
            left = expected_by(first, was, was, value)
        values = looked(me, memory, kind, **how)
        assert_left(values, memory, was, left, step)
        assert values.scanned == SIZE
        for _ in range(draw(st.integers(1, 3))):
            content = draw(st.one_of(some_content(kind), st.just(content)))
            after = in_bytes(content, kind)
            me.write(memory, after)
            now = numbers(after, kind, step)
            compare = draw(st.sampled_from([*WITH_VALUE, *CHANGES, *OTHERS]))
            value = draw(a_value(kind, compare))
            with np.errstate(all="ignore"):
                left = left & expected_by(compare, now, was, value)
            assert values.narrow(compare, value=value) == left.sum()
            assert_left(values, memory, now, left, step)
            was = now

    many_times()


def assert_left(values: Values, memory: int, now: Array, left: Array, step: int) -> None:
    offsets, found = rows(values, memory)
    assert len(values) == left.sum()
    assert np.array_equal(offsets, np.flatnonzero(left) * step)
    assert np.array_equal(found.astype(now.dtype), now[left], equal_nan=now.dtype.kind == "f")


@pytest.mark.parametrize("kind", WHOLE)
def test_the_ends_of_a_kind_are_numbers_like_others(me: Process, memory: int, kind: str) -> None:
    ends = np.iinfo(kind)
    content = np.zeros(SIZE, np.uint8)
    few = np.array([ends.min, ends.max, 1], kind).view(np.uint8)
    content[: len(few)] = few
    me.write(memory, content.tobytes())
    for value in (int(ends.min), int(ends.max), 1):
        found = looked(me, memory, kind, value=value).matches()
        assert value in found.column("value").tolist()
    assert len(looked(me, memory, kind, compare="<", value=int(ends.min))) == 0
    assert len(looked(me, memory, kind, compare=">", value=int(ends.max))) == 0
    whole = SIZE // np.dtype(kind).itemsize
    assert len(looked(me, memory, kind, compare="<=", value=int(ends.max))) == whole


def test_whole_numbers_wrap_where_they_changed_by_something(me: Process, memory: int) -> None:
    me.write(memory, b"\xfe\x05")
    values = looked(me, memory, "uint8")
    me.write(memory, b"\x01\x08")
    assert values.narrow("increased by", value=3) == 2
    me.write(memory, b"\xff\x06")
    assert values.narrow("decreased by", value=2) == 2


@pytest.mark.parametrize("kind", REAL)
def test_a_tolerance_finds_what_is_shown_so(me: Process, memory: int, kind: str) -> None:
    few = np.array([3.14159, 3.1449, 3.1351, 3.1349, 3.1451, 2.0], kind)
    me.write(memory, few.tobytes())
    values = looked(me, memory, kind, value=3.14, tolerance=0.005)
    offsets, found = rows(values, memory)
    assert offsets.tolist() == [i * few.itemsize for i in range(3)]
    assert np.allclose(found, few[:3])
    me.write(memory, (few + 1).tobytes())
    assert values.narrow("increased by", value=1, tolerance=0.001) == 3
    assert len(looked(me, memory, kind, compare="!=", value=0, tolerance=3)) == 5


def test_what_is_no_number_equals_nothing_and_is_unchanged(me: Process, memory: int) -> None:
    me.write(memory, np.array([math.nan, 1.0], "f4").tobytes())
    near: dict[str, Any] = {"end": memory + 8}
    assert len(looked(me, memory, "float32", value=1.0, **near)) == 1
    assert len(looked(me, memory, "float32", compare="!=", value=1.0, **near)) == 1
    values = looked(me, memory, "float32", **near)
    assert values.narrow("unchanged") == 2


@pytest.mark.parametrize("value", [0.1, 3.4028235e38, math.inf])
def test_a_float32_is_compared_with_the_nearest_one(me: Process, memory: int, value: float) -> None:
    me.write(memory, np.array([value], "f4").tobytes())
    assert len(looked(me, memory, "float32", value=value)) == 1


# ---- What is kept --------------------------------------------------------------------------------


def test_zeros_cost_next_to_nothing_and_the_rest_no_more_than_itself(
    me: Process, memory: int
) -> None:
    zeros = looked(me, memory, "int32")
    assert len(zeros) == SIZE // 4
    assert zeros.kept < SIZE // 100
    me.write(memory, os.urandom(SIZE))
    filled = looked(me, memory, "int32")
    assert SIZE <= filled.kept < SIZE * 1.01
    me.write(memory + 8, b"\0\1\2\3")
    filled.narrow("changed")
    assert filled.kept < 1000


def test_a_look_that_is_interrupted_leaves_all_as_it_was(me: Process, memory: int) -> None:
    values = looked(me, memory, "int32")
    me.write(memory, b"\x07")

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        values.narrow("unchanged", progress=interrupt)
    assert values.narrow("changed") == 1


def test_progress_is_told_of_each_look(me: Process, memory: int) -> None:
    told: list[int] = []
    values = looked(me, memory, "int32", progress=told.append)
    assert told[-1] == values.scanned == SIZE
    values.narrow("unchanged", progress=told.append)
    assert told[-1] == values.scanned == SIZE


# ---- Where it looks ------------------------------------------------------------------------------


@pytest.fixture
def other(target: Target, strict: None) -> Iterator[Process]:  # noqa: ARG001 (what is opened is strict)
    with Process(target.pid) as opened:
        yield opened


def test_numbers_of_another_process_are_followed(other: Process, target: Target) -> None:
    target.tell("number 9 8765309")
    values = Values(other, kind="int32", value=8765309)
    place = target["numbers"] + 36
    assert place in values.matches().column("address").tolist()
    target.tell("number 9 8765312")
    values.narrow("increased by", value=3)
    assert (place, 8765312) in [tuple(row) for row in values.matches()]


def test_pages_that_cant_be_read_are_holes_and_their_numbers_go(other: Process) -> None:
    address = other.allocate(4 * PAGE)
    other.write(address, b"\1" * 4 * PAGE)
    other.protect(address + PAGE, PAGE, Protection.READWRITE | Protection.GUARD)
    values = Values(other, kind="uint8", value=1, start=address, end=address + 4 * PAGE)
    assert len(values) == values.scanned == 3 * PAGE
    assert [tuple(hole) for hole in values.holes] == [(address + PAGE, PAGE, "guard page")]
    other.protect(address + 2 * PAGE, PAGE, Protection.NOACCESS)
    other.decommit(address + 3 * PAGE, PAGE)
    assert values.narrow("unchanged") == PAGE
    assert [tuple(hole)[::2] for hole in values.holes] == [
        (address + 2 * PAGE, "no access"),
        (address + 3 * PAGE, "unreadable"),
    ]
    assert other.protect(address + PAGE, 1, Protection.READWRITE) & Protection.GUARD
    other.free(address)


def test_a_few_numbers_are_looked_at_without_touching_other_pages(other: Process, lab: Lab) -> None:
    address = other.allocate(4 * PAGE)
    other.write(address, (77).to_bytes(4, "little"))
    other.write(address + 3 * PAGE, (77).to_bytes(4, "little"))
    values = Values(other, kind="int32", value=77, start=address, end=address + 4 * PAGE)
    other.protect(address + PAGE, PAGE, Protection.READWRITE | Protection.GUARD)
    lab.record("ReadProcessMemory")
    assert values.narrow("unchanged") == 2
    read = [(call.arguments[1] - address, call.arguments[3]) for call in lab.calls()]
    assert read == [(0, 4), (3 * PAGE, 4)]
    assert other.protect(address + PAGE, 1, Protection.READWRITE) & Protection.GUARD
    other.free(address)


def test_a_number_may_lie_across_regions_and_not_beyond_a_hole(other: Process) -> None:
    address = other.allocate(3 * PAGE)
    other.write(address + PAGE - 2, b"\1\2\3\4")
    other.write(address + 2 * PAGE - 2, b"\1\2\3\4")
    other.protect(address, PAGE, Protection.READONLY)
    other.protect(address + 2 * PAGE, PAGE, Protection.NOACCESS)
    values = Values(
        other, kind="uint32", value=0x04030201, alignment=1, start=address, end=address + 3 * PAGE
    )
    assert values.matches().column("address").tolist() == [address + PAGE - 2]
    other.free(address)


def test_only_what_can_be_written_is_looked_at_if_so_wished(other: Process) -> None:
    address = other.allocate(2 * PAGE)
    other.protect(address, PAGE, Protection.READONLY)
    where: dict[str, Any] = {"start": address, "end": address + 2 * PAGE}
    assert len(Values(other, kind="uint8", writable=True, **where)) == PAGE
    assert len(Values(other, kind="uint8", **where)) == 2 * PAGE
    other.free(address)


def test_one_finds_no_numbers_that_it_keeps_itself(me: Process, memory: int) -> None:
    """What is kept of a number looks like the number, and so would what is kept of that."""
    number = int.from_bytes(os.urandom(8), "little")
    page = number.to_bytes(8, "little") * (PAGE // 8)  # what Python lets go of is found, too
    for at in range(memory, memory + SIZE, PAGE):
        me.write(at, page)
    for _ in range(3):
        assert SIZE // 8 <= len(Values(me, kind="uint64", value=number)) < 2 * SIZE // 8


# ---- Refusals ------------------------------------------------------------------------------------

REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"kind": "int"}, ValueError, "kind must be 'int8', .*, not 'int'"),
    ({"compare": "="}, ValueError, "compare must be '==', .*, not '='"),
    ({"compare": "changed"}, ValueError, "compare must be .*, not 'changed'"),
    ({"value": 2**31}, ValueError, "value must be from -2147483648 to 2147483647 in int32, not"),
    ({"value": 1.5}, TypeError, "value must be an int, not 1.5"),
    ({"compare": "<"}, TypeError, "value must be an int, not None"),
    ({"compare": "between", "value": 1}, TypeError, "value must be a pair, .*, not 1"),
    ({"compare": "between", "value": (2, 1)}, ValueError, "the lower first, and 2 is above 1"),
    ({"kind": "float32", "value": math.nan}, ValueError, "value must be a float32 that equals"),
    ({"kind": "float32", "value": 1e39}, ValueError, "must be a float32, and 1e.39 is beyond the"),
    ({"kind": "float64", "value": "1"}, TypeError, "value must be a number, not '1'"),
    ({"kind": "float64", "value": 10**400}, ValueError, "value must be a float64, not a number"),
    ({"value": 1, "tolerance": -1}, ValueError, "tolerance must not be below 0, and is -1"),
    ({"tolerance": 1}, ValueError, "tolerance has no effect without a value, and is 1"),
    ({"compare": "<", "value": 1, "tolerance": 2}, ValueError, "no effect with '<', and is 2"),
    ({"alignment": 3}, ValueError, "alignment must be a power of two"),
    ({"start": 2, "end": 1}, ValueError, "start must not be above end, and 0x2 is above 0x1"),
    ({"threads": 0}, ValueError, "threads must be from 1 to 256, not 0"),
]


@pytest.mark.parametrize(("how", "error", "words"), REFUSED)
def test_what_cant_be_is_refused(
    me: Process, how: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        Values(me, **{"kind": "int32", "end": 1, **how})


def test_what_has_no_effect_is_refused_when_looking_again(me: Process) -> None:
    values = Values(me, kind="int32", end=1)
    with pytest.raises(ValueError, match="value has no effect with 'changed', and is 0"):
        values.narrow("changed", value=0)
    with pytest.raises(ValueError, match="tolerance has no effect with 'increased', and is 1"):
        values.narrow("increased", tolerance=1)
    with pytest.raises(TypeError, match="process must be a Process, not 5"):
        Values(5, kind="int32")  # type: ignore[arg-type]


def test_a_process_that_is_closed_or_gone_says_so() -> None:
    with Target() as target, Process(target.pid) as process:
        place = target["numbers"]
        values = Values(process, kind="int32", start=place, end=place + PAGE)
        target.crash()
        with pytest.raises(NoSuchProcessError, match=f"pid {target.pid}"):  # noqa: PT012
            for _ in range(10_000):  # it takes its time to go
                values.narrow("unchanged")
        process.close()
        with pytest.raises(ValueError, match="closed"):
            values.narrow("unchanged")
        assert len(values) == PAGE // 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_may_equal_any_of_several_or_none(me: Process, memory: int, kind: str) -> None:
    content = np.resize(np.arange(100), SIZE // np.dtype(kind).itemsize).astype(kind)
    me.write(memory, content.tobytes())
    wanted = [3, 97, 50]
    with looked(me, memory, kind, value=wanted) as values:
        assert len(values) == np.isin(content, wanted).sum()
        assert values.narrow("==", value={97, 3}, tolerance=1) == np.isin(content, [97, 3]).sum()
        assert values.narrow("!=", value=(97, 98)) == (content == 3).sum()
    with looked(me, memory, kind, compare="!=", value=wanted) as values:
        assert len(values) == (~np.isin(content, wanted)).sum()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tolerance", [0, 2])
def test_a_number_may_equal_any_of_hundreds_or_none(
    me: Process, memory: int, kind: str, tolerance: int
) -> None:
    chance = np.random.default_rng(7)
    content = np.frombuffer(chance.bytes(SIZE), kind).copy()
    content[::5] = np.resize(np.arange(120), len(content[::5]))
    content[:4] = np.array([0.0, -0.0, math.nan, -math.inf] if kind in REAL else [0, 1, 2, 3], kind)
    me.write(memory, content.tobytes())
    usual = [each for each in content[1000:1400].tolist() if math.isfinite(each)]
    wanted = [*usual, 0, 100]
    least, most = limits(kind)
    expected = np.zeros(len(content), bool)
    for each in wanted:
        low, high = max(each - tolerance, least), min(each + tolerance, most)
        expected |= (content >= np.array(low, kind)) & (content <= np.array(high, kind))
    with looked(me, memory, kind, value=wanted, tolerance=tolerance) as values:
        offsets, found = rows(values, memory)
        assert (offsets == np.flatnonzero(expected) * content.itemsize).all()
        assert (found == content[expected]).all()
    with looked(me, memory, kind, compare="!=", value=wanted, tolerance=tolerance) as values:
        assert len(values) == (~expected).sum()


def test_several_numbers_are_each_of_the_kind_and_not_none(me: Process) -> None:
    with pytest.raises(ValueError, match=r"value\[1\] must be from -128 to 127 in int8, not 128"):
        Values(me, kind="int8", value=[1, 128])
    with pytest.raises(ValueError, match=r"value must be a number, or some of them, not \[\]"):
        Values(me, kind="int8", value=[])
    with pytest.raises(TypeError, match=r"value must be an int, not \[1\]"):
        Values(me, kind="int8", compare="<", value=[1])
