"""Renders what ``ntpages.cli`` gathered: tables, bars, pictures, JSON. Calls no Windows.

Data goes to ``data()`` (stdout), words to ``words()`` (stderr).
"""

from __future__ import annotations

import dataclasses
import json
import sys
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ntpages.errors import NtError
from ntpages.table import Table

if TYPE_CHECKING:
    from ntpages.system import WindowsVersion


# Names of programs, paths and the system's own words may look like markup, and mean none.
_LITERAL: Any = {"highlight": False, "markup": False, "emoji": False}


@cache
def data() -> Console:
    """Return the console for data. Wide when nobody looks, so that pipes get whole lines."""
    return Console(width=None if sys.stdout.isatty() else 400, **_LITERAL)


@cache
def words() -> Console:
    """Return the console for words: progress, notes, refusals."""
    return Console(stderr=True, soft_wrap=True, **_LITERAL)


def plain(value: object) -> object:  # noqa: PLR0911 (one for each kind)
    """Return ``value`` as what JSON knows: dataclasses by field, rows by column, enums by value."""
    if isinstance(value, NtError):
        return {
            "call": value.call,
            "code": value.code,
            "status": value.status,
            "privilege": getattr(value, "privilege", None) or None,
            "message": str(value),
        }
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Table):
        return [dict(zip(value.names, map(plain, row), strict=True)) for row in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def print_json(value: object) -> None:
    """Print ``value`` as one JSON document, in ASCII so that any code page carries it."""
    sys.stdout.write(json.dumps(plain(value), indent=2) + "\n")


def size(count: int | None, *, signed: bool = False) -> str:
    """Return bytes for people: three digits and a binary unit; ``-`` for unknown."""
    if count is None:
        return "-"
    value = float(abs(count))
    unit = "B"
    for bigger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if value < 1000:
            break
        value /= 1024
        unit = bigger
    digits = 0 if unit == "B" or value >= 99.95 else 1 if value >= 9.995 else 2
    sign = "-" if count < 0 else "+" if signed and count > 0 else ""
    return f"{sign}{value:.{digits}f} {unit}"


def bar(value: float, full: float, *, width: int = 24) -> str:
    """Return a bar of ``value`` against ``full``; anything above zero shows."""
    blocks = "utf" in data().encoding.lower()
    if full <= 0 or value <= 0 or width <= 0:
        return ""
    eighths = max(1, round(min(value / full, 1.0) * width * 8))
    if not blocks:
        return "#" * max(1, eighths // 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def host_note(windows: WindowsVersion) -> str | None:
    """Return the sentence that belongs under every figure taken on Wine."""
    if windows.wine is None:
        return None
    return f"This is Wine {windows.wine}: its memory lists are not the machine's."
