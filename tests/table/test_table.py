"""Tables: columns outside Python, shared without copies."""

from __future__ import annotations

import ctypes
import gc
import math
import re
import threading
from array import array
from enum import Enum
from itertools import cycle
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntpages.table import Column, Table, adopt

if TYPE_CHECKING:
    from collections.abc import Iterator


def small() -> Table:
    return Table(
        "things",
        {
            "size": array("Q", [30, 10, 20, 10]),
            "name": ["c", "a", "\N{SNOWMAN}", ""],
            "big": [True, False, True, False],
            "delta": [-3, 0, 5, 7],
            "share": [0.5, math.nan, 0.25, 1.0],
        },
    )


# ---- rows and columns ---------------------------------------------------------------------------


def test_a_row_has_an_attribute_per_column() -> None:
    row = small()[2]
    assert (row.size, row.name, row.big, row.delta, row.share) == (20, "\N{SNOWMAN}", True, 5, 0.25)


def test_a_row_is_frozen() -> None:
    with pytest.raises(AttributeError):
        small()[0].size = 1


def test_negative_indices_count_from_the_end() -> None:
    assert small()[-1].delta == 7
    assert small().column("delta")[-4] == -3


@pytest.mark.parametrize("index", [4, -5, 1 << 70])
def test_a_row_that_is_not_there_is_named(index: int) -> None:
    with pytest.raises(IndexError, match="of 4"):
        small()[index]
    with pytest.raises(IndexError, match="of 4"):
        small().column("size")[index]


def test_iterating_gives_every_row_once() -> None:
    count = 10_000  # more than one batch
    table = Table("numbers", {"n": range(count), "text": [str(i) for i in range(count)]})
    assert [(row.n, row.text) for row in table] == [(i, str(i)) for i in range(count)]


class Delta(Enum):
    LESS = -3
    NONE = 0
    MORE = 5
    MOST = 7


class Thing(NamedTuple):
    size: int
    name: str
    big: bool
    delta: Delta
    share: float


def test_rows_show_enum_members_and_columns_numbers() -> None:
    table = adopt(small(), Thing)
    assert table[0].delta is Delta.LESS
    assert [row.delta for row in table[1:]] == [Delta.NONE, Delta.MORE, Delta.MOST]
    assert table.sort("size").take([0])[0].delta is Delta.NONE
    assert list(table.column("delta")) == [-3, 0, 5, 7]


def test_a_row_is_of_the_class_that_its_table_names() -> None:
    row = adopt(small(), Thing)[0]
    assert type(row) is Thing
    assert row == Thing(size=30, name="c", big=True, delta=Delta.LESS, share=0.5)


def test_rows_with_other_columns_than_their_class_are_plain_and_as_wide_as_the_table() -> None:
    table = Table("things", {"delta": [-3, 0], "colour": ["red", "blue"]})
    row = adopt(table, Thing)[0]
    assert not isinstance(row, Thing)
    assert (row._fields, row.delta, row.colour) == (("delta", "colour"), Delta.LESS, "red")


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(KeyError, match="no column 'sice': there are size, name"):
        small().column("sice")


def test_a_column_is_had_by_its_name() -> None:
    assert small()["delta"].tolist() == small().column("delta").tolist()
    with pytest.raises(KeyError, match="no column 'sice': there are size, name"):
        small()["sice"]


@pytest.mark.parametrize("index", [1.0, None, b"size", (1, 2)])
def test_what_is_neither_row_nor_column_is_named(index: object) -> None:
    with pytest.raises(TypeError, match=re.escape(f"row must be an int, not {index!r}")):
        small()[index]  # type: ignore[call-overload]


def test_to_dict_gives_lists_of_plain_values() -> None:
    table = small().take([0, 2])
    assert table.to_dict() == {
        "size": [30, 20],
        "name": ["c", "\N{SNOWMAN}"],
        "big": [True, True],
        "delta": [-3, 5],
        "share": [0.5, 0.25],
    }


