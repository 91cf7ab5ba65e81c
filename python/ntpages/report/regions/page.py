"""An address space as a page to zoom into and to hover over: one file, which asks no network."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from ntpages.report import palette
from ntpages.report.cells import address, count, size
from ntpages.report.drawing import made
from ntpages.report.regions.map import protection

if TYPE_CHECKING:
    from ntpages.table import Table

_TEMPLATE = Path(__file__).with_name("page.html")
_COLUMNS = ("address", "size", "state", "use", "protection", "allocation_base")


def map_page(table: Table, path: Path, *, title: str) -> None:
    """Write an address space as a page: every region in its place, what it is below the pointer.

    Args:
        table: What ``ntpages.regions.walk()`` returned.
        path: File to write.
        title: Whose it is.
    """
    template = _TEMPLATE.read_text(encoding="utf-8")
    for mark, text in (
        ("TITLE", escape(title)),
        ("MADE", escape(made())),
        ("SUMMARY", _summary(table)),
        ("DATA", _data(table)),  # last: names of files may hold anything
    ):
        template = template.replace(f"<!--{mark}-->", text)
    path.write_text(template, encoding="utf-8", newline="\n")


def _summary(table: Table) -> str:
    """Return a row for each use, the largest first: what it takes, and the colour it has."""
    sums: dict[str, list[int]] = {}
    for use, state, length in zip(*map(table.column, ("use", "state", "size")), strict=True):
        found = sums.setdefault(use, [0, 0, 0])
        found[0] += length
        found[1] += length if state == "commit" else 0
        found[2] += 1
    return "\n".join(
        f'<tr data-use="{escape(use)}"><td><input type="checkbox" checked '
        f'aria-label="{escape(use)}"><span class="mark" style="background:'
        f'{palette.of_use(use).paper}"></span>{escape(use)}</td>'
        f"<td>{size(whole)}</td><td>{size(commit)}</td><td>{count(number)}</td></tr>"
        for use, (whole, commit, number) in sorted(
            sums.items(), key=lambda each: (-each[1][1], -each[1][0])
        )
    )


def _data(table: Table) -> str:
    """Return the regions as JSON that can stand in a page: in no text of it is there a tag."""
    named = zip(table.column("allocation_base"), table.column("name"), strict=True)
    names = {base: name for base, name in named if name}  # told of the first region of each
    columns = (*_COLUMNS, *(("resident",) if "resident" in table.names else ()))
    rows = [
        {
            "at": address(cells[0]),
            "pages": max(1, cells[1] >> 12),
            "size": size(cells[1]),
            "state": cells[2],
            "use": cells[3],
            "protection": protection(cells[4]),
            "name": names.get(cells[5], ""),
            "resident": size(cells[6]) if len(cells) > len(_COLUMNS) else "",
        }
        for cells in zip(*map(table.column, columns), strict=True)
    ]
    colors = {row["use"]: palette.of_use(row["use"]).paper for row in rows}
    text = json.dumps({"regions": rows, "colors": colors}, separators=(",", ":"))
    return text.replace("<", "\\u003c")
