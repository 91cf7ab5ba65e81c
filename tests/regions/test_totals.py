"""Sums of walks, by use and by allocation, against sums made row by row."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ntpages import regions
from ntpages.regions import Region, State, Type, Use
from ntpages.table import Table

PAGE = 4096
SIZES = ("size", "resident", "resident_private", "resident_shareable", "resident_locked")


@pytest.fixture(scope="module")
def walked() -> Table[Any]:
    return regions.walk(resident=True)


def test_totals_by_use_are_those_of_the_rows(walked: Table[Any]) -> None:
    totals = regions.totals(walked)
    assert [row.use for row in totals] == [
        use for use in Use if use.value in walked.column("use").tolist()
    ]
    for total in totals:
        rows = [row for row in walked if row.use is total.use]
        committed = [row for row in rows if row.state is State.COMMIT]
        assert total.regions == len(rows)
        assert total.largest == max(row.size for row in rows)
        assert total.committed == sum(row.size for row in committed)
        reserved = (row.size for row in rows if row.state is State.RESERVE)
        assert total.reserved == sum(reserved)
        own = (row.size for row in committed if row.type is Type.PRIVATE)
        assert total.private == sum(own)
        images = (row.resident_private for row in rows if row.type is Type.IMAGE)
        assert total.modified == sum(images)
        for name in SIZES:
            assert getattr(total, name) == sum(getattr(row, name) for row in rows), name


def test_totals_by_allocation_are_all_but_free_space(walked: Table[Any]) -> None:
    totals = regions.totals(walked, by="allocation")
    taken = [row for row in walked if row.state is not State.FREE]
    assert totals.column("address").tolist() == sorted({row.allocation_base for row in taken})
    assert Counter(row.allocation_base for row in taken) == {
        row.address: row.regions for row in totals
    }
    for name in SIZES:
        assert sum(totals.column(name)) == sum(getattr(row, name) for row in taken), name
    named = {row.allocation_base: row.name for row in taken if row.name}
    assert {row.address: row.name for row in totals if row.name} == named


def test_an_allocation_has_the_use_of_most_of_it() -> None:
    with Region(16 * PAGE, commit=False) as region:
        region.commit(0, 4 * PAGE)
        walked = regions.walk()
        [row] = [
            row for row in regions.totals(walked, by="allocation") if row.address == region.address
        ]
    assert (row.use, row.size, row.committed, row.reserved, row.private) == (
        *(Use.PRIVATE, 16 * PAGE),
        *(4 * PAGE, 12 * PAGE, 4 * PAGE),
    )


def test_a_walk_without_the_working_set_has_none(walked: Table[Any]) -> None:
    plain = regions.totals(regions.walk())
    assert plain.names == regions.totals(walked).names
    assert sum(plain.column("resident")) == 0
    assert sum(plain.column("committed")) > 0


@pytest.mark.parametrize("by", ["use", "allocation"])
def test_no_regions_have_no_totals(walked: Table[Any], by: Any) -> None:
    none = regions.totals(walked[:0], by=by)
    assert (len(none), none.names) == (0, regions.totals(walked, by=by).names)


def test_what_is_no_walk_is_refused(walked: Table[Any]) -> None:
    with pytest.raises(ValueError, match=r"walked must be what regions.* no column 'address'"):
        regions.totals(Table("Row", {"number": [1]}))
    with pytest.raises(TypeError, match="walked must be a Table, not 5"):
        regions.totals(5)  # type: ignore[call-overload]
    with pytest.raises(ValueError, match=r"by must be .*'colour'"):
        regions.totals(walked, by="colour")  # type: ignore[call-overload]