def test_a_table_of_no_rows_is_still_a_table() -> None:
    empty = small()[2:1]
    assert len(empty) == 0
    assert list(empty) == []
    assert empty.to_dict() == {name: [] for name in small().names}
    assert memoryview(empty.column("size")).tolist() == []
    assert len(empty.sort("name").where([])) == 0


def test_tables_do_not_compare() -> None:
    assert small() != small()


# ---- buffers ------------------------------------------------------------------------------------


def test_a_column_is_a_typed_read_only_buffer() -> None:
    view = memoryview(small().column("delta"))
    assert (view.format, view.itemsize, view.shape, view.readonly) == ("q", 8, (4,), True)
    assert view.tolist() == [-3, 0, 5, 7]
    assert memoryview(small().column("big")).format == "?"


def test_a_slice_of_a_column_shares_its_memory() -> None:
    column = small().column("size")
    assert memoryview(column[::-2]).tolist() == [10, 10]
    assert memoryview(column[1:][::2]).tolist() == [10, 10]
    assert list(column[1:3]) == [10, 20]
    assert list(small().column("name")[::-1]) == ["", "\N{SNOWMAN}", "a", "c"]
    whole = (ctypes.c_char * 32).from_buffer_copy(column)
    assert bytes(memoryview(column[1:])) == bytes(whole)[8:]


def test_a_slice_with_gaps_is_no_flat_buffer() -> None:
    with pytest.raises(BufferError, match="'size' is a slice with gaps"):
        array("B").frombytes(small().column("size")[::2])


def test_text_has_no_buffer() -> None:
    with pytest.raises(BufferError, match="'name' is text"):
        memoryview(small().column("name"))


def test_nothing_can_be_written() -> None:
    with pytest.raises(TypeError):
        memoryview(small().column("size"))[0] = 1
    with pytest.raises((TypeError, BufferError)):
        (ctypes.c_char * 8).from_buffer(small().column("size"))


def test_a_view_keeps_the_memory_alive() -> None:
    view = memoryview(Table("numbers", {"n": range(100_000)}).column("n"))
    gc.collect()
    assert view[99_999] == 99_999


def test_numpy_shares_a_column_without_copying() -> None:
    np = pytest.importorskip("numpy")
    column = small().column("size")
    shared = np.asarray(column)
    assert shared.dtype == np.uint64
    assert shared.ctypes.data == np.asarray(memoryview(column)).ctypes.data
    assert np.asarray(small().column("big")).dtype == np.bool_
    assert np.asarray(small().column("name")).tolist() == ["c", "a", "\N{SNOWMAN}", ""]


# ---- picking and sorting ------------------------------------------------------------------------


@pytest.mark.parametrize("mask", [[True, False, False, True], b"\1\0\0\1", iter])
def test_where_takes_any_bools(mask: object) -> None:
    table = small()
    chosen = [True, False, False, True] if mask is iter else mask
    assert table.where(chosen).column("size").tolist() == [30, 10]  # type: ignore[arg-type]


def test_where_takes_a_column_of_bools() -> None:
    table = small()
    assert table.where(table.column("big")).column("size").tolist() == [30, 20]


def test_where_wants_one_bool_per_row() -> None:
    with pytest.raises(ValueError, match="mask must have 4 items, one for each row, not 3"):
        small().where([True, False, True])
    with pytest.raises(ValueError, match="mask must have 4 items, one for each row, not 5"):
        small().where(b"\0\0\0\0\0")


@pytest.mark.parametrize("mask", [[0, 1, 2, 3], array("q", [0, 1, 2, 3]), "abcd", [True, 1] * 2, 5])
def test_where_refuses_what_is_no_mask(mask: list[bool]) -> None:
    with pytest.raises(TypeError, match=r"^mask(\[\d\])? must "):
        small().where(mask)


