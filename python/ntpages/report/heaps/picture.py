"""Heaps as a picture: what is used of their memory, end to end, and blocks and holes by size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ntpages.report.cells import address, count, size
from ntpages.report.drawing import figure, legend, look_of_use, save

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ntpages.report.heaps.walk import HeapPart

_MOST = 16  # heaps that are drawn: those with the most memory
_PIECES = 2000  # of a strip, at most: more can't be told apart
_BLOCKS, _HOLES = (look_of_use(state, "heap") for state in ("commit", "reserve"))


def heaps_picture(parts: Sequence[HeapPart], path: Path, *, title: str) -> None:
    """Draw a strip for each heap, and how many blocks and holes of which size all of them have.

    Args:
        parts: Heaps that were walked.
        path: File to write; its ending says which kind.
        title: Whose they are.
    """
    drawn = sorted(parts, key=lambda each: each.sums.busy + each.sums.free, reverse=True)[:_MOST]
    picture = figure(10, 5 + 0.35 * len(drawn))
    picture.suptitle(title, x=0.01, ha="left", fontsize="x-large")
    above, below = picture.subfigures(2, 1, height_ratios=[1 + 0.35 * len(drawn), 4])
    _draw_strips(above.subplots(), drawn, left_out=len(parts) - len(drawn))
    _draw_sizes(below.subplots(1, 2, sharex=True), parts)
    save(picture, path)


def _draw_strips(axes: Any, parts: Sequence[HeapPart], *, left_out: int) -> None:
    for row, part in enumerate(parts):
        whole = part.sums.busy + part.sums.free
        for start, length, busy in pieces_of(part, whole):
            look = {**(_BLOCKS if busy else _HOLES), "linewidth": 0}  # a line would hide thin ones
            axes.barh(row, length, left=start, height=0.7, **look)
        words = f"{size(part.sums.busy)} of {size(whole)}, fragmented {part.sums.ratio:.0%}"
        axes.annotate(
            words, (100, row), xytext=(4, 0), textcoords="offset points", va="center",
            fontsize="small", annotation_clip=False,
        )  # fmt: skip
    axes.set_yticks(range(len(parts)), [address(part.address) for part in parts])
    axes.tick_params(axis="y", labelfontfamily="monospace", labelsize="small")
    axes.set_ylim(len(parts) - 0.4, -0.6)
    axes.set_xlim(0, 100)
    axes.set_xlabel("per cent of what is committed, from end to end")
    more = f"; {left_out} smaller heaps are left out" if left_out else ""
    axes.set_title(f"What is in use{more}", loc="left")
    legend(
        axes, [(_BLOCKS, "blocks"), (_HOLES, "holes")],
        loc="lower right", bbox_to_anchor=(1, 1), ncols=2, fontsize="small", borderaxespad=0.2,
    )  # fmt: skip


def pieces_of(part: HeapPart, whole: int) -> list[tuple[float, float, bool]]:
    """Return where blocks and holes lie, in per cent: neighbours that are alike are one."""
    pieces: list[tuple[float, float, bool]] = []
    least = whole / _PIECES
    start = end = 0
    last: bool | None = None
    for length, kind in zip(part.entries.column("size"), part.entries.column("kind"), strict=True):
        if kind not in {"busy", "free"}:
            continue
        busy = kind == "busy"
        if busy is not last and end - start >= least:
            if last is not None:
                pieces.append((100 * start / whole, 100 * (end - start) / whole, last))
            start, last = end, busy
        elif last is None:
            last = busy
        end += length
    if last is not None and end > start:
        pieces.append((100 * start / whole, 100 * (end - start) / whole, last))
    return pieces


def _draw_sizes(axes: Any, parts: Sequence[HeapPart]) -> None:
    found: dict[str, dict[int, int]] = {"busy": {}, "free": {}}
    for part in parts:
        columns = (part.entries.column(name) for name in ("size", "kind"))
        for length, kind in zip(*columns, strict=True):
            if kind in found:
                power = max(length, 1).bit_length() - 1
                found[kind][power] = found[kind].get(power, 0) + 1
    powers = sorted({*found["busy"], *found["free"]})
    ticks = range(len(powers))
    for side, (kind, look, words) in zip(
        axes, (("busy", _BLOCKS, "Blocks"), ("free", _HOLES, "Holes")), strict=True
    ):
        counts = [found[kind].get(power, 0) for power in powers]
        side.bar(ticks, counts, width=0.8, **look)
        side.set_title(f"{words} by size: {count(sum(counts))}", loc="left")
        side.set_xticks(ticks, [size(1 << power) for power in powers], rotation=60)
        side.tick_params(axis="x", labelsize="x-small")
        side.set_yscale("symlog", linthresh=1)
        side.set_ylim(0, 2 * max(counts, default=1) + 1)
        side.set_xlabel("size, at least")
    axes[0].set_ylabel("how many, on a logarithmic scale")
