"""The door of the model of what app containers may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ctypes


class Door:
    """A process that makes the calls of app containers, with the codeGeneration capability."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll

    def forbid_code(self) -> None:
        """Take the capability away."""
        self._dll.regions_app_code(0)
