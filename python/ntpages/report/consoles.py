"""Where output goes: data to stdout, words to stderr."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from rich.console import Console

_PIPE = 400  # characters of a line where nobody looks, so that pipes get whole ones
# Names of programs, paths and the system's own words may look like markup, and mean none.
_LITERAL: Any = {"highlight": False, "markup": False, "emoji": False}


@cache
def data() -> Console:
    """Return the console for data."""
    return Console(width=None if sys.stdout.isatty() else _PIPE, **_LITERAL)


@cache
def words() -> Console:
    """Return the console for words: progress, notes, refusals."""
    return Console(stderr=True, soft_wrap=True, **_LITERAL)


def draws_blocks() -> bool:
    """Return whether data may hold block characters: not every code page has them."""
    return "utf" in data().encoding.lower()
