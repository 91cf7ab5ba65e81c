"""GrowableBuffer: bytes that are appended to without ever being copied or moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import arguments
from ntpages._native import sparse as native
from ntpages.owner import Owner

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["GrowableBuffer"]


class GrowableBuffer(Owner, native.GrowableBuffer):
    """Bytes that grow at their end, in place.

    Address space for ``maximum`` is reserved at the start, so nothing is copied or moved later, and
    a ``memoryview`` stays valid while the buffer grows (it shows the bytes that were there when it
    was made). An eighth of the data, at most 64 MiB, is committed ahead.

    Calls from several threads are safe; pieces appended at the same time do not mix.
    """

    __slots__ = ()

    def __init__(self, data: Buffer = b"", *, maximum: int = 1 << 36) -> None:
        """Reserve a buffer that starts with some bytes.

        Args:
            data: The first bytes.
            maximum: Bytes the buffer can ever hold, above 0. Costs address space only.

        Raises:
            ValueError: ``maximum`` breaks its rule.
            OutOfMemoryError: There is not so much free address space in one piece.
            OverflowError: ``data`` is longer than ``maximum``.

        Source: ``VirtualAlloc`` (memoryapi.h), Windows XP.
        """
        arguments.buffer("data", data)
        super().__init__(arguments.size("maximum", maximum))
        self.append(data)

    def __repr__(self) -> str:
        """Return how much the buffer holds."""
        most = f"of at most {self.maximum} bytes"
        try:
            return f"<GrowableBuffer at {self.address:#x}: {len(self)} {most}>"
        except ValueError:  # meanwhile, it may be
            return "<GrowableBuffer: closed>"

    def extend(self, size: int) -> int:
        """Append zeros, for someone else to fill: ``file.readinto(memoryview(buffer)[offset:])``.

        Args:
            size: Bytes.

        Returns:
            The offset at which they begin.

        Raises:
            OverflowError: They would pass ``maximum``. Nothing was appended.
            OutOfMemoryError: The commit limit is reached. Nothing was appended.
            ValueError: ``size`` can't be one, or the buffer is closed.

        Source: ``VirtualAlloc`` (memoryapi.h), Windows XP.
        """
        return super().extend(arguments.size("size", size, least=0))

    def truncate(self, size: int = 0) -> None:
        """Cut bytes off the end, and give their memory back.

        Args:
            size: Bytes to keep.

        Raises:
            ValueError: ``size`` is negative or more than there are, or the buffer is closed.
            BufferError: A view of the buffer is still in use.

        Source: ``VirtualFree`` (memoryapi.h), Windows XP.
        """
        super().truncate(arguments.size("size", size, least=0))
