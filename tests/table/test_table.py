"""Tables: columns outside Python, shared without copies."""

from __future__ import annotations

import ctypes
import gc
import math
import threading
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntpages.table import Column, Table, adopt


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


def test_rows_show_enum_members_and_columns_numbers() -> None:
    table = adopt(small(), delta=str)
    assert table[0].delta == "-3"
    assert [row.delta for row in table[1:]] == ["0", "5", "7"]
    assert table.sort("size").take([0])[0].delta == "0"
    assert list(table.column("delta")) == [-3, 0, 5, 7]


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(KeyError, match="no column 'sice': there are size, name"):
        small().column("sice")


def test_repr_tells_title_rows_and_columns() -> None:
    assert repr(small()) == "<Table things: 4 rows of size, name, big, delta, share>"
    assert repr(small().column("big")) == "<Column big: 4 rows>"


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
    with pytest.raises(ValueError, match="a mask for 4 rows has 3 items"):
        small().where([True, False, True])
    with pytest.raises(ValueError, match="a mask for 4 rows has 5 items"):
        small().where(b"\0\0\0\0\0")


@pytest.mark.parametrize("mask", [[0, 1, 2, 3], array("q", [0, 1, 2, 3])])
def test_where_refuses_indices(mask: list[bool]) -> None:
    with pytest.raises(TypeError, match="a mask holds bools: use take"):
        small().where(mask)


def test_where_takes_a_numpy_mask() -> None:
    np = pytest.importorskip("numpy")
    table = small()
    assert table.where(np.asarray(table.column("size")) > 10).column("size").tolist() == [30, 20]


def test_take_repeats_and_reorders() -> None:
    assert small().take([-1, 0, 0]).column("name").tolist() == ["", "c", "c"]


def test_take_names_a_row_that_is_not_there() -> None:
    with pytest.raises(IndexError, match="row 4 of a table of 4"):
        small().take([4])


def test_take_refuses_what_is_no_index() -> None:
    with pytest.raises(TypeError):
        small().take(["a"])  # type: ignore[list-item]


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
    with pytest.raises(ValueError, match="one dimension and no gaps"):
        Table("odd", {"a": memoryview(bytes(8))[::2]})


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
    with pytest.raises(UnicodeEncodeError):
        Table("odd", {"a": ["\ud800"]})


def test_a_table_that_was_never_made_says_so() -> None:
    raw = Table.__new__(Table)
    with pytest.raises(TypeError, match=r"Table.__init__\(\) was not called, or failed"):
        len(raw)
    with pytest.raises(TypeError, match="was not called, or failed"):
        repr(raw)
    with pytest.raises(TypeError, match="was not called, or failed"):
        memoryview(Column.__new__(Column))