class Lying(list[bool]):
    """Says another length than it has."""

    def __len__(self) -> int:
        return 4


@pytest.mark.parametrize(
    ("mask", "told"),
    [
        (Lying(), "0"),
        (Lying([True] * 3), "3"),
        (Lying([True] * 5), "more"),
        (cycle([True]), "more"),
    ],
    ids=["empty", "too short", "too long", "endless"],
)
def test_a_mask_is_as_long_as_what_is_in_it_whatever_it_says(mask: Any, told: str) -> None:
    with pytest.raises(ValueError, match=f"mask must have 4 items, one for each row, not {told}"):
        small().where(mask)


def test_a_mask_that_grows_while_it_is_read_is_read_once() -> None:
    mask: list[bool] = [True, False, True, False]

    class Growing:
        def __iter__(self) -> Iterator[bool]:
            for flag in [*mask]:
                mask.append(True)
                yield flag

    assert len(small().where(Growing())) == 2  # type: ignore[arg-type]
    assert len(small().where(mask[:4])) == 2


def test_masks_and_columns_with_gaps_are_taken() -> None:
    table = small()
    mask = bytes([1, 9, 0, 9, 0, 9, 1, 9])
    assert table.where(memoryview(mask)[::2])["size"].tolist() == [30, 10]
    assert table.where(memoryview(mask)[::-2])["delta"].tolist() == [-3, 0, 5, 7]
    copied = Table("every other", {name: table[name][:2][::-1] for name in ("size", "name", "big")})
    assert copied.to_dict() == {"size": [10, 30], "name": ["a", "c"], "big": [False, True]}


def test_where_takes_a_numpy_mask() -> None:
    np = pytest.importorskip("numpy")
    table = small()
    assert table.where(np.asarray(table.column("size")) > 10).column("size").tolist() == [30, 20]


def test_take_repeats_and_reorders() -> None:
    assert small().take([-1, 0, 0]).column("name").tolist() == ["", "c", "c"]


def test_take_names_a_row_that_is_not_there() -> None:
    with pytest.raises(IndexError, match="row 4 of a table of 4"):
        small().take([4])
    with pytest.raises(IndexError, match=r"^indices\[1\] 4 of 4"):
        small().take([0, Row(4)])  # type: ignore[list-item]


class Row:
    def __init__(self, number: int) -> None:
        self.number = number

    def __index__(self) -> int:
        return self.number


def test_take_takes_any_integers() -> None:
    wanted = small().take([1, 3])["delta"].tolist()
    for indices in ((1, 3), iter([1, -1]), array("b", [1, 3]), [Row(1), Row(3)], range(1, 4, 2)):
        assert small().take(indices)["delta"].tolist() == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize("indices", [["a"], [1.0], [True, False], array("d", [1]), "ab", 5, [None]])
def test_take_refuses_what_is_no_row(indices: Any) -> None:
    with pytest.raises(TypeError, match=r"^indices(\[\d\])? must be "):
        small().take(indices)


def test_sort_is_stable_both_ways() -> None:
    table = small()
    assert table.sort("size").column("delta").tolist() == [0, 7, 5, -3]
    assert table.sort("size", descending=True).column("delta").tolist() == [-3, 5, 0, 7]
    assert table.sort("name").column("name").tolist() == ["", "a", "c", "\N{SNOWMAN}"]


def test_nan_sorts_as_the_greatest_number() -> None:
    shares = small().sort("share").column("share").tolist()
    assert shares[:3] == [0.25, 0.5, 1.0]
    assert math.isnan(shares[3])


