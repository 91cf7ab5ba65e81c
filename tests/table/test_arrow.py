"""Tables through the Arrow interface: its C structs, field by field, as a consumer reads them."""

from __future__ import annotations

import ctypes
import gc
from typing import Any

import pytest

from ntpages import regions
from ntpages.heaps import Heap
from ntpages.regions import Region
from ntpages.table import Table

POINTER = ctypes.c_void_p


class Schema(ctypes.Structure):
    pass


class Array(ctypes.Structure):
    pass


class Stream(ctypes.Structure):
    pass


# Source: the Arrow C data and C stream interfaces.
Schema._fields_ = [
    *(("format", ctypes.c_char_p), ("name", ctypes.c_char_p), ("metadata", POINTER)),
    *(("flags", ctypes.c_int64), ("n_children", ctypes.c_int64)),
    *(("children", ctypes.POINTER(ctypes.POINTER(Schema))), ("dictionary", ctypes.POINTER(Schema))),
    *(("release", ctypes.CFUNCTYPE(None, POINTER)), ("private_data", POINTER)),
]
Array._fields_ = [
    *((name, ctypes.c_int64) for name in ("length", "null_count", "offset", "n_buffers")),
    *(("n_children", ctypes.c_int64), ("buffers", ctypes.POINTER(POINTER))),
    *(("children", ctypes.POINTER(ctypes.POINTER(Array))), ("dictionary", ctypes.POINTER(Array))),
    *(("release", ctypes.CFUNCTYPE(None, POINTER)), ("private_data", POINTER)),
]
Stream._fields_ = [
    ("get_schema", ctypes.CFUNCTYPE(ctypes.c_int, POINTER, POINTER)),
    ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, POINTER, POINTER)),
    ("get_last_error", ctypes.CFUNCTYPE(ctypes.c_char_p, POINTER)),
    ("release", ctypes.CFUNCTYPE(None, POINTER)),
    ("private_data", POINTER),
]


def pointed_at(capsule: object, name: bytes) -> int:
    api = ctypes.pythonapi
    api.PyCapsule_GetPointer.restype = POINTER
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    address = api.PyCapsule_GetPointer(capsule, name)
    assert isinstance(address, int)
    return address


def text_at(array: Array, index: int, width: int) -> str:
    """One text of an array of them, whose offsets have so many bytes."""
    kind = ctypes.c_int64 if width == 8 else ctypes.c_int32
    offsets = ctypes.cast(array.buffers[1], ctypes.POINTER(kind))
    start, end = offsets[index], offsets[index + 1]
    return ctypes.string_at(array.buffers[2] + start, end - start).decode()


NUMBERS: dict[bytes, Any] = {
    b"C": ctypes.c_uint8,
    b"c": ctypes.c_int8,
    b"S": ctypes.c_uint16,
    b"I": ctypes.c_uint32,
    b"L": ctypes.c_uint64,
    b"i": ctypes.c_int32,
    b"l": ctypes.c_int64,
    b"g": ctypes.c_double,
}


