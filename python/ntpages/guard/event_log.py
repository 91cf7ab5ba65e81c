"""Event log: what a guard that Windows started tells whoever looks after the machine."""

from __future__ import annotations

import contextlib
import winreg

import ntpages.errors  # noqa: F401 (what the compiled half raises)
from ntpages import _native
from ntpages._native import guard as native
from ntpages.errors import NtError
from ntpages.guard.messages import MESSAGES

__all__ = ["EventLog", "register", "unregister"]

_KEY = r"SYSTEM\CurrentControlSet\Services\EventLog\Application"
_LONGEST = 30_000  # characters of one word of an event; Windows takes 31,839


class EventLog:
    """The Application log, under the name of one service or task."""

    def __init__(self, source: str) -> None:
        """Begin with nothing.

        Args:
            source: The name that events are from.
        """
        self._source = source

    def note(self, kind: str, rule: str, words: str) -> None:
        """Tell of a note. A log that is full, or away, costs the guard nothing."""
        message = MESSAGES.get(kind)
        if message:
            texts = [each.replace("\0", " ")[:_LONGEST] for each in (words, rule)]
            with contextlib.suppress(NtError):
                native.report_event(self._source, message.type, message.id, texts)


def register(source: str) -> None:
    """Let Windows find the words of a source's events in the compiled half of ntpages.

    Raises:
        OSError: Windows refused.
    """
    with winreg.CreateKeyEx(
        winreg.HKEY_LOCAL_MACHINE, f"{_KEY}\\{source}", access=winreg.KEY_SET_VALUE
    ) as key:
        winreg.SetValueEx(key, "EventMessageFile", 0, winreg.REG_EXPAND_SZ, str(_native.__file__))
        every = sum({message.type for message in MESSAGES.values()})
        winreg.SetValueEx(key, "TypesSupported", 0, winreg.REG_DWORD, every)


def unregister(source: str) -> None:
    """Forget a source. Events that are there already stay, without their words.

    Raises:
        OSError: Windows refused.
    """
    with contextlib.suppress(FileNotFoundError):
        winreg.DeleteKey(winreg.HKEY_LOCAL_MACHINE, f"{_KEY}\\{source}")
