"""The door of the events' model: which of the kernel's conditions hold."""

from __future__ import annotations

import ctypes


class Door:
    """The kernel's conditions of memory. None holds at first."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll

    def hold(self, name: str, *, held: bool = True) -> None:
        """Let a condition hold, as ``LowMemoryCondition``, or hold no more."""
        if not self._dll.events_hold(ctypes.c_wchar_p(name), held):
            msg = f"the kernel has no {name}"
            raise LookupError(msg)
