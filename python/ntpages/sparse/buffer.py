"""SparseBuffer: a huge buffer whose memory is committed when it is first touched."""

from __future__ import annotations

from ntpages import arguments
from ntpages._native import sparse as native
from ntpages.arguments import PAGE
from ntpages.owner import Owner

__all__ = ["SparseBuffer"]

_NO_LIMIT = 2**64 - 1


class SparseBuffer(Owner, native.SparseBuffer):
    """Bytes by the terabyte, committed when they are first touched, by anyone.

    The whole buffer can be read and written at once: ``memoryview(buffer)`` and
    ``numpy.frombuffer(buffer)`` share its memory. Untouched bytes are zero; reading them commits
    them too. Any number of buffers may be open, and any number of threads may touch them.

    A touch commits the chunk it falls into. Where access is dense, it commits as many chunks ahead
    as are committed just behind (or the other way round, for code that runs downwards), up to
    ``ahead``, so that a pass over a gigabyte takes some hundred faults, and never commits more
    than twice what it touched.

    A page that you protect (``VirtualProtect``) stays as you protected it.
    """

    __slots__ = ()

    def __init__(
        self,
        size: int,
        *,
        chunk: int = 64 * 1024,
        ahead: int = 4 * 1024 * 1024,
        limit: int | None = None,
    ) -> None:
        """Reserve ``size`` bytes, with nothing committed.

        Args:
            size: Bytes, above 0. An eighth of a bit for each chunk comes on top, when touched.
            chunk: Bytes that are committed and decommitted together. A power of two, at least a
                page of 4096.
            ahead: Bytes; the most that one touch commits where access is dense. 0 for no more
                than the chunk.
            limit: Bytes, at least a chunk; the most that may be committed at a time. ``None``
                leaves that to the system's commit limit. Near it, touches commit less ahead.

        Raises:
            ValueError: An argument breaks its rule.
            OutOfMemoryError: There is not so much free address space in one piece.

        Source: ``VirtualAlloc`` (memoryapi.h), Windows XP.
        """
        size = arguments.size("size", size)
        chunk = arguments.power_of_two("chunk", chunk, least=PAGE)
        ahead = arguments.size("ahead", ahead, least=0)
        most = _NO_LIMIT if limit is None else arguments.size("limit", limit, least=chunk)
        super().__init__(size, chunk, ahead, most)

    def __len__(self) -> int:
        """Return the size in bytes."""
        return self.size

    def __repr__(self) -> str:
        """Return the size, and what of it is committed."""
        size = f"{self.size} bytes"
        try:
            return f"<SparseBuffer at {self.address:#x}: {size}, {self.committed} committed>"
        except ValueError:  # meanwhile, it may be
            return f"<SparseBuffer: {size}, closed>"

    @property
    def limit(self) -> int | None:
        """Bytes; the most that may be committed at a time."""
        return None if self._limit == _NO_LIMIT else self._limit

    def commit(self, offset: int = 0, size: int | None = None) -> None:
        """Commit the chunks that hold some bytes, so that touching them can't fail.

        Args:
            offset: Bytes from the start of the buffer.
            size: Bytes; ``None`` for all from ``offset`` on.

        Raises:
            ValueError: The bytes are not all in the buffer, or it is closed.
            OutOfMemoryError: The commit limit, or ``limit``. What was committed up to there
                stays committed.

        Source: ``VirtualAlloc`` (memoryapi.h), Windows XP.
        """
        super().commit(*self._range(offset, size))

    def decommit(self, offset: int = 0, size: int | None = None) -> int:
        """Decommit chunks, and forget what they held: they read as zeros when touched again.

        Views and arrays stay valid. Decommit only what no other thread is writing.

        Args:
            offset: Bytes from the start of the buffer.
            size: Bytes; ``None`` for all from ``offset`` on. Only chunks that lie wholly in the
                range go.

        Returns:
            Bytes decommitted.

        Raises:
            ValueError: The bytes are not all in the buffer, or it is closed.
            BufferError: ``reading()`` is using some of them.

        Source: ``VirtualFree`` (memoryapi.h), Windows XP.
        """
        return super().decommit(*self._range(offset, size))

    def reading(self, offset: int = 0, size: int | None = None) -> memoryview:
        """Lend bytes to the kernel: for ``file.readinto``, ``socket.recv_into`` and the like.

        System calls do not touch memory the way programs do: on an untouched page they fail with
        ``ERROR_NOACCESS``, which Python shows as ``OSError: [Errno 22] Invalid argument``. While
        the view lives, the bytes are committed, and neither ``decommit()`` nor ``trim()`` takes
        them away. The same holds for writing untouched bytes to a file.

        Args:
            offset: Bytes from the start of the buffer.
            size: Bytes; ``None`` for all from ``offset`` on.

        Returns:
            The bytes, as a writable view, to be used in a ``with`` block or released by hand.

        Raises:
            ValueError: The bytes are not all in the buffer, or it is closed.
            OutOfMemoryError: The commit limit, or ``limit``.

        Source: ``VirtualAlloc`` (memoryapi.h), Windows XP.
        """
        return memoryview(native.SparsePart(self, *self._range(offset, size)))

    def peek(self, offset: int, size: int) -> bytes | None:
        """Copy bytes out without touching what nobody touched.

        Args:
            offset: Bytes from the start of the buffer.
            size: Bytes.

        Returns:
            The bytes, or ``None`` if any of them is not committed.

        Raises:
            ValueError: The bytes are not all in the buffer, or it is closed.
            InvalidAddressError: A page among them was protected against reading.

        Source: ``ReadProcessMemory`` (memoryapi.h), Windows XP.
        """
        return super().peek(*self._range(offset, size))

    def _range(self, offset: int, size: int | None) -> tuple[int, int]:
        return arguments.part(offset, size, self.size, least=0)