def cells(schema: Schema, array: Array) -> list[Any]:
    """What a consumer makes of a column."""
    rows = range(array.offset, array.offset + array.length)
    assert array.null_count == 0
    assert array.buffers[0] is None  # no nulls, so no bits to say which
    if schema.format == b"U":
        return [text_at(array, row, 8) for row in rows]
    if schema.format == b"b":
        bits = ctypes.cast(array.buffers[1], ctypes.POINTER(ctypes.c_uint8))
        return [bool(bits[row // 8] >> row % 8 & 1) for row in rows]
    numbers = ctypes.cast(array.buffers[1], ctypes.POINTER(NUMBERS[schema.format]))
    if schema.dictionary:
        assert schema.dictionary.contents.format == b"u"
        return [text_at(array.dictionary.contents, numbers[row], 4) for row in rows]
    return [numbers[row] for row in rows]


def columns(schema: Schema, array: Array) -> dict[str, list[Any]]:
    """What a consumer makes of a table."""
    assert schema.format == b"+s"
    assert schema.n_children == array.n_children
    return {
        schema.children[i].contents.name.decode(): cells(
            schema.children[i].contents, array.children[i].contents
        )
        for i in range(schema.n_children)
    }


class Exported:
    """A table's structs, and the capsules that own them."""

    def __init__(self, table: Table) -> None:
        self.capsules: Any = table.__arrow_c_array__()
        schema, array = self.capsules
        self.schema = Schema.from_address(pointed_at(schema, b"arrow_schema"))
        self.array = Array.from_address(pointed_at(array, b"arrow_array"))


EVERY_KIND: dict[str, list[Any]] = {
    "text": ["", "a", "käse \U0001f9c0", "x" * 5000],
    "yes": [True, False, True, True],
    "signed": [-(1 << 62), 0, 1, 2],
    "unsigned": [1 << 63, 0, 1, 2],
    "real": [0.5, -1.0, 1e300, 0.0],
}


def test_every_kind_of_cell_arrives() -> None:
    exported = Exported(Table("Row", EVERY_KIND))
    assert columns(exported.schema, exported.array) == EVERY_KIND
    assert exported.array.length == 4
    assert {child.flags for child in (exported.schema, exported.schema.children[0].contents)} == {0}


def test_a_table_from_windows_arrives_with_its_labels() -> None:
    with Region(1 << 16, commit=False) as region:
        region.commit(4096, 8192)
        exported = Exported(region.spans())
        arrived = columns(exported.schema, exported.array)
    assert arrived["state"] == ["reserve", "commit", "reserve"]
    assert arrived["size"] == [4096, 8192, (1 << 16) - 12288]


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (1, 3), (3, 4)])
def test_a_slice_shares_the_cells_of_the_whole(start: int, stop: int) -> None:
    table = Table("Row", EVERY_KIND)
    exported, whole = Exported(table[start:stop]), Exported(table)
    expected = {name: values[start:stop] for name, values in EVERY_KIND.items()}
    assert columns(exported.schema, exported.array) == expected
    numbers = [each.array.children[3].contents for each in (exported, whole)]
    assert numbers[0].buffers[1] == numbers[1].buffers[1]
    assert numbers[0].offset == start


def test_the_cells_outlive_the_table() -> None:
    exported = Exported(Table("Row", EVERY_KIND))
    gc.collect()
    assert columns(exported.schema, exported.array) == EVERY_KIND


def test_a_child_that_was_moved_out_outlives_its_parent() -> None:
    exported = Exported(Table("Row", EVERY_KIND))
    schema = Schema.from_buffer_copy(exported.schema.children[0].contents)
    array = Array.from_buffer_copy(exported.array.children[0].contents)
    for moved in (exported.schema.children[0].contents, exported.array.children[0].contents):
        ctypes.memset(ctypes.addressof(moved) + type(moved).release.offset, 0, 8)  # as Arrow asks
    for parent in (exported.schema, exported.array):
        parent.release(ctypes.addressof(parent))
        assert not parent.release
    assert cells(schema, array) == EVERY_KIND["text"]
    for child in (schema, array):
        child.release(ctypes.addressof(child))
        assert not child.release


def test_a_stream_gives_one_batch_and_then_its_end() -> None:
    table = Table("Row", EVERY_KIND)
    capsule = table.__arrow_c_stream__()
    address = pointed_at(capsule, b"arrow_array_stream")
    stream = Stream.from_address(address)
    schema, batch, end = Schema(), Array(), Array()
    assert stream.get_schema(address, ctypes.addressof(schema)) == 0
    assert stream.get_next(address, ctypes.addressof(batch)) == 0
    assert stream.get_next(address, ctypes.addressof(end)) == 0
    assert columns(schema, batch) == EVERY_KIND
    assert not end.release
    assert stream.get_last_error(address) is None
    stream.release(address)
    assert not stream.release
    for taken in (schema, batch):  # they are the consumer's
        taken.release(ctypes.addressof(taken))


def test_exports_that_nobody_takes_are_freed() -> None:
    table = regions.walk()

    def blocks() -> int:
        gc.collect()
        return len(Heap.default().walk())

    def export(times: int) -> None:
        for _ in range(times):
            table.__arrow_c_array__()
            table.__arrow_c_stream__()
            table.__arrow_c_schema__()

    export(10)
    before = blocks()
    export(1000)
    assert blocks() - before < 200  # a leak would be of thousands
