"""The page lists as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.report.cells import size
from ntpages.report.drawing import LOOKS, beside, figure, legend, save

if TYPE_CHECKING:
    from pathlib import Path

    from ntpages.memory_lists import MemoryLists

_GIB = 1 << 30


def lists_picture(lists: MemoryLists, path: Path) -> None:
    """Draw the page lists, the standby list by priority."""
    bars: list[tuple[str, int | None, str]] = [
        ("zero", lists.zero, "free"),
        ("free", lists.free, "free"),
        *((f"standby, priority {each}", lists.standby[each], "reserve") for each in range(8)),
        ("modified", lists.modified, "commit"),
        ("modified, no write", lists.modified_no_write, "commit"),
        ("bad", lists.bad, "commit"),
    ]
    known = [(name, pages, look) for name, pages, look in bars if pages is not None]
    picture = figure(8, 5)
    axes = picture.subplots()
    for row, (_, pages, look) in enumerate(known):
        axes.barh(row, pages / _GIB, **LOOKS[look])
        beside(axes, row, pages / _GIB, size(pages))
    axes.set_yticks(range(len(known)), [name for name, _, _ in known])
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlabel("GiB")
    axes.set_title("Memory lists: where the pages are that no process has at hand", loc="left")
    kinds = [
        ("free", "can be used at once"),
        ("reserve", "can be used, but has content that may be wanted again"),
        ("commit", "has to be written first, or can't be used"),
    ]
    legend(axes, kinds, loc="lower right", fontsize="small")
    save(picture, path)
