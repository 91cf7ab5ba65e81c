"""Where output goes: data to stdout, words to stderr."""

from __future__ import annotations

import errno
import os
import sys
from contextvars import ContextVar
from functools import cache
from typing import Any

from rich.console import Console

_PIPE = 400  # characters of a line where nobody looks, so that pipes get whole ones
# Names of programs, paths and the system's own words may look like markup, and mean none.
_LITERAL: Any = {"highlight": False, "markup": False, "emoji": False}


class _Console(Console):
    """One that leaves a pipe whose reader has had enough to the command line."""

    def on_broken_pipe(self) -> None:
        """Let what was raised go on."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


_fitted = ContextVar("fitted", default=0)


def fit(width: int) -> None:
    """Keep lines to so many characters where nobody looks here, but somewhere else; 0 for any."""
    _fitted.set(width)


@cache
def data() -> Console:
    """Return the console for data."""
    return _Console(width=None if sys.stdout.isatty() else _fitted.get() or _PIPE, **_LITERAL)


def wide(width: int) -> Console:
    """Return a console for data whose lines are longer than people read. Characters."""
    return _Console(width=width, **_LITERAL)


@cache
def words() -> Console:
    """Return the console for words: progress, notes, refusals."""
    return _Console(stderr=True, soft_wrap=True, **_LITERAL)


def is_watched() -> bool:
    """Return whether somebody reads the data as it comes: it goes to a terminal."""
    return data().file.isatty()


def draws_blocks() -> bool:
    """Return whether data may hold block characters: not every code page has them."""
    return "utf" in data().encoding.lower()
