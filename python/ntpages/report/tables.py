"""Tables for people: columns without lines around them."""

from __future__ import annotations

from typing import Any

from rich.table import Column, Table


def table(*columns: Column | str, title: str | None = None, headings: bool = True) -> Table:
    """Return a table without rows. A heading alone makes a column of text, which wraps uncut."""
    return Table(
        *(Column(each, overflow="fold") if isinstance(each, str) else each for each in columns),
        title=title,
        title_justify="left",
        box=None,
        pad_edge=False,
        show_header=headings,
    )


def line(heading: str = "", **more: Any) -> Column:
    """Return a column of text, or of bars, that stays on one line."""
    return Column(heading, no_wrap=True, **more)


def number(heading: str = "", **more: Any) -> Column:
    """Return a column of what is read from the right."""
    return Column(heading, justify="right", no_wrap=True, **more)
