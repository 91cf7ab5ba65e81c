"""What stands in the cells of tables: sizes, counts, addresses, bars."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ntpages.report import consoles

if TYPE_CHECKING:
    from enum import Enum


def size(value: int | None, *, signed: bool = False) -> str:
    """Return bytes for people: three digits and a binary unit; ``-`` for unknown."""
    if value is None:
        return "-"
    amount = float(abs(value))
    unit = "B"
    for bigger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if amount < 1000:
            break
        amount /= 1024
        unit = bigger
    digits = 0 if unit == "B" or amount >= 99.95 else 1 if amount >= 9.995 else 2
    sign = "-" if value < 0 else "+" if signed and value > 0 else ""
    return f"{sign}{amount:.{digits}f} {unit}"


def count(value: int | None) -> str:
    """Return how many, thousands apart; ``-`` for unknown."""
    return "-" if value is None else f"{value:,}"


def address(value: int) -> str:
    """Return an address, as wide as all of a process are: they line up, and can be searched for."""
    return f"{value:#014x}"


def moment(seconds: float) -> str:
    """Return a time of this machine's clock; ``-`` for none, or one that no clock shows.

    A process that is just being made has none, or, under Wine, whatever was in that memory before.
    """
    try:
        return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M:%S}" if seconds else "-"
    except (OSError, OverflowError, ValueError):
        return "-"


def word(member: Enum) -> str:
    """Return the name of a kind or a flag as the command line has it."""
    return member.name.lower().replace("_", "-")


def bar(value: float, full: float, *, width: int = 24) -> str:
    """Return a bar of ``value`` against ``full``; anything above zero shows."""
    if full <= 0 or value <= 0 or width <= 0:
        return ""
    eighths = max(1, round(min(value / full, 1.0) * width * 8))
    if not consoles.draws_blocks():
        return "#" * max(1, eighths // 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
