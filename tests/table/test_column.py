"""Columns: which cells keep a condition, and how conditions are combined."""

from __future__ import annotations

import operator
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntpages import regions
from ntpages.regions import Protection, Region, State
from ntpages.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATORS = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 1, -1, 2**63 - 1])


def column(values: list[Any]) -> Column:
    return Table("Row", {"cells": values})["cells"]


@settings(deadline=None)
@given(
    st.lists(NUMBERS, min_size=1),
    NUMBERS | st.floats() | st.just(2**64),
    st.sampled_from(OPERATORS),
)
def test_each_cell_is_compared_as_python_compares(
    values: list[int], other: float, compare: Callable[[Any, Any], Any]
) -> None:
    found = compare(column(values), other)
    assert isinstance(found, Column)
    assert memoryview(found).format == "?"
    assert found.tolist() == [compare(value, other) for value in values]
    assert compare(other, column(values)).tolist() == [compare(other, value) for value in values]


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1), st.sampled_from(OPERATORS))
def test_cells_are_compared_with_as_many_values(
    pairs: list[tuple[int, int]], compare: Callable[[Any, Any], Any]
) -> None:
    left, right = ([*each] for each in zip(*pairs, strict=True))
    expected = [compare(*pair) for pair in pairs]
    assert compare(column(left), column(right)).tolist() == expected
    assert compare(column(left), right).tolist() == expected


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_conditions_are_combined_cell_by_cell(pairs: list[tuple[bool, bool]]) -> None:
    left, right = (column([*each]) for each in zip(*pairs, strict=True))
    assert (left & right).tolist() == [a and b for a, b in pairs]
    assert (left | right).tolist() == [a or b for a, b in pairs]
    assert (left ^ right).tolist() == [a != b for a, b in pairs]
    assert (~left).tolist() == [not a for a, _ in pairs]
    assert (left[::2] & right[::2]).tolist() == [a and b for a, b in pairs[::2]]


def test_rows_are_chosen_by_conditions() -> None:
    with Region(1 << 16) as region:
        region.protect(Protection.READONLY, offset=0, size=4096)
        space = regions.walk()
        here = (space["allocation_base"] == region.address) & (space["state"] == "commit")
        assert [row.size for row in space.where(here)] == [4096, (1 << 16) - 4096]
        read_only = here & (space["protection"] == Protection.READONLY)
        assert [row.address for row in space.where(read_only)] == [region.address]
        assert len(space.where(here & (space["state"] == State.FREE))) == 0


def test_text_is_compared_by_code_points() -> None:
    assert (column(["a", "", "b"]) >= "a").tolist() == [True, False, True]
    assert (column(["a", "b"]) == "b").tolist() == [False, True]


def test_a_label_that_there_is_not_is_a_mistake() -> None:
    space = regions.walk()
    for word in ("fre", 0, None):
        with pytest.raises(
            (ValueError, TypeError),
            match=f"'state' is compared with must be 'free', 'reserve' or 'commit', not {word!r}",
        ):
            _ = space["state"] == word


def test_columns_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match=r"column 'cells' of 2 rows can't be met with 3 values"):
        _ = column([1, 2]) == [1, 2, 3]
    with pytest.raises(ValueError, match=r"column 'cells' of 2 rows can't be met with 1 rows"):
        _ = column([True, False]) & column([True])


def test_only_conditions_are_combined() -> None:
    numbers = column([1])
    with pytest.raises(TypeError, match="column 'cells' must be of bools, as comparing gives"):
        _ = numbers & numbers
    with pytest.raises(TypeError, match="column 'cells' must be of bools, as comparing gives"):
        _ = ~numbers
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = column([True]) & [True]  # type: ignore[operator]


def test_a_column_is_no_truth() -> None:
    with pytest.raises(TypeError, match=r"column 'cells' is not true or false as a whole"):
        assert column([1, 2]) == [1, 2]
    with pytest.raises(TypeError, match="unhashable"):
        hash(column([1]))


# ---- Bytes of any length -------------------------------------------------------------------------

CELLS = [b"wren", b"", b"\0\xff", b"robin" * 9]


def test_bytes_stay_as_they_are() -> None:
    table = Table("Row", {"cells": CELLS, "number": range(4)})
    assert table["cells"].tolist() == CELLS
    assert (table[2].cells, table[::2]["cells"].tolist()) == (b"\0\xff", CELLS[::2])
    kept = pickle.loads(pickle.dumps(table))
    assert [*kept] == [*table]
    assert [row.number for row in table.sort("cells")] == sorted(range(4), key=CELLS.__getitem__)
    assert (table["cells"] == b"wren").tolist() == [True, False, False, False]
    assert (table["cells"] < [b"x", b"x", b"", b""]).tolist() == [True, True, False, False]
    assert table.where(table["cells"] != b"")["number"].tolist() == [0, 2, 3]


@pytest.mark.parametrize(("cells", "what"), [(CELLS, "bytes of any length"), (["wren"], "text")])
def test_what_a_column_is_of_outlives_a_pickle_also_without_cells(cells: Any, what: str) -> None:
    none = Table("Row", {"cells": cells})[:0]
    again = pickle.loads(pickle.dumps(none))
    for each in (again["cells"], pickle.loads(pickle.dumps(again["cells"]))):
        with pytest.raises(BufferError, match=f"'cells' is {what}, which"):
            memoryview(each)


def test_bytes_of_any_length_have_no_buffer_and_no_company() -> None:
    with pytest.raises(BufferError, match="'cells' is bytes of any length, which have no buffer"):
        memoryview(column(CELLS))
    with pytest.raises(TypeError, match="a sequence of one of str, bytes, bool, int, float"):
        column([b"a", "b"])


def test_bytes_reach_arrow_as_binary() -> None:
    arrow = pytest.importorskip("pyarrow")
    there = arrow.table(Table("Row", {"cells": CELLS})[1:])
    assert there.schema.field("cells").type == arrow.large_binary()
    assert there["cells"].to_pylist() == CELLS[1:]
