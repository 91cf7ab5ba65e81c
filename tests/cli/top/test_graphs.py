"""Graphs of characters, cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.segment import Segment
from rich.style import Style

from ntpages.report.top.graphs import (
    across,
    gathered,
    looks_each,
    mean,
    merged,
    sparkline,
    stacked,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

RED, BLUE, LINE = Style(color="red"), Style(color="blue"), Style(color="white")


def texts(rows: Sequence[Sequence[Segment]]) -> list[str]:
    return ["".join(segment.text for segment in row) for row in rows]


def graph(
    *columns: tuple[float, ...], full: float = 16, limits: tuple[float, ...] = ()
) -> list[list[Segment]]:
    return stacked(
        columns, full, width=4, height=2, styles=(RED, BLUE, LINE), limits=limits, hatched=False
    )


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (0, ["    ", "    "]),
        (0.1, ["    ", "   ▁"]),  # anything above zero shows
        (4, ["    ", "   ▄"]),
        (8, ["    ", "   █"]),
        (11, ["   ▃", "   █"]),
        (16, ["   █", "   █"]),
        (99, ["   █", "   █"]),
    ],
)
def test_an_area_grows_by_eighths_of_a_line(value: float, lines: list[str]) -> None:
    assert texts(graph((value,))) == lines


def test_areas_stand_upon_each_other() -> None:
    upper, lower = graph((4, 8))
    assert texts([upper, lower]) == ["   ▄", "   ▄"]
    assert upper[-1].style == BLUE
    assert lower[-1].style == RED + Style(bgcolor="blue")


def test_columns_are_at_the_right() -> None:
    assert texts(graph((8,), (16,))) == ["   █", "  ██"]


def test_a_limit_is_a_line_where_nothing_else_is() -> None:
    upper, lower = graph((4,), (16,), limits=(14, 14))
    assert texts([upper, lower]) == ["  ─█", "  ▄█"]
    assert upper[1].style == LINE


def test_where_there_is_no_colour_areas_are_hatched() -> None:
    rows = stacked(
        [(8, 8), (8, 0)], 16, width=2, height=2, styles=(RED, BLUE, LINE), limits=(), hatched=True
    )
    assert texts(rows) == ["▓ ", "██"]
    assert {segment.style for row in rows for segment in row} == {Style.null()}


def test_nothing_to_compare_with_draws_nothing() -> None:
    assert texts(graph((0,), full=0)) == ["    ", "    "]


@pytest.mark.parametrize(
    ("width", "looks"), [(1, 60), (19, 3), (20, 3), (29, 2), (30, 2), (59, 1), (60, 1), (200, 1)]
)
def test_a_minute_fits_into_any_width(width: int, looks: int) -> None:
    assert looks_each(width) == looks


def test_a_look_stays_with_those_that_share_its_column() -> None:
    values = [1.0, 3.0, 5.0, 7.0, 9.0]
    assert gathered(values, 5, 30, mean) == [2, 6, 9]
    assert gathered(values[1:], 5, 30, mean) == [3, 6, 9]
    assert gathered([*values[1:], 11.0], 6, 30, max) == [3, 7, 11]
    assert gathered(list(range(60)), 60, 10, max)[-1] == 59
    assert len(gathered(list(range(60)), 60, 10, max)) == 10


def test_parts_fill_a_line() -> None:
    row = across([3, 1], width=8, styles=(RED, BLUE))
    assert [(each.text, each.style) for each in row] == [("█" * 6, RED), ("█" * 2, BLUE)]
    hatched = across([3, 0, 1], width=8, styles=(RED, BLUE, LINE), hatched=True)
    assert texts([hatched]) == ["██████▒▒"]
    assert across([0, 0], width=8, styles=(RED, BLUE)) == []


def test_cells_of_one_style_are_one_piece() -> None:
    assert merged([("a", RED), ("b", RED), ("c", BLUE)]) == [Segment("ab", RED), Segment("c", BLUE)]
    assert merged([]) == []


def test_a_line_of_bars_goes_from_the_least_to_the_most() -> None:
    assert sparkline([0, 7, 14, None]) == "▁▅█ "
    assert sparkline([5, 5]) == "▁▁"
    assert sparkline([None, None]) == "  "
