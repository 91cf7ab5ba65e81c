"""The door of the model of other processes' pages: what is locked, and what the system takes."""

from __future__ import annotations

import ctypes


class Door:
    """Pages of processes, of which a few may be locked in each."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll
        dll.processes_pages_locked.restype = ctypes.c_size_t

    def take(self) -> None:
        """Run short of memory: what was reset loses its contents."""
        self._dll.processes_pages_take()

    @property
    def locked(self) -> int:
        """Bytes of locked pages."""
        size: int = self._dll.processes_pages_locked()
        return size