@settings(deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=50), st.data())
def test_slices_are_those_of_a_list(values: list[int], data: st.DataObject) -> None:
    table = Table("numbers", {"n": array("q", values)})
    start, stop = data.draw(st.integers(-60, 60)), data.draw(st.integers(-60, 60))
    step = data.draw(st.sampled_from([1, 2, 3, -1, -2, None]))
    piece = slice(start, stop, step)
    assert table[piece].column("n").tolist() == values[piece]
    assert table.column("n")[piece].tolist() == values[piece]
    assert memoryview(table.column("n")[piece]).tolist() == values[piece]


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), max_size=50))
def test_text_comes_back_as_it_went_in(values: list[str]) -> None:
    table = Table("texts", {"text": values})
    assert table.column("text").tolist() == values
    assert table.sort("text").column("text").tolist() == sorted(values)
    assert table.take(range(len(values) - 1, -1, -1)).column("text").tolist() == values[::-1]


def test_threads_may_share_a_table() -> None:
    table = Table("numbers", {"n": range(50_000)})
    found: list[int] = []

    def look() -> None:
        found.extend(table.sort("n", descending=True)[0].n for _ in range(20))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [49_999] * 80


# ---- making one ---------------------------------------------------------------------------------


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="column 'b' has 1 items, those before it 2"):
        Table("odd", {"a": [1, 2], "b": [1]})


@pytest.mark.parametrize("name", ["", "two words", "_hidden", "class", "1st"])
def test_a_name_that_rows_can_not_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="becomes an attribute of rows"):
        Table("odd", {name: [1]})


def test_values_of_no_known_type_are_refused() -> None:
    with pytest.raises(TypeError, match="column 'a' must be"):
        Table("odd", {"a": [object()]})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="no column holds items of format 'f'"):
        Table("odd", {"a": array("f", [1.0])})
    with pytest.raises(ValueError, match="a buffer of a column has one dimension"):
        Table("odd", {"a": memoryview(bytes(8)).cast("B", (2, 4))})
    for values in (5, None, "abc"):
        with pytest.raises(TypeError, match="column 'a' must be several values, not "):
            Table("odd", {"a": values})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "values", [[2**64], [-(2**63) - 1], [-1, 2**63], [2**100], [10**400], [10**400, 0.5]]
)
def test_numbers_that_no_column_can_hold_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="column 'a' must hold numbers of 64 bits"):
        Table("odd", {"a": values})


def test_a_title_and_columns_are_what_they_should_be() -> None:
    with pytest.raises(TypeError, match=r"^title must be a str, not 5"):
        Table(5, {})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^columns must be a mapping, such as a dict, not \[1\]"):
        Table("odd", [1])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^a column's name must be a str, not 5"):
        Table("odd", {5: [1]})  # type: ignore[dict-item]


def test_a_column_can_become_a_column_of_another_table() -> None:
    table = Table("copy", {name: small().column(name) for name in ("size", "name", "big")})
    assert table.to_dict() == {n: small().column(n).tolist() for n in ("size", "name", "big")}


@pytest.mark.parametrize(
    ("values", "format_"),
    [([-1, 200], "q"), ([2**63 - 1, -(2**63)], "q"), ([0, 2**63], "Q"), ([2**64 - 1], "Q")],
)
def test_ints_have_a_sign_unless_one_is_too_large_for_it(values: list[int], format_: str) -> None:
    column = Table("numbers", {"n": values}).column("n")
    assert column.tolist() == values
    assert memoryview(column).format == format_


def test_lone_surrogates_are_refused() -> None:
    for title, text in (("odd", "\ud800"), ("\ud800", "even")):
        with pytest.raises(ValueError, match=r"must be without lone surrogates, unlike '\\ud800'"):
            Table(title, {"a": [text]})


def test_a_table_that_was_never_made_says_so() -> None:
    raw = Table.__new__(Table)
    with pytest.raises(TypeError, match=r"Table.__init__\(\) was not called, or failed"):
        len(raw)
    with pytest.raises(TypeError, match="was not called, or failed"):
        repr(raw)
    with pytest.raises(TypeError, match="was not called, or failed"):
        memoryview(Column.__new__(Column))
