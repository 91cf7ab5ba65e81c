"""Gain and price over time, as a picture."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ntpages.report.drawing import figure, save

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ntpages.guard import Account

_GIB = 1 << 30
_MARKS = "osD^vPX*"  # one for each rule: a print in black and white says as much


def accounts_picture(accounts: Sequence[Account], path: Path) -> None:
    """Draw what each run left behind, upwards, and what it cost, downwards."""
    picture = figure(9, 4.5)
    axes = picture.subplots()
    rules = list(dict.fromkeys(each.rule for each in accounts))
    for number, rule in enumerate(rules):
        runs = [each for each in accounts if each.rule == rule and each.kept is not None]
        times = [datetime.fromtimestamp(each.time) for each in runs]  # of this machine
        kept = [(each.kept or 0) / _GIB for each in runs]
        price = [-(each.price.read_back if each.price else 0) / _GIB for each in runs]
        mark = _MARKS[number % len(_MARKS)]
        axes.vlines(times, price, kept, color="#7d9cb8", linewidth=0.8)
        axes.plot(times, kept, mark, color="#1f3b57", label=rule, markersize=5)
        axes.plot(times, price, mark, color="#1f3b57", markerfacecolor="white", markersize=5)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_ylabel("GiB: left (filled), read back (hollow)")
    axes.set_title("Guard: what each run left behind, and what it cost", loc="left")
    if rules:
        axes.legend(frameon=False, fontsize="small")
    picture.autofmt_xdate()
    save(picture, path)
