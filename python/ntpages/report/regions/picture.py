"""An address space as a picture: what it is used for, in which order, and its free space."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ntpages.report import palette
from ntpages.report.cells import address, size
from ntpages.report.drawing import LOOKS, beside, figure, legend, look_of_use, save

if TYPE_CHECKING:
    from pathlib import Path

    from ntpages.table import Table

_MIB = 1 << 20
_LINES = 16  # of the map
_ROOM = 40.0  # units of width per line, at least
_LETTER = 0.009  # of a line: how wide a letter is
_Run = tuple[int, float, float, str, str]
"""A part of a region on one line: which line, where, how wide, and state and use."""
_Row = tuple[int, int, str, str, int]
"""A region: address, size, state, use, and what of it is in the working set."""


def _rows(table: Table) -> list[_Row]:
    names = ["address", "size", "state", "use"]
    columns = [table.column(name) for name in names]
    told = "resident" in table.names
    resident = table.column("resident") if told else [0] * len(table)
    return list(zip(*columns, resident, strict=True))


def map_picture(
    table: Table,
    path: Path,
    *,
    title: str,
    page_size: int,
) -> None:
    """Draw an address space: what it is used for, in which order, and how its free space is split.

    Args:
        table: What ``ntpages.regions.walk()`` returned; what of it is in the working set is shown
            where it knows that.
        path: File to write; its ending says which kind.
        title: Whose it is.
        page_size: Bytes.
    """
    rows = _rows(table)
    picture = figure(11, 9.5)
    picture.suptitle(title, x=0.01, ha="left", fontsize="x-large")
    parts = picture.subfigures(3, 1, height_ratios=[3, 4, 2.2])
    told = "resident" in table.names
    _draw_uses(parts[0].subplots(1, 2, sharey=True), rows, told=told)
    _draw_map(parts[1].subplots(), rows, page_size)
    _draw_free(parts[2].subplots(), [length for _, length, _, use, _ in rows if use == "free"])
    save(picture, path)


def _draw_uses(axes: Any, rows: list[_Row], *, told: bool) -> None:
    sums: dict[str, dict[str, int]] = {}
    for _, length, state, use, resident in rows:
        if state != "free":
            of_use = sums.setdefault(use, {"commit": 0, "reserve": 0, "resident": 0})
            of_use[state] += length
            of_use["resident"] += resident
    uses = sorted(sums, key=lambda use: sums[use]["commit"], reverse=True)
    for row, use in enumerate(uses):
        commit, reserve, there = (sums[use][each] for each in ("commit", "reserve", "resident"))
        full, lighter = look_of_use("commit", use), {**look_of_use("commit", use), "alpha": 0.4}
        if told:
            axes[0].barh(row, there / _MIB, **full)
            axes[0].barh(row, (commit - there) / _MIB, left=there / _MIB, **lighter, hatch="....")
        else:
            axes[0].barh(row, commit / _MIB, **full)
        axes[1].barh(row, reserve / _MIB, **look_of_use("reserve", use))
        for side, amount in ((0, commit), (1, reserve)):
            if amount:
                beside(axes[side], row, amount / _MIB, size(amount), fontsize="small")
    axes[0].set_yticks(range(len(uses)), uses)
    axes[0].invert_yaxis()
    axes[0].set_title("Committed, by use", loc="left")
    axes[1].set_title("Reserved, with nothing behind, by use", loc="left")
    for side in axes:
        side.set_xlabel("MiB")
        side.margins(x=0.2)
    if told:
        meanings = [(LOOKS[state], state) for state in ("in the working set", "not in it")]
        legend(axes[0], meanings, loc="lower right", fontsize="small")


def _draw_map(axes: Any, rows: list[_Row], page_size: int) -> None:
    # A page and a terabyte can't share a scale: a region's width goes with the logarithm.
    widths = [1 + math.log2(max(length, page_size) / page_size) for _, length, *_ in rows]
    line = max(_ROOM, sum(widths) / _LINES)
    at = 0.0
    marks: dict[int, int] = {}
    runs: list[_Run] = []
    for (start, _, state, use, _), width in zip(rows, widths, strict=True):
        left = width
        while left > 1e-9:
            row = int(at / line + 1e-9)
            marks.setdefault(row, start)
            part = min(left, (row + 1) * line - at)
            axes.barh(row, part, left=at - row * line, height=0.8, **look_of_use(state, use))
            if state != "free":
                runs.append((row, at - row * line, part, state, use))
            at += part
            left -= part
    _name_uses(axes, runs, line)
    axes.set_yticks(list(marks), [address(start) for start in marks.values()])
    axes.tick_params(axis="y", labelfontfamily="monospace", labelsize="small")
    axes.invert_yaxis()
    axes.set_xlim(0, line)
    axes.set_xticks([])
    axes.set_title(
        "In order of address: each region as wide as the logarithm of its size", loc="left"
    )
    legend(
        axes,
        [(LOOKS["commit"], "committed"), (LOOKS["reserve"], "reserved"), (LOOKS["free"], "free")],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.02),
        ncols=3,
        fontsize="small",
    )


def _name_uses(axes: Any, runs: list[_Run], line: float) -> None:
    """Write what regions are for where there is room: a print in black and white says as much."""
    for row, left, width, state, use in _joined(runs):
        if width > _LETTER * line * len(use):
            dark = state == "commit" and palette.is_dark(palette.of_use(use).paper)
            axes.text(
                left + width / 2, row, use, ha="center", va="center", fontsize="xx-small",
                color="white" if dark else "black",
            )  # fmt: skip


def _joined(runs: list[_Run]) -> list[_Run]:
    """Join neighbours that are for the same."""
    joined: list[_Run] = []
    for row, left, width, *what in runs:
        if joined:
            before, start, room, *same = joined[-1]
            if before == row and same == what and abs(start + room - left) < 1e-6:
                joined[-1] = (row, start, room + width, what[0], what[1])
                continue
        joined.append((row, left, width, what[0], what[1]))
    return joined


def _draw_free(axes: Any, blocks: list[int]) -> None:
    classes: dict[int, list[int]] = {}
    for block in blocks:
        classes.setdefault(block.bit_length() - 1, []).append(block)
    order = sorted(classes)
    for at, power in enumerate(order):
        count = len(classes[power])
        axes.bar(at, count, width=0.8, **LOOKS["reserve"])
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
