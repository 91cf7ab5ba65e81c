"""The door of the volumes' model: two disks and a CD, which can't be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ctypes


class Door:
    """What happened to the volumes."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll

    @property
    def flushes(self) -> tuple[int, int, int]:
        """How often each volume was flushed."""
        first, second, third = (self._dll.volumes_flushes(volume) for volume in range(3))
        return first, second, third

    @property
    def searching(self) -> int:
        """Searches for volumes that were not closed."""
        count: int = self._dll.volumes_searching()
        return count
