"""The door of the model of the kernel's pools."""

from __future__ import annotations

import ctypes


class Door:
    """The pools: at first tags ``MmSt`` and ``NtfF`` have paged, ``Leak`` has non-paged memory."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll

    def grow(self, tag: str, size: int, times: int = 1) -> None:
        """Take so many bytes more under a tag."""
        self._dll.pools_grow(tag.encode(), ctypes.c_uint64(size), times)

    def tags(self, count: int) -> None:
        """Have so many tags."""
        self._dll.pools_tags(count)

    def hide_addresses(self) -> None:
        """Show the kernel's addresses to debuggers alone from now on, as 24H2 does."""
        self._dll.pools_hide_addresses()
