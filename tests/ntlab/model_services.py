"""The door of the services' model: the service manager that has started this process, or not."""

from __future__ import annotations

import ctypes
from typing import NamedTuple


class Told(NamedTuple):
    """What a service told the service manager, in Windows' numbers."""

    state: int
    orders: int
    checkpoint: int
    hint: int
    code: int


class Door:
    """The service manager. It has started nobody at first."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll

    def start(self) -> None:
        """Have started this process."""
        self._dll.services_start()

    def order(self, order: int) -> int:
        """Give the service an order; return its answer, a Win32 code."""
        return int(self._dll.services_order(order))

    @property
    def told(self) -> list[Told]:
        """What the service has told so far."""
        numbers = (ctypes.c_uint32 * 5)()
        found: list[Told] = []
        while self._dll.services_told(len(found), numbers):
            found.append(Told(*numbers))
        return found
