"""A table and its columns, read by all."""

from __future__ import annotations

from array import array

from ntpages.table import Table
from reliability.racing import Race, race


def cells() -> Table:
    return Table("Row", {"number": array("Q", range(100)), "name": [str(i) for i in range(100)]})


@race("table.Table")
def table() -> Race:
    rows = cells()

    def read(_: int) -> None:
        assert [row.number for row in rows.sort("number", descending=True)] == [*range(100)][::-1]
        assert rows.take([3, 5]).column("name").tolist() == ["3", "5"]

    return Race((read, lambda _: rows[7:9].to_dict(), lambda _: rows.__arrow_c_array__()))


@race("table.Column")
def column() -> Race:
    numbers = cells().column("number")

    def read(number: int) -> None:
        with memoryview(numbers) as view:
            assert view[number] == number
        assert numbers[10:20].tolist() == [*range(10, 20)]

    return Race((read, lambda _: numbers.tolist()))
