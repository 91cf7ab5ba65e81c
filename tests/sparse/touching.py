"""Touching memory from C, without the GIL, as the tests of sparse memory do."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ntpages.sparse import SparseBuffer

PAGE = 4096
CHUNK = 64 * 1024
MIB = 1 << 20
TIB = 1 << 40

NOACCESS, READONLY = 0x01, 0x02


def touch(buffer: SparseBuffer, offset: int, value: int = 1) -> None:
    """Write one byte from C, without the GIL; an access violation is an OSError here."""
    ctypes.memset(buffer.address + offset, value, 1)


def fault_late(buffer: SparseBuffer, offset: int, *, writing: bool) -> bool:
    """Meet the fault of a touch that another thread served meanwhile: is it to be tried again?"""
    place = (ctypes.c_ulonglong * 2)(writing, buffer.address + offset)
    try:
        ctypes.WinDLL("kernel32").RaiseException(
            *(ctypes.c_ulong(0xC0000005), ctypes.c_ulong(0)),
            *(ctypes.c_ulong(2), ctypes.byref(place)),
        )
    except OSError:
        return False
    return True


def protect(buffer: SparseBuffer, offset: int, size: int, protection: int) -> None:
    old = ctypes.c_ulong()
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    done = kernel32.VirtualProtect(
        *(ctypes.c_void_p(buffer.address + offset), ctypes.c_size_t(size)),
        *(ctypes.c_ulong(protection), ctypes.byref(old)),
    )
    assert done, ctypes.get_last_error()
