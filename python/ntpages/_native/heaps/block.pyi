from typing_extensions import Buffer, Self

class Block(Buffer):
    """Memory from a heap or a pool: one writable buffer of bytes.

    It is freed by ``free()``, at the end of its ``with`` block, or when the last reference
    goes; it is gone when its heap is closed. While a view of it lives, neither can happen.
    """

    @property
    def address(self) -> int:
        """Address of the first byte. ``Heap.reallocate()`` may change it.

        Raises:
            ValueError: The block is freed, or its heap closed.
        """
    @property
    def size(self) -> int:
        """Bytes, exactly as asked for.

        Raises:
            ValueError: The block is freed, or its heap closed.
        """
    @property
    def live(self) -> bool:
        """Whether it is neither freed nor its heap closed."""
    def free(self) -> None:
        """Give the memory back.

        Raises:
            ValueError: It was freed before, or its heap is closed.
            BufferError: A view of it is alive.

        Source: ``HeapFree`` (heapapi.h), Windows 2000.
        """
    def __enter__(self) -> Self: ...
    def __exit__(self, *raised: object) -> None: ...
