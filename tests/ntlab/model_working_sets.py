"""The door of the working sets' model: what pages are like."""

from __future__ import annotations

import ctypes


class Door:
    """The working sets of the machine."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll

    def page(self, address: int, bits: int) -> None:
        """Say what the page at an address is like, as PSAPI_WORKING_SET_EX_BLOCK does."""
        self._dll.working_sets_page(ctypes.c_uint64(address), ctypes.c_uint64(bits))
