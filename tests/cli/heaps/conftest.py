"""The heaps of other processes, and one that nobody can look into."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab


@pytest.fixture
def model(lab: Lab) -> Any:
    """The modelled heaps of whatever process is asked about."""
    return lab.model("heaps")


@pytest.fixture
def lockless() -> Iterator[int]:
    """The address of a heap that other code made without a lock."""
    kernel = ctypes.WinDLL("kernel32")
    kernel.HeapCreate.restype = ctypes.c_void_p
    kernel.HeapDestroy.argtypes = [ctypes.c_void_p]
    handle = kernel.HeapCreate(1, ctypes.c_size_t(0), ctypes.c_size_t(0))
    yield handle
    kernel.HeapDestroy(handle)
