"""The door of the regions' model: memory that lies together, and what becomes of pages."""

from __future__ import annotations

import ctypes


class Door:
    """A machine with 8 GiB in large pages to give, to whoever holds SeLockMemoryPrivilege."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll
        dll.regions_contiguous.argtypes = [ctypes.c_int, ctypes.c_size_t, ctypes.c_size_t]
        dll.regions_partition.argtypes = [ctypes.c_void_p]
        dll.regions_physical.argtypes = [ctypes.c_void_p]
        for name in ("regions_large", "regions_locked"):
            getattr(dll, name).restype = ctypes.c_size_t

    def fragment(self, *, large: int = 0, huge: int = 0) -> None:
        """Let only so many bytes lie together, until the standby list is purged."""
        self._dll.regions_contiguous(0, large, huge)

    def fragment_for_good(self, *, large: int = 0, huge: int = 0) -> None:
        """Let only so many bytes lie together, whatever is purged."""
        self.fragment(large=large, huge=huge)
        self._dll.regions_contiguous(1, large, huge)

    def accept_partition(self, handle: int) -> None:
        """Let this handle, and no other, be a memory partition's."""
        self._dll.regions_partition(handle)

    def accept_physical(self, handle: int) -> None:
        """Let this handle, and no other, be an AWE section's."""
        self._dll.regions_physical(handle)

    def hypervisor_page(self, address: int) -> None:
        """Have a hypervisor, which shows a page to every process."""
        self._dll.regions_hypervisor_page(ctypes.c_uint64(address))

    def take(self) -> None:
        """Run short of memory: what was offered or reset loses its contents."""
        self._dll.regions_take()

    @property
    def large(self) -> int:
        """Bytes in large pages."""
        size: int = self._dll.regions_large()
        return size

    @property
    def locked(self) -> int:
        """Bytes of locked pages."""
        size: int = self._dll.regions_locked()
        return size
