"""The rules for what callers give: what passes comes back plain, what doesn't is named."""

from __future__ import annotations

import math
import re
from array import array
from enum import IntFlag
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from house.integers import BOUNDARIES, FAR, kinds_of, shown
from house.through import through
from ntpages import arguments
from ntpages.arguments import ADDRESS_SPACE, LAST_ADDRESS, PAGE

if TYPE_CHECKING:
    from collections.abc import Callable

np = pytest.importorskip("numpy")

NO_INTEGERS = (True, np.True_, 4096.0, np.float64(1), "4096", b"1", [1], None, 1j)

# Each with the least and the most that it lets pass.
RANGES: list[tuple[Callable[[str, Any], int], int, int]] = [
    (lambda name, value: arguments.integer(name, value, least=3, most=2**40), 3, 2**40),
    (arguments.size, 1, ADDRESS_SPACE),
    (lambda name, value: arguments.size(name, value, least=0), 0, ADDRESS_SPACE),
    (arguments.address, 0, LAST_ADDRESS),
    (arguments.handle, 1, 2**64 - 1),
    (arguments.pid, 1, 2**32 - 1),
    (arguments.node, 0, 2**16 - 1),
]


@pytest.mark.parametrize(("rule", "least", "most"), RANGES)
def test_a_number_passes_from_the_least_to_the_most_whatever_its_type(
    rule: Callable[[str, Any], int], least: int, most: int
) -> None:
    for value in {*BOUNDARIES, *FAR, least - 1, least, most, most + 1}:
        for given_as in kinds_of(value):
            if least <= value <= most:
                kept = rule("thing", given_as)
                assert (kept, type(kept)) == (value, int)
            else:
                with pytest.raises(
                    ValueError, match=f"^thing must be from .*, not {shown(value)}$"
                ):
                    rule("thing", given_as)


@through(rule=[rule for rule, _, _ in RANGES], value=NO_INTEGERS)
def test_what_is_no_integer_is_named(rule: Callable[[str, Any], int], value: Any) -> None:
    words = re.escape(f"thing must be an int, not {value!r}")
    with pytest.raises(TypeError, match=f"^{words}$"):
        rule("thing", value)


def test_integers_do_not_wrap_once_they_are_in() -> None:
    a, b = (arguments.integer("side", side) for side in np.array([1 << 20] * 2, np.int32))
    assert a * b == 1 << 40


@given(st.integers(-(2**66), 2**66))
def test_a_multiple_or_a_power_of_two_is_what_the_words_say(value: int) -> None:
    if 0 <= value <= 2**64 and value % 4096 == 0:
        assert arguments.multiple("at", value, 4096, least=0, most=2**64) == value
    else:
        with pytest.raises(
            ValueError, match=f"^at must be a multiple of 4096 from 0 .*not {value}$"
        ):
            arguments.multiple("at", value, 4096, least=0, most=2**64)
    if value in {1 << bit for bit in range(48)}:
        assert arguments.power_of_two("step", value, least=1) == value
    else:
        with pytest.raises(ValueError, match=f"^step must be a power of two from 1 .*not {value}$"):
            arguments.power_of_two("step", value, least=1)


@given(st.integers(0, 47))
def test_every_power_of_two_is_one(bit: int) -> None:
    assert arguments.power_of_two("step", 1 << bit, least=1 << bit, most=1 << bit) == 1 << bit


@given(st.integers(-2, 22), st.none() | st.integers(-2, 22), st.integers(1, 20), st.integers(0, 1))
def test_a_part_lies_in_the_whole_or_is_refused(
    offset: int, size: int | None, total: int, least: int
) -> None:
    end = total if size is None else offset + size
    if 0 <= offset <= offset + least <= end <= total:
        assert arguments.part(offset, size, total, least=least) == (offset, end - offset)
    else:
        with pytest.raises(ValueError, match=r"^(offset|size) must be from"):
            arguments.part(offset, size, total, least=least)


def test_a_part_of_whole_pages_begins_and_ends_with_one() -> None:
    assert arguments.part(PAGE, None, 3 * PAGE, whole_pages=True) == (PAGE, 2 * PAGE)
    for bytes_ in ((1, PAGE), (0, 1), (PAGE, PAGE - 1)):
        with pytest.raises(ValueError, match="must be whole pages of 4096 bytes, not"):
            arguments.part(*bytes_, 3 * PAGE, whole_pages=True)


@given(st.integers(-6, 6), st.lists(st.integers(), max_size=5))
def test_a_position_is_that_of_a_list(index: int, items: list[int]) -> None:
    try:
        wanted = items[index]
    except IndexError:
        with pytest.raises(IndexError, match=f"^row {index} of {len(items)}$"):
            arguments.position("row", index, len(items))
    else:
        assert items[arguments.position("row", index, len(items))] == wanted


@pytest.mark.parametrize("value", [0, 0.5, np.float32(0.5), np.int64(2), Fraction(1, 2), 4294967])
def test_a_time_is_any_real_number(value: Any) -> None:
    kept = arguments.seconds("timeout", value)
    assert (kept, type(kept)) == (value, float)


@pytest.mark.parametrize(
    "value", [-1, -1e-9, math.nan, math.inf, -math.inf, 1e10, pytest.param(10**5000, id="huge")]
)
def test_a_time_that_cant_be_waited_for_is_named(value: float) -> None:
    with pytest.raises(ValueError, match=r"^timeout must be from 0 to 4294967 seconds, not "):
        arguments.seconds("timeout", value)


