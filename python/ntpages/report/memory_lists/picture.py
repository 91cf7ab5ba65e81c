"""The page lists as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ntpages.report.cells import size
from ntpages.report.drawing import beside, figure, legend, look_of_list, save

if TYPE_CHECKING:
    from pathlib import Path

    from ntpages.memory_lists import MemoryLists

_GIB = 1 << 30
_KINDS = (
    ("free", "can be used at once"),
    ("standby", "can be used, but has content that may be wanted again"),
    ("modified", "has to be written first"),
    ("bad", "can't be used"),
)


def lists_picture(lists: MemoryLists, path: Path) -> None:
    """Draw the page lists, the standby list by priority."""
    picture = figure(8, 5)
    axes = picture.subplots()
    _draw(axes, lists)
    axes.margins(x=0.15)
    axes.set_title("Memory lists: where the pages are that no process has at hand", loc="left")
    _explain(axes)
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
    _explain(axes[1])
    save(picture, path)


def _draw(axes: Any, lists: MemoryLists) -> None:
    bars: list[tuple[str, int | None]] = [
        ("zero", lists.zero),
        ("free", lists.free),
        *((f"standby, priority {each}", lists.standby[each]) for each in range(8)),
        ("modified", lists.modified),
        ("modified, no write", lists.modified_no_write),
        ("bad", lists.bad),
    ]
    known = [(name, there) for name, there in bars if there is not None]
    for row, (name, there) in enumerate(known):
        axes.barh(row, there / _GIB, **look_of_list(name))
        beside(axes, row, there / _GIB, size(there))
    axes.set_yticks(range(len(known)), [name for name, _ in known])
    axes.invert_yaxis()
    axes.set_xlabel("GiB")


def _explain(axes: Any) -> None:
    meanings = [(look_of_list(kind), words) for kind, words in _KINDS]
    legend(axes, meanings, loc="lower right", fontsize="small")
