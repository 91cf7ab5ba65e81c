"""What grew and what shrank, as a picture: amounts over time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ntpages.report import palette
from ntpages.report.drawing import figure, save

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_UNITS = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
_MOST = 12  # lines that can be told apart
_SEEN = 250  # what is as many times less than the largest is left out: it would be no line
_STROKES = ("-", "--", ":", "-.")
_MARKS = "osD^vPX*<>hd"
_HATCHES = ("", "////", "....", "xxxx", "----", "||||", "\\\\\\\\", "oo")


def timeline_picture(
    looks: Sequence[tuple[float, Mapping[str, int]]], path: Path, *, title: str, unit: str = ""
) -> None:
    """Draw how amounts changed from look to look.

    Lists and parts of memory stand on each other: they sum up to all of it. All else is a line
    each, the largest first.

    Args:
        looks: When each was, in seconds since 1970, and its amounts by name.
        path: File to write; its ending says which kind.
        title: What is shown.
        unit: What is counted; bytes unless said.
    """
    times = [datetime.fromtimestamp(when) for when, _ in looks]  # of this machine
    names = list(dict.fromkeys(name for _, amounts in looks for name in amounts))
    amounts = {name: [found.get(name, 0) for _, found in looks] for name in names}
    most = max((max(each) for each in amounts.values()), default=0)
    in_bytes = next(((size, word) for size, word in _UNITS if most >= size), (1, "bytes"))
    scale, unit = (1, unit) if unit else in_bytes
    scaled = {
        name: [each / scale for each in found]
        for name, found in amounts.items()
        if max(found) * _SEEN >= most
    }
    picture = figure(9, 4.8)
    axes = picture.subplots()
    stacked = all(map(palette.is_list, names))
    if stacked:
        _stack(axes, times, scaled)
    else:
        _draw_lines(axes, times, scaled)
    axes.set_title(title, loc="left")
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0)
    drawn = list(zip(*axes.get_legend_handles_labels(), strict=True))
    if drawn:
        handles, labels = zip(*(reversed(drawn) if stacked else drawn), strict=True)  # as it stands
        beside = {"loc": "center left", "bbox_to_anchor": (1, 0.5), "fontsize": "small"}
        axes.legend(handles, labels, frameon=False, **beside)
    picture.autofmt_xdate()
    save(picture, path)


def _stack(axes: Any, times: Sequence[datetime], amounts: Mapping[str, list[float]]) -> None:
    below = [0.0] * len(times)
    for at, (name, found) in enumerate(amounts.items()):
        top = [low + more for low, more in zip(below, found, strict=True)]
        axes.fill_between(
            times, below, top, label=name, facecolor=palette.of_list(name).paper,
            edgecolor="white", linewidth=0.4, hatch=_HATCHES[at % len(_HATCHES)],
        )  # fmt: skip
        below = top


def _draw_lines(axes: Any, times: Sequence[datetime], amounts: Mapping[str, list[float]]) -> None:
    largest = sorted(amounts, key=lambda name: max(amounts[name]), reverse=True)[:_MOST]
    for at, name in enumerate(largest):
        color = palette.of_use(name).paper if palette.is_use(name) else None
        axes.plot(
            times, amounts[name], _STROKES[at % len(_STROKES)], marker=_MARKS[at], markersize=3,
            linewidth=1.2, label=name, color=color,
        )  # fmt: skip
