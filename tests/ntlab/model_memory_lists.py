"""The door of the memory lists' model: the pages of the modelled machine."""

from __future__ import annotations

import ctypes


class Pages(ctypes.Structure):
    """Where every page is; counts of pages, as in model_memory_lists.hpp."""

    _fields_ = (
        ("zero", ctypes.c_uint64),
        ("free", ctypes.c_uint64),
        ("modified", ctypes.c_uint64),
        ("modified_page_file", ctypes.c_uint64),
        ("modified_no_write", ctypes.c_uint64),
        ("bad", ctypes.c_uint64),
        ("standby", ctypes.c_uint64 * 8),
        ("repurposed", ctypes.c_uint64 * 8),
        ("working_sets", ctypes.c_uint64),
        ("cache", ctypes.c_uint64),
        ("duplicates", ctypes.c_uint64),
        ("fixed", ctypes.c_uint64),
    )


class Door:
    """The kernel's page lists and what has been asked of them."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll

    @property
    def pages(self) -> Pages:
        """Where every page is now. Assign one to change it."""
        pages = Pages()
        self._dll.memory_lists_get(ctypes.byref(pages))
        return pages

    @pages.setter
    def pages(self, pages: Pages) -> None:
        self._dll.memory_lists_set(ctypes.byref(pages))

    def before_windows_8(self) -> None:
        """Answer with the 168 bytes of old, without the modified pages of page files."""
        self._dll.memory_lists_size(168)

    @property
    def captures(self) -> tuple[int, int]:
        """How often accessed bits were captured: left alone, and reset."""
        return self._dll.memory_lists_captures(0), self._dll.memory_lists_captures(1)

    @property
    def reconciliations(self) -> int:
        """How often the registry was reconciled."""
        count: int = self._dll.memory_lists_reconciliations()
        return count
