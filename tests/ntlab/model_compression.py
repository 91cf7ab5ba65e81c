"""The door of the model of the compression store."""

from __future__ import annotations

import ctypes


class Door:
    """The store: at first process 2288 has 1.5 million pages in it, on a Windows before 24H2."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll

    def store(self, *, pid: int = 2288, pages: int = 1_500_000, newer: bool = False) -> None:
        """Have so many pages in it; ``newer``, on 24H2. A pid of 0 is no store."""
        self._dll.compression_store(pid, ctypes.c_uint64(pages), newer)

    @property
    def trims(self) -> int:
        """How often it was trimmed."""
        count: int = self._dll.compression_trims()
        return count
