"""The door of the processes' model: who may be opened for what, and what the table says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ctypes


class Door:
    """The processes of the machine, and what Windows tells of them."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll

    def deny(self, pid: int, access: int) -> None:
        """Refuse these rights of a process from now on."""
        self._dll.processes_deny(pid, access)

    def answer(self, table: bytes, *, names_within: bool = False) -> None:
        """Give these bytes as the process table from now on, the plain one and the full.

        With ``names_within`` the addresses of names count from the table's start, for nobody knows
        where it will be written.
        """
        self._dll.processes_answer(table, len(table), names_within)

    def be_1607(self) -> None:
        """Let the full table be that of Windows 10 1607 from now on."""
        self._dll.processes_be_1607()