@pytest.mark.parametrize("value", ["1", None, True, np.True_, [1], 1j])
def test_what_is_no_time_is_named(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^timeout must be a number of seconds, not "):
        arguments.seconds("timeout", value)


def test_a_time_may_have_to_be_above_zero() -> None:
    assert arguments.seconds("timeout", 1e-9, above_zero=True) == 1e-9
    with pytest.raises(ValueError, match=r"^timeout must be above 0 and at most .*, not 0"):
        arguments.seconds("timeout", 0, above_zero=True)


def test_a_str_is_one_name() -> None:
    assert arguments.names("include", "chrome*") == ["chrome*"]
    assert arguments.names("include", (each for each in ("a", "b"))) == ["a", "b"]
    assert arguments.names("exclude", (), may_be_none=True) == []
    with pytest.raises(ValueError, match=r"^include must hold a name, unlike \(\)"):
        arguments.names("include", ())


@pytest.mark.parametrize("value", ["", "a\0b", ["a", ""]])
def test_a_name_that_cant_be_one_is_refused(value: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^names\[[01]\] must not be empty or hold a NUL, unlike '"
    ):
        arguments.names("names", value)


@pytest.mark.parametrize("value", [5, None, b"name", [5], [None], ["a", b"name"]])
def test_what_is_no_name_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^names(\[\d\])? must be "):
        arguments.names("names", value)


def test_a_choice_is_one_of_its_options() -> None:
    assert arguments.choice("method", "query", ("query", "toolhelp")) == "query"
    with pytest.raises(ValueError, match=r"^method must be 'a', 'b' or 'c', not 'd'$"):
        arguments.choice("method", "d", ("a", "b", "c"))
    others: list[Any] = [5, None, [], np.array([1, 2])]
    for value in others:
        with pytest.raises(TypeError, match=r"^method must be 'a' or 'b', not "):
            arguments.choice("method", value, ("a", "b"))


class Flags(IntFlag):
    A = 1
    B = 2


def test_a_constant_is_a_number_of_32_bits() -> None:
    for value in (Flags.A | Flags.B, 3, np.uint32(3)):
        kept = arguments.constant("flags", value, Flags)
        assert (kept, type(kept)) == (3, int)
    with pytest.raises(TypeError, match=r"^flags must be of Flags, not 'rw'"):
        arguments.constant("flags", "rw", Flags)  # type: ignore[arg-type]
    for number in (-1, 2**32):
        with pytest.raises(ValueError, match=f"^flags must be from 0 to 4294967295, not {number}"):
            arguments.constant("flags", number, Flags)


def test_a_span_begins_before_it_ends() -> None:
    assert arguments.span(1, np.int64(1)) == (1, 1)
    with pytest.raises(ValueError, match=r"^start must not be above end, and 0x2 is above 0x1$"):
        arguments.span(2, 1)


def test_threads_are_as_many_as_processors_unless_told() -> None:
    assert 1 <= arguments.threads("threads", None) <= arguments.MOST_THREADS
    assert arguments.threads("threads", np.uint8(3)) == 3
    for value in (0, arguments.MOST_THREADS + 1):
        with pytest.raises(ValueError, match=f"^threads must be from 1 to 256, not {value}$"):
            arguments.threads("threads", value)


def test_a_real_number_is_any_but_nan() -> None:
    numbers: list[Any] = [1, 0.5, Fraction(1, 2), np.float32(0.5), math.inf]
    for value in numbers:
        assert arguments.real("value", value, of="float64") == value
    for other in (True, np.True_, "1", None, 1j):
        with pytest.raises(TypeError, match=r"^value must be a number, not "):
            arguments.real("value", other, of="float64")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^value must be a float64 that equals itself, not nan"):
        arguments.real("value", math.nan, of="float64")
    with pytest.raises(ValueError, match=r"^value must be a float64, not a number of 1329 bits"):
        arguments.real("value", 10**400, of="float64")


def test_objects_and_functions_are_what_they_should_be() -> None:
    assert arguments.instance("thing", "text", str) == "text"
    assert arguments.function("on_step", print) is print
    with pytest.raises(TypeError, match=r"^thing must be a str, not 5"):
        arguments.instance("thing", 5, str)
    with pytest.raises(TypeError, match=r"^on_step must be callable, not 5"):
        arguments.function("on_step", 5)


def test_addresses_come_one_by_one_or_in_a_buffer() -> None:
    for value in ([1, np.uint32(2)], array("Q", [1, 2]), np.array([1, 2], np.uint64)):
        assert arguments.addresses("addresses", value).tolist() == [1, 2]
    with pytest.raises(ValueError, match=r"^addresses\[1\] must be from 0 to 0xf+, not -0x1$"):
        arguments.addresses("addresses", [1, -1])
    with pytest.raises(TypeError, match=r"^addresses must be several values, not 5"):
        arguments.addresses("addresses", 5)  # type: ignore[arg-type]


def test_a_message_is_short_and_never_fails() -> None:
    class Silent:
        def __repr__(self) -> str:
            raise RuntimeError

    for value in (Silent(), "x" * 100_000, list(range(100_000))):
        with pytest.raises(TypeError, match=r"^thing must be an int, not ") as refused:
            arguments.integer("thing", value)  # type: ignore[arg-type]
        assert len(str(refused.value)) < 200
