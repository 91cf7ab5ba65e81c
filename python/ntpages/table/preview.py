"""A table at first sight: its first and last rows, in text and in HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ntpages.table.table import Table

_ROWS = 5  # at either end
_WIDTH = 100  # characters of a line
_CELL = 30  # characters of a cell in a line


def text(table: Table) -> str:
    """Return a heading, and below it the rows, as many columns of them as fit in a line."""
    columns = _columns(table)
    lines = [""] * (len(columns[0]) if columns else 0)
    for column in columns:
        cells = [cell if len(cell) <= _CELL else f"{cell[: _CELL - 1]}…" for cell in column]
        width = max(map(len, cells))
        if len(lines[0]) + width + 2 > _WIDTH:
            lines = [f"{line}  …" for line in lines]
            break
        lines = [f"{line}  {cell:<{width}}" for line, cell in zip(lines, cells, strict=True)]
    return "\n".join([_heading(table), *(line.rstrip() for line in lines)])


def html(table: Table, heading: str = "") -> str:
    """Return a table of HTML, with all columns, below a heading, the table's own unless given."""
    names, *rows = zip(*_columns(table), strict=True) if table.names else [()]
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in rows
    )
    caption = f"<caption>{escape(heading or _heading(table))}</caption>"
    return f"<table>\n{caption}\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"


def repr_html(of: object, about: Table | None) -> str:
    """Return what a notebook shows of an object: its text, and a table about it if there is one."""
    return f"<p>{escape(repr(of))}</p>" if about is None else html(about, repr(of))


def _heading(table: Table) -> str:
    return f"<Table {table.title}: {len(table)} rows of {', '.join(table.names)}>"


def _columns(table: Table) -> list[list[str]]:
    """Return each column's name and its cells, those in the middle left out."""
    if len(table) <= 2 * _ROWS:
        shown = table._words()
        return [[name, *cells] for name, cells in zip(table.names, shown, strict=True)]
    first, last = table[:_ROWS]._words(), table[-_ROWS:]._words()
    return [
        [name, *before, "…", *after]
        for name, before, after in zip(table.names, first, last, strict=True)
    ]
