"""Writers: who may change a file that a service goes by."""

from __future__ import annotations

import os
import re
from pathlib import PureWindowsPath

import ntpages.errors  # noqa: F401 (what the compiled half raises)
from ntpages._native import guard as native

__all__ = ["UntrustedError", "trust"]

_MOST = 4  # that a message names
_ADVICE = "keep it in a folder of theirs, such as one in Program Files"

# Of what a list of access gives, the first that says enough; in Windows' words and in ours.
_RIGHTS = {
    0x1000_0000: "do anything with",  # GENERIC_ALL
    0x4000_0002: "write to",  # GENERIC_WRITE, FILE_WRITE_DATA
    0x0000_0004: "add to",  # FILE_APPEND_DATA
    0x0000_0040: "delete what is in",  # FILE_DELETE_CHILD
    0x0001_0000: "delete or rename",  # DELETE
    0x0004_0000: "change who may write to",  # WRITE_DAC
    0x0008_0000: "take over",  # WRITE_OWNER
}


class UntrustedError(ValueError):
    """A file that whoever acts as an administrator must not go by."""


def trust(path: str, *, besides: str = "", instead: str = _ADVICE) -> None:
    """Refuse a file, or a folder, that others than administrators may change.

    A service that runs commands from such a file would run them as the system, for anybody. What a
    link leads to must be theirs as well as the link.

    Args:
        path: Of the file, or the folder.
        besides: An account that may change it as well.
        instead: What a message advises.

    Raises:
        UntrustedError: Somebody else may write to it, or put another in its place.
        NtError: Windows does not say who may.
    """
    written: dict[tuple[str, str], str] = {}
    ways = os.path.abspath(path), os.path.realpath(path)  # noqa: PTH100 (with links, and without)
    for each in dict.fromkeys(ways):
        if not re.fullmatch("[A-Za-z]:", PureWindowsPath(each).drive):
            msg = f"{path} must lie on a disk of this machine: elsewhere, others say who may write"
            raise UntrustedError(msg)
        for place, account, rights in native.writers_of(each):
            if account != besides:
                written.setdefault((account, place), _words(rights))
    if not written:
        return
    who = [f"{account} {may} {place}" for (account, place), may in written.items()]
    more = f", and {len(who) - _MOST} more" if len(who) > _MOST else ""
    msg = (
        f"{path} must be writable by administrators alone, but {'; '.join(who[:_MOST])}{more}: "
        f"{instead}"
    )
    raise UntrustedError(msg)


def _words(rights: int) -> str:
    if not rights:
        return "owns"
    return f"may {next(words for bits, words in _RIGHTS.items() if bits & rights)}"
