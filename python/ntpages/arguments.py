"""What a call on another process is given: ids, addresses and sizes, checked before Windows is."""

from __future__ import annotations

__all__ = ["LIMIT", "check_address", "check_pid", "check_size"]

LIMIT = 1 << 64
"""One more than the highest address there can be."""


def check_pid(pid: int) -> int:
    """Return a process id that can be one.

    Raises:
        ValueError: It can't be.
    """
    if not 0 < pid < 1 << 32:
        msg = f"a process id must be from 1 to {(1 << 32) - 1}, not {pid}"
        raise ValueError(msg)
    return pid


def check_address(address: int) -> int:
    """Return an address that can be one.

    Raises:
        ValueError: It can't be.
    """
    if not 0 <= address < LIMIT:
        msg = f"an address must be from 0 to {LIMIT - 1:#x}, not {address}"
        raise ValueError(msg)
    return address


def check_size(size: int, *, least: int = 0) -> int:
    """Return a size that can be one.

    Raises:
        ValueError: It can't be.
    """
    if not least <= size < 1 << 63:
        msg = f"size must be from {least} to {(1 << 63) - 1} bytes, not {size}"
        raise ValueError(msg)
    return size
