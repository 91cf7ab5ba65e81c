"""The door of the NUMA model: the machine's nodes, and what lies in them."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Door:
    """A machine with any nodes. It starts with two, of four processors each."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll
        dll.numa_add.argtypes = [ctypes.c_uint32, ctypes.c_uint64]
        dll.numa_give.argtypes = [ctypes.c_uint32, ctypes.c_uint64]
        dll.numa_place.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32]
        dll.numa_only.argtypes = [ctypes.c_void_p]

    def clear(self) -> None:
        """Take all nodes away. A machine has at least one: add it."""
        self._dll.numa_clear()

    def add(
        self,
        number: int,
        *,
        memory: int,
        processors: int = 0,
        group: int = 0,
        more: Mapping[int, int] | None = None,
    ) -> None:
        """Add a node: its bytes of free memory, and the bits of its processors.

        ``more`` has those of further groups.
        """
        self._dll.numa_add(number, memory)
        for each, bits in {group: processors, **(more or {})}.items():
            self._dll.numa_give(each, bits)

    def groups_known(self, *, known: bool) -> None:
        """Let Windows know of nodes with several groups, or not."""
        self._dll.numa_groups_known(known)

    def amount_known(self, *, known: bool) -> None:
        """Let Windows say how much memory a node has, or not."""
        self._dll.numa_amount_known(known)

    def place(self, address: int, size: int, node: int) -> None:
        """Say that memory of this process lies in a node."""
        self._dll.numa_place(address, size, node)

    def is_only(self, address: int) -> bool:
        """Whether the memory that starts there was asked of its node and no other."""
        return bool(self._dll.numa_only(address))
