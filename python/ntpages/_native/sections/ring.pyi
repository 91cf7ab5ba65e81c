from typing import overload

from typing_extensions import Buffer

class Ring:
    @overload
    def __init__(self, wishes: tuple[int | str, ...]) -> None: ...
    @overload
    def __init__(self, name: str) -> None: ...
    @property
    def closed(self) -> bool:
        """Whether it was closed here; other processes may have it open still."""
    @property
    def size(self) -> int:
        """Bytes that it holds: a multiple of 64 KiB."""
    @property
    def name(self) -> str | None:
        """By which other processes open it; ``None`` where it has none."""
    @property
    def address(self) -> int:
        """Address of the first byte; they are mapped there, and again ``size`` bytes further on."""
    @property
    def filled(self) -> int:
        """Bytes that were pushed and not pulled yet.

        Raises:
            ValueError: The ring is closed.
        """
    @property
    def security(self) -> str:
        """As ``Section.security``.

        Raises:
            ValueError: The ring is closed.
            NtError: Windows refused.

        Source: as ``Section.security``.
        """
    def push(self, data: Buffer, /) -> bool:
        """Put bytes in: all of them, or none where there is no room.

        Args:
            data: At most ``size`` bytes, in any buffer of contiguous memory.

        Returns:
            Whether they are in.

        Raises:
            ValueError: They would never fit, or the ring is closed.
            RuntimeError: The ring's positions were written over.
        """
    def pull(self, size: int | None = None, /) -> bytes:
        """Take bytes out, those that were pushed first.

        Args:
            size: Bytes, from 1 to all that the ring holds; ``None`` for all that is in.

        Returns:
            So many bytes; none at all where there are fewer.

        Raises:
            ValueError: The size is none, or the ring is closed.
            RuntimeError: The ring's positions were written over.
        """
    def pull_into(self, buffer: Buffer, /) -> int:
        """Take bytes out, those that were pushed first, and write them to a buffer.

        Args:
            buffer: Contiguous memory that can be written to; what is left over stays as it is.

        Returns:
            How many: as many as are in, and as the buffer has room for; 0 where nothing is in.

        Raises:
            BufferError: The buffer is read-only, or not contiguous.
            ValueError: The ring is closed.
            RuntimeError: The ring's positions were written over.
        """
    def close(self) -> None:
        """Unmap it and give its handle back. Closing twice is harmless.

        Raises:
            BufferError: A buffer of the ring is in use.
            NtError: Windows refused.

        Source: ``UnmapViewOfFile`` (memoryapi.h), ``CloseHandle`` (handleapi.h), Windows XP.
        """
    def _publish(self, size: int) -> None: ...
    def _consume(self, size: int) -> None: ...

class RingPart(Buffer):
    def __init__(self, ring: Ring, size: int, room: bool) -> None: ...

RING_OVERHEAD: int
