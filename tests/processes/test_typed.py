"""Numbers, structures and text in the memory of a process, and pointers that lead to them."""

from __future__ import annotations

import ctypes
import math
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ntpages.errors import InvalidAddressError
from ntpages.processes import PointerPath, Process
from ntpages.processes.kinds import FORMS
from ntpages.regions import Protection

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("strict")

PAGE = 4096


@pytest.fixture
def memory(me: Process) -> Iterator[int]:
    address = me.allocate(4 * PAGE)
    yield address
    me.free(address)


@pytest.mark.parametrize("kind", FORMS)
def test_a_number_is_read_as_it_was_written(me: Process, memory: int, kind: str) -> None:
    value = 1.5 if kind.startswith("f") else 77
    me.write_value(memory + 3, value, kind)
    assert me.read_value(memory + 3, kind) == value
    form = FORMS[kind]
    assert me.read(memory + 3, struct.calcsize(form)) == struct.pack(form, value)


def test_numbers_at_the_ends_of_a_kind_are_taken_and_those_beyond_are_refused(
    me: Process, memory: int
) -> None:
    me.write_value(memory, -(2**63), "int64")
    assert me.read_value(memory, "int64") == -(2**63)
    assert me.read_value(memory, "uint64") == 2**63
    me.write_value(memory, -math.inf, "float32")
    assert me.read_value(memory, "float32") == -math.inf
    for kind, value in (("int8", 128), ("uint16", -1), ("float32", 1e39)):
        with pytest.raises(ValueError, match=r"^value must be"):
            me.write_value(memory, value, kind)
    for wrong in ("int", "double", ""):
        with pytest.raises(ValueError, match="kind must be 'int8', 'uint8'"):
            me.read_value(memory, wrong)


def test_a_structure_is_read_as_a_class_of_ctypes_or_a_format(me: Process, memory: int) -> None:
    class Point(ctypes.Structure):
        _fields_ = (("x", ctypes.c_int32), ("y", ctypes.c_float))

    me.write(memory, struct.pack("<if", -5, 2.5))
    point: Any = me.read_struct(memory, Point)
    assert (point.x, point.y) == (-5, 2.5)
    assert me.read_struct(memory, "<if") == (-5, 2.5)
    assert me.read_struct(memory, struct.Struct("<i")) == (-5,)
    assert me.read_struct(memory, ctypes.c_int32).value == -5
    with pytest.raises(ValueError, match="layout must be a format of struct, unlike '<!'"):
        me.read_struct(memory, "<!")
    for wrong in (int, 5, Point(), None):
        with pytest.raises(TypeError, match="layout must be a class of ctypes or a format"):
            me.read_struct(memory, wrong)


# ---- Text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "words"),
    [("utf-8", "Grüße"), ("utf-16-le", "Grüße Ā"), ("utf-32-be", "Ā"), ("latin-1", "Grüße")],
)
def test_text_ends_at_its_zero(me: Process, memory: int, encoding: str, words: str) -> None:
    me.write(memory + 1, (words + "\0behind").encode(encoding))
    assert me.read_text(memory + 1, encoding=encoding) == words


def test_text_ends_at_its_limit_and_where_memory_does(me: Process, memory: int) -> None:
    me.write(memory, b"x" * (4 * PAGE))
    assert me.read_text(memory + 5, limit=9) == "x" * 9
    assert len(me.read_text(memory + 5, limit=2 * PAGE)) == 2 * PAGE
    me.decommit(memory + 3 * PAGE, PAGE)
    assert me.read_text(memory + 2 * PAGE, limit=3 * PAGE) == "x" * PAGE
    with pytest.raises(InvalidAddressError):
        me.read_text(memory + 3 * PAGE)


def test_no_page_behind_the_zero_is_touched(me: Process, memory: int) -> None:
    me.write(memory + PAGE - 5, b"text\0")
    me.protect(memory + PAGE, PAGE, Protection.READWRITE | Protection.GUARD)
    assert me.read_text(memory + PAGE - 5) == "text"
    guarded = me.protect(memory + PAGE, PAGE, Protection.READWRITE)
    assert guarded & Protection.GUARD


def test_a_zero_that_is_half_a_character_ends_no_text(me: Process, memory: int) -> None:
    me.write(memory, "Āā\0".encode("utf-16-le"))  # 00 01 01 01 00 00
    assert me.read_text(memory, encoding="utf-16-le") == "Āā"


@pytest.mark.parametrize("encoding", ["utf-9", "hex", "rot13"])
def test_what_is_no_encoding_of_text_is_named(me: Process, memory: int, encoding: str) -> None:
    with pytest.raises(LookupError, match=f"encoding must be Python's name.*unlike '{encoding}'"):
        me.read_text(memory, encoding=encoding)


# ---- Many numbers --------------------------------------------------------------------------------


def test_numbers_from_all_over_are_an_array_of_numpys(me: Process, memory: int) -> None:
    wanted = np.array([3, -7, 2**31 - 1, 5], np.int32)
    places = [memory + 2 * PAGE, memory + 8, memory + PAGE - 4, memory]
    for place, value in zip(places, wanted.tolist(), strict=True):
        me.write_value(place, value, "int32")
    pieces = me.read_many([*places, 1], 4)
    numbers = np.asarray(pieces.numbers("int32"))
    assert numbers.dtype == np.int32
    assert numbers.tolist() == [*wanted.tolist(), 0]
    assert pieces.missing == {4}
    assert np.asarray(pieces.numbers("uint16")).size == 10
    with pytest.raises(ValueError, match="kind must be as wide as a part of 4 bytes"):
        pieces.numbers("int64")


# ---- Pointers ------------------------------------------------------------------------------------


def test_pointers_are_followed_by_offsets_below_zero_too(me: Process, memory: int) -> None:
    me.write_value(memory, memory + PAGE, "uint64")
    me.write_value(memory + PAGE + 0x10, memory + 2 * PAGE, "uint64")
    assert me.resolve(memory, [0x10, -8]) == memory + 2 * PAGE - 8
    assert me.resolve(memory, ()) == memory
    assert me.resolve(f"{memory:#x}", [1]) == memory + PAGE + 1
    me.write_value(memory, 0x1234_5678, "uint32")
    assert me.resolve(memory, [4], size=4) == 0x1234_567C


def test_a_pointer_that_leads_nowhere_is_an_error(me: Process, memory: int) -> None:
    with pytest.raises(InvalidAddressError, match="0x10"):
        me.resolve(memory, [0x10, 0])
    with pytest.raises(ValueError, match=rf"offsets\[0\] and the pointer at {memory:#x} must be"):
        me.resolve(memory, [-1])
    with pytest.raises(ValueError, match="size must be 4 or 8, not 2"):
        me.resolve(memory, [0], size=2)
    path = PointerPath(f"{memory:#x}", (8,))
    assert me.resolve(path) == 8
    with pytest.raises(ValueError, match="offsets have no effect on a path"):
        me.resolve(path, [1])
