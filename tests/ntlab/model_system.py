"""The door of the system's model: which Windows its numbers come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ctypes


class Door:
    """The system's numbers. They start as Windows 10 gives them."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll

    def performance_size(self, size: int) -> None:
        """Answer with 312 bytes (Windows 7), 344 (Windows 10) or 376 (Windows 11 24H2)."""
        self._dll.system_performance_size(size)

    def pagefiles(self, count: int) -> None:
        """Have 0, 1 or 2 page files."""
        self._dll.system_pagefiles(count)

    def usage_known(self, *, known: bool) -> None:
        """Have SystemMemoryUsageInformation, or not, as before Windows 10."""
        self._dll.system_usage_known(known)

    def limits_known(self, *, known: bool) -> None:
        """Have SystemPageFileInformationEx, or not, as before Windows 8.1."""
        self._dll.system_limits_known(known)
