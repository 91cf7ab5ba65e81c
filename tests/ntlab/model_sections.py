"""The door of the sections' model: what is shown in large pages."""

from __future__ import annotations

import ctypes


class Door:
    """A machine whose sections may have large pages, and views the places of placeholders."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll
        dll.sections_large.restype = ctypes.c_size_t

    @property
    def large(self) -> int:
        """Bytes that views show in large pages."""
        size: int = self._dll.sections_large()
        return size
