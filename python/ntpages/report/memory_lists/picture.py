"""The page lists as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ntpages.report.cells import size
from ntpages.report.drawing import LOOKS, beside, figure, legend, save

if TYPE_CHECKING:
    from pathlib import Path

    from ntpages.memory_lists import MemoryLists

_GIB = 1 << 30
_KINDS = (
    ("free", "can be used at once"),
    ("reserve", "can be used, but has content that may be wanted again"),
    ("commit", "has to be written first, or can't be used"),
)


def lists_picture(lists: MemoryLists, path: Path) -> None:
    """Draw the page lists, the standby list by priority."""
    picture = figure(8, 5)
    axes = picture.subplots()
    _draw(axes, lists)
    axes.margins(x=0.15)
    axes.set_title("Memory lists: where the pages are that no process has at hand", loc="left")
    legend(axes, _KINDS, loc="lower right", fontsize="small")
    save(picture, path)


def change_picture(before: MemoryLists, after: MemoryLists, path: Path) -> None:
    """Draw the page lists before and after a cleaning, on one scale, and what is gained."""
    picture = figure(12, 5.4)
    gained = size(after.ready - before.ready, signed=True)
    picture.suptitle(f"Ready for use: {size(after.ready)} ({gained})", x=0.01, ha="left")
    axes = picture.subplots(1, 2, sharex=True, sharey=True)
    for side, lists, words in zip(axes, (before, after), ("Before", "After"), strict=True):
        _draw(side, lists)
        side.set_title(words, loc="left")
    axes[0].invert_yaxis()  # which they share, so that the second turned it back
    axes[0].margins(x=0.2)
    legend(axes[1], _KINDS, loc="lower right", fontsize="small")
    save(picture, path)


def _draw(axes: Any, lists: MemoryLists) -> None:
    bars: list[tuple[str, int | None, str]] = [
        ("zero", lists.zero, "free"),
        ("free", lists.free, "free"),
        *((f"standby, priority {each}", lists.standby[each], "reserve") for each in range(8)),
        ("modified", lists.modified, "commit"),
        ("modified, no write", lists.modified_no_write, "commit"),
        ("bad", lists.bad, "commit"),
    ]
    known = [(name, pages, look) for name, pages, look in bars if pages is not None]
    for row, (_, pages, look) in enumerate(known):
        axes.barh(row, pages / _GIB, **LOOKS[look])
        beside(axes, row, pages / _GIB, size(pages))
    axes.set_yticks(range(len(known)), [name for name, _, _ in known])
    axes.invert_yaxis()
    axes.set_xlabel("GiB")
