"""A table at first sight."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from ntpages import regions
from ntpages.regions import Protection, Region
from ntpages.table import Table


def lines(table: Table[Any]) -> list[str]:
    return repr(table).splitlines()


def test_a_short_table_is_shown_whole() -> None:
    table = Table("things", {"size": [30, 1], "name": ["c", "longer"], "big": [True, False]})
    assert lines(table) == [
        "<Table things: 2 rows of size, name, big>",
        "  size  name    big",
        "  30    c       True",
        "  1     longer  False",
    ]


def test_of_a_long_one_both_ends_are_shown() -> None:
    shown = lines(Table("numbers", {"n": range(100_000)}))
    assert shown[0] == "<Table numbers: 100000 rows of n>"
    assert [line.strip() for line in shown[1:]] == [
        *("n", "0", "1", "2", "3", "4", "…", "99995", "99996", "99997", "99998", "99999")
    ]


def test_no_line_is_longer_than_a_terminal_is_wide() -> None:
    table = Table("wide", {f"column_{at}": ["x" * 1000] for at in range(40)})
    _, *shown = lines(table)
    assert max(map(len, shown)) <= 103
    assert all(line.endswith("…") for line in shown)


def test_addresses_and_flags_are_shown_as_such() -> None:
    with Region(1 << 16) as region:
        region.protect(Protection.READWRITE | Protection.GUARD)
        space = regions.walk()
        (row,) = lines(space.where(space["address"] == region.address))[2:]
    assert row.split()[:4] == [hex(region.address), "65536", "commit", "READWRITE|GUARD"]


def test_nothing_is_shown_as_nothing() -> None:
    assert lines(Table("none", {})) == ["<Table none: 0 rows of >"]
    assert "<th>" not in Table("none", {})._repr_html_()
    assert lines(Table("none", {"n": []})) == ["<Table none: 0 rows of n>", "  n"]


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"td", "th"}:
            self.cells.append(data)


def test_a_notebook_shows_every_column_and_no_cell_is_markup() -> None:
    reader = Reader()
    reader.feed(Table("<b>", {"n": [1, 2], "text": ["<script>", "&amp;"]})._repr_html_())
    assert reader.cells == ["n", "text", "1", "<script>", "2", "&amp;"]
    assert reader.open == []
