"""The door of the NUMA model: the machine's nodes, and what lies in them."""

from __future__ import annotations

import ctypes


class Door:
    """A machine with any nodes. It starts with two, of four processors each."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll
        dll.numa_add.argtypes = [
            ctypes.c_uint32,
            ctypes.c_uint32,
            ctypes.c_uint64,
            ctypes.c_uint64,
        ]
        dll.numa_place.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32]
        dll.numa_only.argtypes = [ctypes.c_void_p]

    def clear(self) -> None:
        """Take all nodes away. A machine has at least one: add it."""
        self._dll.numa_clear()

    def add(self, number: int, *, processors: int, memory: int, group: int = 0) -> None:
        """Add a node: the bits of its processors, and its bytes of free memory."""
        self._dll.numa_add(number, group, processors, memory)

    def amount_known(self, *, known: bool) -> None:
        """Let Windows say how much memory a node has, or not."""
        self._dll.numa_amount_known(known)

    def place(self, address: int, size: int, node: int) -> None:
        """Say that memory of this process lies in a node."""
        self._dll.numa_place(address, size, node)

    def is_only(self, address: int) -> bool:
        """Whether the memory that starts there was asked of its node and no other."""
        return bool(self._dll.numa_only(address))
