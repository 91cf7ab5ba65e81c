"""Graphs of characters: areas, one upon the other, that grow by eighths of a line."""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

from ntpages.report.top.history import KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Row = list[Segment]

_EIGHTHS = " ▁▂▃▄▅▆▇█"
HATCHINGS = "█▓▒░"
"""What tells areas apart where there is no colour, from the lowest."""
_LIMIT = "─"


def looks_each(width: int) -> int:
    """Return how many looks share a column, for a minute to fit into so many characters."""
    return max(1, round(KEPT / max(1, width)))


def gathered(
    values: Sequence[float], count: int, width: int, of: Callable[[Sequence[float]], float]
) -> list[float]:
    """Return what each column of a graph shows.

    Args:
        values: The last ones, the oldest first.
        count: How many there were since the beginning. By this, a look stays with those that
            share its column, and the graph moves only when a column is full.
        width: Characters there are.
        of: Makes one value of those that share a column.
    """
    each = looks_each(width)
    first = (count - len(values)) % each  # of those that share the first column, these are gone
    starts = [0, *range(each - first, len(values), each)] if values else []
    ends = [*starts[1:], len(values)]
    return [of(values[start:end]) for start, end in zip(starts, ends, strict=True)][-width:]


def mean(values: Sequence[float]) -> float:
    """Return the mean, for what is a state."""
    return sum(values) / len(values)


def stacked(
    columns: Sequence[Sequence[float]],
    full: float,
    *,
    width: int,
    height: int,
    styles: Sequence[Style],
    limits: Sequence[float] = (),
    hatched: bool = False,
) -> list[Row]:
    """Return the lines of a graph, the highest first; the last column is at the right.

    Args:
        columns: Sizes of the areas of each, from the lowest.
        full: What the whole height stands for.
        width: Characters.
        height: Lines.
        styles: Colours of the areas, and behind them that of the limits.
        limits: A line above the areas, one value for each column.
        hatched: Tell areas apart by hatchings, not by colours.
    """
    styles = tuple(styles)
    drawn = [_column(_edges(each, full, height), height, styles, hatched) for each in columns]
    blank = [(" ", Style.null())] * (width - len(drawn))
    lines = [round(limit * height * 8 / full) if full > 0 else 0 for limit in limits]
    limit_style = Style.null() if hatched else styles[-1]
    rows = []
    for row, cells in zip(range(height - 1, -1, -1), zip(*drawn, strict=True), strict=True):
        with_limits = [*cells]
        for at, edge in enumerate(lines):
            if cells[at][0] == " " and min(max(edge - 1, 0) // 8, height - 1) == row:
                with_limits[at] = (_LIMIT, limit_style)
        rows.append(merged([*blank, *with_limits]))
    return rows


@lru_cache(maxsize=2048)
def _column(
    edges: tuple[int, ...],
    height: int,
    styles: tuple[Style, ...],
    hatched: bool,  # noqa: FBT001
) -> tuple[tuple[str, Style], ...]:
    """Return the cells of a column, the highest first. Columns of a minute are much alike."""
    draw = _hatched if hatched else _colored
    return tuple(draw(edges, row, styles) for row in range(height - 1, -1, -1))


def _edges(sizes: Sequence[float], full: float, height: int) -> tuple[int, ...]:
    """Return where each area ends, in eighths of a line."""
    if full <= 0:
        return (0,) * len(sizes)
    most = height * 8
    edges = [min(most, round(size * most / full)) for size in accumulate(sizes)]
    if edges and not edges[0] and sizes[0] > 0:
        edges[0] = 1  # anything above zero shows
    return tuple(edges)


def _colored(edges: Sequence[int], row: int, styles: Sequence[Style]) -> tuple[str, Style]:
    low, high = row * 8, row * 8 + 8
    at = next((number for number, edge in enumerate(edges) if edge > low), None)
    if at is None:
        return " ", Style.null()
    if edges[at] >= high:
        return "█", styles[at]
    above = next((number for number, edge in enumerate(edges) if edge > edges[at]), None)
    style = styles[at]
    if above is not None:
        style += Style(bgcolor=styles[above].color)
    return _EIGHTHS[edges[at] - low], style


def _hatched(edges: Sequence[int], row: int, styles: Sequence[Style]) -> tuple[str, Style]:
    del styles
    low = row * 8
    middle = low + 4 if edges[-1] >= low + 4 else low
    at = next((number for number, edge in enumerate(edges) if edge > middle), None)
    if at is None:
        return " ", Style.null()
    if len(edges) == 1 and edges[0] < low + 8:
        return _EIGHTHS[edges[0] - low], Style.null()
    return HATCHINGS[at], Style.null()


def across(
    sizes: Sequence[float], *, width: int, styles: Sequence[Style], hatched: bool = False
) -> Row:
    """Return one line whose parts are as long as these sizes are large."""
    whole = sum(sizes)
    ends = [round(size * width / whole) if whole else 0 for size in accumulate(sizes)]
    row = []
    for at, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
        if end > start:
            char = HATCHINGS[at] if hatched else "█"
            row.append(Segment(char * (end - start), Style.null() if hatched else styles[at]))
    return row


def merged(cells: Sequence[tuple[str, Style]]) -> Row:
    """Return cells as segments: what has one style is one piece."""
    row: Row = []
    text, style = "", Style.null()
    for char, its_style in cells:
        if its_style is not style and its_style != style:
            if text:
                row.append(Segment(text, style))
            text, style = "", its_style
        text += char
    if text:
        row.append(Segment(text, style))
    return row


def sparkline(values: Sequence[float | None]) -> str:
    """Return one line of bars, the largest as high as it can be; blank for ``None``.

    A line that does not move is a low one: where it begins says its size, in words.
    """
    known = [value for value in values if value is not None]
    if not known:
        return " " * len(values)
    least, most = min(known), max(known)
    span = most - least
    return "".join(
        " " if value is None else _EIGHTHS[1 + (round((value - least) * 7 / span) if span else 0)]
        for value in values
    )
