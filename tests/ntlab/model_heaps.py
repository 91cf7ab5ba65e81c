"""The door of the heaps' model: what every modelled process has in its heaps."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAP_DISTANCE = 64 << 30
SEGMENT_SIZE = 1 << 30
PAGE = 0x1000
OVERHEAD = 16
BUSY, SEGMENT, UNCOMMITTED, LARGE, LFH = 1, 2, 0x1000, 0x4000, 0x8000


class Shape(ctypes.Structure):
    """What the heaps hold; as in model_heaps.cpp."""

    _fields_ = (
        ("base", ctypes.c_uint64),
        ("heaps", ctypes.c_uint32),
        ("segments", ctypes.c_uint32),
        ("blocks", ctypes.c_uint32),
        ("large", ctypes.c_uint32),
        ("version", ctypes.c_uint32),
        ("large_size", ctypes.c_uint64),
    )


class Door:
    """The heaps of any process that is asked about."""

    def __init__(self, dll: ctypes.CDLL) -> None:
        self._dll = dll
        self._dll.heaps_mangle.argtypes = [ctypes.c_uint32, ctypes.c_uint64]

    @property
    def shape(self) -> Shape:
        """What the heaps hold now."""
        shape = Shape()
        self._dll.heaps_get(ctypes.byref(shape))
        return shape

    def set(self, **numbers: int) -> Shape:
        """Change some numbers of the shape."""
        shape = self.shape
        for name, number in numbers.items():
            setattr(shape, name, number)
        self._dll.heaps_set(ctypes.byref(shape))
        return shape

    def no_memory(self, times: int) -> None:
        """Let so many queries fail for want of memory, however large their buffer."""
        self._dll.heaps_no_memory(times)

    def hang(self) -> None:
        """Let queries hang until ``release()``, or until their target ends."""
        self._dll.heaps_hang()

    def release(self) -> None:
        """Let hanging queries go on."""
        self._dll.heaps_release()

    def target_is_32_bit(self) -> None:
        """Let every process be a 32-bit one."""
        self._dll.heaps_wow64()

    def build(self, number: int) -> None:
        """Be this build of Windows."""
        self._dll.heaps_build(number)

    @property
    def threads_made(self) -> int:
        """How many threads were put into targets to answer for them."""
        count: int = self._dll.heaps_threads_made()
        return count

    @property
    def waiting(self) -> int:
        """How many queries hang right now."""
        count: int = self._dll.heaps_waiting()
        return count

    def mangle(self, offset: int, value: int) -> None:
        """Put other bytes into every answer from now on."""
        assert self._dll.heaps_mangle(offset, value)

    def entries(self) -> Iterator[dict[str, Any]]:
        """What a perfect reader makes of the answer, row by row."""
        shape = self.shape
        for heap in range(shape.heaps):
            base = shape.base + heap * HEAP_DISTANCE
            common = {"heap": base, "overhead": OVERHEAD}
            for segment in range(shape.segments):
                first = base + segment * SEGMENT_SIZE + PAGE
                common["region"] = segment
                yield {
                    **common,
                    "address": first,
                    "size": SEGMENT_SIZE,
                    "flags": SEGMENT,
                    "kind": "region",
                }
                address = first + OVERHEAD
                for number in range(shape.blocks):
                    size, flags, kind = 32 + 16 * (number % 7), BUSY, "busy"
                    if number % 1000 == 999:
                        size, flags, kind = PAGE, UNCOMMITTED, "uncommitted"
                    elif number % 5 == 4:
                        flags, kind = 0, "free"
                    elif number % 3 == 0:
                        flags = BUSY | LFH
                    yield {
                        **common,
                        "address": address,
                        "size": size,
                        "flags": flags,
                        "kind": kind,
                    }
                    address += size
            for _ in range(shape.large):
                yield {
                    **common,
                    "address": 0,
                    "size": shape.large_size,
                    "flags": BUSY | LARGE,
                    "kind": "busy",
                }

    def movable(self, address: int, handle: int) -> None:
        """Say that the block at an address of this process is behind a handle."""
        self._dll.heaps_movable(ctypes.c_uint64(address), ctypes.c_uint64(handle))
