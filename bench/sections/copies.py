"""The rival of a ring: one as it is written by hand, which cuts in two what lies across its end."""

from __future__ import annotations

__all__ = ["TwoPartRing"]


class TwoPartRing:
    """Bytes between one producer and one consumer, in a bytearray."""

    __slots__ = ("_bytes", "_head", "_size", "_tail")

    def __init__(self, size: int) -> None:
        self._bytes = memoryview(bytearray(size))
        self._size = size
        self._head = self._tail = 0

    def push(self, data: bytes | memoryview) -> bool:
        """Put all of it in, or nothing."""
        count = len(data)
        if count > self._size - (self._tail - self._head):
            return False
        start = self._tail % self._size
        end = start + count
        if end <= self._size:
            self._bytes[start:end] = data
        else:
            first = self._size - start
            self._bytes[start:] = data[:first]
            self._bytes[: count - first] = data[first:]
        self._tail += count
        return True

    def pull(self, count: int) -> bytes:
        """Take so many bytes, or none."""
        if count > self._tail - self._head:
            return b""
        start = self._head % self._size
        end = start + count
        self._head += count
        if end <= self._size:
            return self._bytes[start:end].tobytes()
        return self._bytes[start:].tobytes() + self._bytes[: end - self._size].tobytes()
