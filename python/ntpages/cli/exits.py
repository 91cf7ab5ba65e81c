"""What a command leaves behind for a script to read: its exit code."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from ntpages.errors import PrivilegeNotHeldError, UnavailableError

if TYPE_CHECKING:
    from ntpages.errors import NtError


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


def exit_code(error: NtError) -> Exit:
    """Return what tells which kind of refusal this was."""
    if isinstance(error, PrivilegeNotHeldError):
        return Exit.PRIVILEGE
    if isinstance(error, UnavailableError):
        return Exit.UNAVAILABLE
    return Exit.FAILURE
