from dataclasses import dataclass

from typing_extensions import Buffer

@dataclass(frozen=True)
class Span:
    """Bytes of a buffer in one state."""

    offset: int
    """First byte, from the start of the buffer."""
    size: int
    """Bytes."""
    committed: bool
    """Whether memory stands behind it, or address space alone."""

class SparseBuffer(Buffer):
    def __init__(self, size: int, chunk: int, ahead: int, limit: int) -> None: ...
    @property
    def address(self) -> int:
        """Address of the first byte.

        Raises:
            ValueError: The buffer is closed.
        """
    @property
    def size(self) -> int:
        """Bytes, as asked for. Stays when it is closed."""
    @property
    def chunk(self) -> int:
        """Bytes that are committed and decommitted together."""
    @property
    def ahead(self) -> int:
        """Bytes; the most that one touch commits where access is dense."""
    @property
    def _limit(self) -> int: ...
    @property
    def committed(self) -> int:
        """Bytes of the chunks that are committed now. The last one counts whole.

        Raises:
            ValueError: The buffer is closed.
        """
    @property
    def faults(self) -> int:
        """Touches so far that had to commit memory. A count.

        Raises:
            ValueError: The buffer is closed.
        """
    @property
    def closed(self) -> bool:
        """Whether the buffer is freed."""
    def commit(self, offset: int, size: int) -> None: ...
    def decommit(self, offset: int, size: int) -> int: ...
    def trim(self) -> int:
        """Decommit every chunk that holds nothing but zeros.

        Safe while other threads write: a chunk is closed to them while it is looked at, and what
        they write is never lost. (The kernel is not served then: see ``reading()``.) Pages you
        protected are left alone.

        Returns:
            Bytes decommitted.

        Raises:
            ValueError: The buffer is closed.
            NtError: Windows refused to protect or to decommit a page.

        Source: ``VirtualFree``, ``VirtualProtect`` (memoryapi.h), Windows XP.
        """
    def peek(self, offset: int, size: int) -> bytes | None: ...
    def spans(self) -> list[Span]:
        """Return the buffer as spans of committed and of merely reserved bytes, in order."""
    def close(self) -> None:
        """Free the buffer. Closing twice is harmless.

        Raises:
            BufferError: A view or an array over the buffer is still in use.

        Source: ``VirtualFree`` (memoryapi.h), Windows XP.
        """

class SparsePart(Buffer):
    def __init__(self, buffer: SparseBuffer, offset: int, size: int) -> None: ...

class GrowableBuffer(Buffer):
    def __init__(self, maximum: int) -> None: ...
    def __len__(self) -> int: ...
    @property
    def address(self) -> int:
        """Address of the first byte. Growing never changes it.

        Raises:
            ValueError: The buffer is closed.
        """
    @property
    def maximum(self) -> int:
        """Bytes that the buffer can ever hold."""
    @property
    def committed(self) -> int:
        """Bytes that are committed: whole pages, some ahead of the data. 0 once it is closed."""
    @property
    def closed(self) -> bool:
        """Whether the buffer is freed."""
    def append(self, data: Buffer) -> int:
        """Append bytes.

        Args:
            data: Any object that lends its bytes in one piece.

        Returns:
            The offset at which they begin.

        Raises:
            OverflowError: They would pass ``maximum``. Nothing was appended.
            OutOfMemoryError: The commit limit is reached. Nothing was appended.
            ValueError: The buffer is closed.

        Source: ``VirtualAlloc`` (memoryapi.h), Windows XP.
        """
    def extend(self, size: int) -> int: ...
    def truncate(self, size: int) -> None: ...
    def close(self) -> None:
        """Free the buffer. Closing twice is harmless.

        Raises:
            BufferError: A view of the buffer is still in use.

        Source: ``VirtualFree`` (memoryapi.h), Windows XP.
        """
