"""Where memory is, as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.report.cells import size
from ntpages.report.drawing import beside, figure, legend, look_of_list, save
from ntpages.report.physical.where import groups

if TYPE_CHECKING:
    from pathlib import Path

    from ntpages.physical import MemoryAccount

_GIB = 1 << 30
_KINDS = {
    "in use": "in use",
    "modified": "has to be written first",
    "standby": "can be used, but has content that may be wanted again",
    "free": "can be used at once",
    "not usable": "can't be used",
    "not told": "is not told",
}


def account_picture(account: MemoryAccount, path: Path) -> None:
    """Draw the parts of memory as bars, by group."""
    rows = [
        (part, group) for group, parts in groups(account.parts) for part in parts if part.size > 0
    ]
    picture = figure(9, 1.6 + 0.28 * len(rows))
    axes = picture.subplots()
    for row, (part, group) in enumerate(rows):
        axes.barh(row, part.size / _GIB, **look_of_list(group.value))
        beside(axes, row, part.size / _GIB, size(part.size))
    axes.set_yticks(range(len(rows)), [f"{group.value}: {part.name}" for part, group in rows])
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlabel("GiB")
    axes.set_title(f"Where {size(account.total)} of memory are", loc="left")
    drawn = {group.value for _, group in rows}
    meanings = [(look_of_list(kind), words) for kind, words in _KINDS.items() if kind in drawn]
    legend(axes, meanings, loc="lower right", fontsize="small")
    save(picture, path)
