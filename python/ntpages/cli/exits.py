"""What a command leaves behind for a script to read: its exit code."""

from __future__ import annotations

from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

import click

from ntpages.errors import PrivilegeNotHeldError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Exit(IntEnum):
    """How it went."""

    OK = 0
    FAILURE = 1
    """Wrong usage, or it did not work."""
    PARTLY = 2
    PRIVILEGE = 3
    """A privilege is missing."""
    UNAVAILABLE = 4
    """This Windows does not offer it."""


class NobodyConsentedError(click.ClickException):
    """Windows asked for an administrator, and there was none."""


@contextmanager
def told_if_interrupted(words: str) -> Iterator[None]:
    """Say what Ctrl-C may have left behind in a ``with`` block that changes something.

    Raises:
        ClickException: Ctrl-C came.
    """
    try:
        yield
    except KeyboardInterrupt:
        msg = f"interrupted: {words}"
        raise click.ClickException(msg) from None


def exit_code(error: BaseException) -> Exit:
    """Return what tells which kind of refusal or failure this was."""
    if isinstance(error, (PrivilegeNotHeldError, NobodyConsentedError)):
        return Exit.PRIVILEGE
    if isinstance(error, UnavailableError):
        return Exit.UNAVAILABLE
    return Exit.FAILURE
