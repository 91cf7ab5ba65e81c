"""Pictures for people who would rather look than read: address space, page lists.

Every state has its own grey and its own hatching, so that a print in black and white says as much.
Needs matplotlib: the extra [plot].
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ntpages.report import size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ntpages.memory_lists import MemoryLists
    from ntpages.table import Table

_GIB = 1 << 30
_DARK = {"facecolor": "#1f3b57", "edgecolor": "black", "linewidth": 0.4}
_LOOKS: dict[str, dict[str, Any]] = {
    "commit": _DARK,
    "resident": _DARK,
    "not resident": {**_DARK, "facecolor": "#7d9cb8", "hatch": "...."},
    "reserve": {**_DARK, "facecolor": "#d3e0ea", "hatch": "////"},
    "free": {**_DARK, "facecolor": "white"},
}
_NAMES = {"commit": "committed", "reserve": "reserved"}
_LINES = 16  # of the map
_ROOM = 40.0  # units of width per line, at least


def _figure(width: float, height: float) -> Any:
    import matplotlib as mpl  # noqa: PLC0415 (an extra, and slow to import)

    mpl.use("Agg")
    mpl.rcParams["hatch.linewidth"] = 0.5
    from matplotlib import pyplot as plt  # noqa: PLC0415

    return plt.figure(figsize=(width, height), layout="constrained")


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure.savefig(path, dpi=110)
    plt.close(figure)


def _legend(axes: Any, states: Iterable[str], **where: Any) -> None:
    from matplotlib.patches import Patch  # noqa: PLC0415

    patches = [Patch(label=_NAMES.get(state, state), **_LOOKS[state]) for state in states]
    axes.legend(handles=patches, frameon=False, **where)


# ---- Page lists ----------------------------------------------------------------------------------


def lists_picture(lists: MemoryLists, path: Path) -> None:
    """Draw the page lists, the standby list by priority."""
    bars = [
        ("zero", lists.zero, "free"),
        ("free", lists.free, "free"),
        *((f"standby, priority {each}", lists.standby[each], "reserve") for each in range(8)),
        ("modified", lists.modified, "commit"),
        ("modified, no write", lists.modified_no_write, "commit"),
        ("bad", lists.bad, "commit"),
    ]
    figure = _figure(8, 5)
    axes = figure.subplots()
    for row, (_, pages, look) in enumerate(bars):
        axes.barh(row, pages / _GIB, **_LOOKS[look])
        axes.annotate(
            size(pages), (pages / _GIB, row), xytext=(4, 0), textcoords="offset points", va="center"
        )
    axes.set_yticks(range(len(bars)), [name for name, _, _ in bars])
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlabel("GiB")
    axes.set_title("Memory lists: where the pages are that no process has at hand", loc="left")
    from matplotlib.patches import Patch  # noqa: PLC0415

    kinds = [
        ("can be used at once", "free"),
        ("can be used, but has content that may be wanted again", "reserve"),
        ("has to be written first, or can't be used", "commit"),
    ]
    axes.legend(
        handles=[Patch(label=words, **_LOOKS[look]) for words, look in kinds],
        loc="lower right",
        frameon=False,
        fontsize="small",
    )
    _save(figure, path)


# ---- Address space -------------------------------------------------------------------------------


def _rows(table: Table) -> list[tuple[int, int, str, str]]:
    return list(
        zip(
            table.column("address"),
            table.column("size"),
            table.column("state"),
            table.column("use"),
            strict=True,
        )
    )


def map_picture(
    table: Table, path: Path, *, title: str, resident: Sequence[int] | None = None
) -> None:
    """Draw an address space: what it is used for, in which order, and how its free space is split.

    Args:
        table: What ``ntpages.regions.walk()`` returned.
        path: File to write; its ending says which kind.
        title: Whose it is.
        resident: Addresses of the pages that are in the working set, if that is known.
    """
    rows = _rows(table)
    figure = _figure(11, 9.5)
    figure.suptitle(title, x=0.01, ha="left", fontsize="x-large")
    parts = figure.subfigures(3, 1, height_ratios=[3, 4, 2.2])
    _draw_uses(parts[0].subplots(1, 2, sharey=True), rows, resident)
    _draw_map(parts[1].subplots(), rows)
    _draw_free(parts[2].subplots(), [length for _, length, state, _ in rows if state == "free"])
    _save(figure, path)


def _resident_by_use(rows: list[tuple[int, int, str, str]], pages: Sequence[int]) -> dict[str, int]:
    from bisect import bisect_left  # noqa: PLC0415

    found: dict[str, int] = {}
    ordered = sorted(pages)
    for address, length, state, use in rows:
        if state == "commit":
            count = bisect_left(ordered, address + length) - bisect_left(ordered, address)
            found[use] = found.get(use, 0) + count * 4096
    return found


def _draw_uses(
    axes: Any, rows: list[tuple[int, int, str, str]], resident: Sequence[int] | None
) -> None:
    sums: dict[str, dict[str, int]] = {}
    for _, length, state, use in rows:
        if state != "free":
            by_state = sums.setdefault(use, {"commit": 0, "reserve": 0})
            by_state[state] += length
    uses = sorted(sums, key=lambda use: sums[use]["commit"], reverse=True)
    at_hand = None if resident is None else _resident_by_use(rows, resident)
    for row, use in enumerate(uses):
        commit, reserve = sums[use]["commit"], sums[use]["reserve"]
        if at_hand is None:
            axes[0].barh(row, commit / (1 << 20), **_LOOKS["commit"])
        else:
            there = at_hand.get(use, 0)
            axes[0].barh(row, there / (1 << 20), **_LOOKS["resident"])
            rest = (commit - there) / (1 << 20)
            axes[0].barh(row, rest, left=there / (1 << 20), **_LOOKS["not resident"])
        axes[1].barh(row, reserve / (1 << 20), **_LOOKS["reserve"])
        for side, amount in ((0, commit), (1, reserve)):
            axes[side].annotate(
                size(amount),
                (amount / (1 << 20), row),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize="small",
            )
    axes[0].set_yticks(range(len(uses)), uses)
    axes[0].invert_yaxis()
    axes[0].set_title("Committed, by use", loc="left")
    axes[1].set_title("Reserved, with nothing behind, by use", loc="left")
    for side in axes:
        side.set_xlabel("MiB")
        side.margins(x=0.2)
    if at_hand is not None:
        _legend(axes[0], ["resident", "not resident"], loc="lower right", fontsize="small")


def _draw_map(axes: Any, rows: list[tuple[int, int, str, str]]) -> None:
    # A page and a terabyte can't share a scale: a region's width goes with the logarithm.
    widths = [1 + math.log2(max(length, 4096) / 4096) for _, length, _, _ in rows]
    line = max(_ROOM, sum(widths) / _LINES)
    at = 0.0
    marks: dict[int, int] = {}
    for (address, _, state, _), width in zip(rows, widths, strict=True):
        left = width
        while left > 1e-9:
            row = int(at / line + 1e-9)
            marks.setdefault(row, address)
            part = min(left, (row + 1) * line - at)
            axes.barh(row, part, left=at - row * line, height=0.8, **_LOOKS[state])
            at += part
            left -= part
    axes.set_yticks(list(marks), [f"{address:#014x}" for address in marks.values()])
    axes.tick_params(axis="y", labelfontfamily="monospace", labelsize="small")
    axes.invert_yaxis()
    axes.set_xlim(0, line)
    axes.set_xticks([])
    axes.set_title(
        "In order of address: each region as wide as the logarithm of its size", loc="left"
    )
    _legend(
        axes,
        ["commit", "reserve", "free"],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.02),
        ncols=3,
        fontsize="small",
    )


def _draw_free(axes: Any, blocks: list[int]) -> None:
    classes: dict[int, list[int]] = {}
    for block in blocks:
        classes.setdefault(block.bit_length() - 1, []).append(block)
    order = sorted(classes)
    for at, power in enumerate(order):
        count = len(classes[power])
        axes.bar(at, count, width=0.8, **_LOOKS["reserve"])
        axes.annotate(
            str(count), (at, count), xytext=(0, 2), textcoords="offset points", ha="center",
            fontsize="small",
        )  # fmt: skip
    axes.set_xticks(range(len(order)), [size(1 << power) for power in order], fontsize="x-small")
    axes.set_ylabel("blocks")
    axes.set_xlabel("size of a free block, at least")
    axes.margins(y=0.2)
    largest = size(max(blocks)) if blocks else "nothing"
    axes.set_title(
        f"Free space: {size(sum(blocks))} in {len(blocks)} blocks, the largest {largest}",
        loc="left",
    )
