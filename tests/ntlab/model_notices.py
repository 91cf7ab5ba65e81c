"""The door of the notices' model: who sits at the machine, and what they are shown."""

from __future__ import annotations

import ctypes
from typing import NamedTuple


class Shown(NamedTuple):
    """A notification: its words, its flags in Windows' numbers, and whether it is there no more."""

    title: str
    text: str
    icon: int
    flags: int
    gone: bool


class Door:
    """A user's session with a desktop and a taskbar, at first."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll

    def seat(self, *, session: int = 1, visible: bool = True, taskbar: bool = True) -> None:
        """Be in another session, on a desktop that nobody sees, or without a taskbar."""
        self._dll.notices_seat(session, visible, taskbar)

    @property
    def shown(self) -> list[Shown]:
        """What was shown so far."""
        title, text = ctypes.create_unicode_buffer(64), ctypes.create_unicode_buffer(256)
        numbers = (ctypes.c_uint32 * 3)()
        found: list[Shown] = []
        while self._dll.notices_shown(len(found), title, text, numbers):
            icon, flags, gone = numbers
            found.append(Shown(title.value, text.value, icon, flags, bool(gone)))
        return found
