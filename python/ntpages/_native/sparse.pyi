from typing_extensions import Buffer

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
        """Bytes that are committed and given back together."""
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
    def trim(self) -> int: ...
    def peek(self, offset: int, size: int) -> bytes | None: ...
    def _pin(self, offset: int, size: int) -> None: ...
    def _unpin(self, offset: int, size: int) -> None: ...
    def _runs(self) -> list[tuple[int, int, bool]]: ...
    def close(self) -> None: ...

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
    def append(self, data: Buffer) -> int: ...
    def extend(self, size: int) -> int: ...
    def truncate(self, size: int) -> None: ...
    def close(self) -> None: ...
