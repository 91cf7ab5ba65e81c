"""The door of the AWE model: how many physical pages there are, and what becomes of them."""

from __future__ import annotations

import ctypes


class Door:
    """A machine with 8192 pages to give, to whoever holds SeLockMemoryPrivilege."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll
        dll.awe_leave.argtypes = dll.awe_refuse_after.argtypes = [ctypes.c_size_t]
        for name in ("awe_taken", "awe_shown", "awe_windows"):
            getattr(dll, name).restype = ctypes.c_size_t
        dll.awe_node.restype = ctypes.c_uint32

    def leave(self, pages: int) -> None:
        """Let the machine have only so many pages left to give."""
        self._dll.awe_leave(pages)

    def refuse_after(self, pages: int) -> None:
        """Let the next call that frees pages take only so many, and refuse the rest."""
        self._dll.awe_refuse_after(pages)

    @property
    def held(self) -> tuple[int, int, int]:
        """Pages taken, pages shown somewhere, windows."""
        return self._dll.awe_taken(), self._dll.awe_shown(), self._dll.awe_windows()

    @property
    def node(self) -> int:
        """The node that was preferred last."""
        number: int = self._dll.awe_node()
        return number
