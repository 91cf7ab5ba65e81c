"""What all pictures share: how memory is drawn, and matplotlib, which is the extra [plot].

Every state has its own grey and its own hatching, so that a print in black and white says as much.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from ntpages.report.origin import origin

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_DARK = {"facecolor": "#1f3b57", "edgecolor": "black", "linewidth": 0.4}
LOOKS: dict[str, dict[str, Any]] = {
    "commit": _DARK,
    "in the working set": _DARK,
    "not in it": {**_DARK, "facecolor": "#7d9cb8", "hatch": "...."},
    "reserve": {**_DARK, "facecolor": "#d3e0ea", "hatch": "////"},
    "free": {**_DARK, "facecolor": "white"},
}


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


def legend(axes: Any, meanings: Iterable[tuple[str, str]], **how: Any) -> None:
    """Say what the looks of some memory mean: pairs of a look's name and words."""
    from matplotlib.patches import Patch  # noqa: PLC0415

    patches = [Patch(label=words, **LOOKS[look]) for look, words in meanings]
    axes.legend(handles=patches, frameon=False, **how)


def beside(axes: Any, row: int, length: float, words: str, **how: Any) -> None:
    """Write words behind the end of a horizontal bar."""
    axes.annotate(
        words, (length, row), xytext=(4, 0), textcoords="offset points", va="center", **how
    )
