"""What all pictures share: how memory is drawn, and matplotlib, which is the extra [plot].

Every state and every list has its own hatching, so that a print in black and white says as much.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ntpages.report import palette
from ntpages.report.origin import origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_DARK = {"facecolor": "#444444", "edgecolor": "black", "linewidth": 0.4}
LOOKS: dict[str, dict[str, Any]] = {
    "commit": _DARK,
    "in the working set": _DARK,
    "not in it": {**_DARK, "facecolor": "#aaaaaa", "hatch": "...."},
    "reserve": {**_DARK, "facecolor": "white", "hatch": "////"},
    "free": {**_DARK, "facecolor": "white"},
}
"""How states of addresses look, whatever they are used for."""

_HATCH_OF = {
    "in use": "",
    "modified": "....",
    "standby": "////",
    "free": "xxxx",
    "not usable": "----",
    "not told": "||||",
}


def look_of_use(state: str, use: str) -> dict[str, Any]:
    """How a state looks, in the colour of a use: reserved addresses keep their hatching."""
    look = LOOKS[state]
    if state == "free":
        return look
    color = palette.of_use(use).paper
    return {**look, "facecolor": "white" if state == "reserve" else color, "edgecolor": color}


def look_of_list(name: str) -> dict[str, Any]:
    """How a list looks, by the name of all lists of its kind or by its own."""
    color, hatch = palette.of_list(name).paper, _HATCH_OF[palette.kind_of_list(name)]
    return {"facecolor": color, "edgecolor": "white", "linewidth": 0.4, "hatch": hatch}


def figure(width: float, height: float) -> Any:
    """Return an empty figure. Inches."""
    import matplotlib as mpl  # noqa: PLC0415 (an extra, and slow to import)

    mpl.use("Agg")
    mpl.rcParams["hatch.linewidth"] = 0.5
    from matplotlib import pyplot as plt  # noqa: PLC0415

    return plt.figure(figsize=(width, height), layout="constrained")


def save(drawn: Any, path: Path) -> None:
    """Write a figure to a file, whose ending says which kind, and close it.

    Below it stands when it was drawn, and of which Windows.
    """
    from matplotlib import pyplot as plt  # noqa: PLC0415

    drawn.supxlabel(made(), x=0.99, ha="right", fontsize="x-small", color="#555555")
    drawn.savefig(path, dpi=110)
    plt.close(drawn)


def made() -> str:
    """Return when this is, and which Windows and which ntpages tell."""
    said = origin.get()()
    host = [str(said["host"])] if "host" in said else []
    version = [f"ntpages {said['version']}"] if "version" in said else []
    return ", ".join([f"{datetime.now():%Y-%m-%d %H:%M}", *host, *version])


def legend(axes: Any, meanings: Iterable[tuple[Mapping[str, Any], str]], **how: Any) -> None:
    """Say what the looks of some memory mean: pairs of a look and words."""
    from matplotlib.patches import Patch  # noqa: PLC0415

    patches = [Patch(label=words, **look) for look, words in meanings]
    axes.legend(handles=patches, frameon=False, **how)


def beside(axes: Any, row: int, length: float, words: str, **how: Any) -> None:
    """Write words behind the end of a horizontal bar."""
    axes.annotate(
        words, (length, row), xytext=(4, 0), textcoords="offset points", va="center", **how
    )
