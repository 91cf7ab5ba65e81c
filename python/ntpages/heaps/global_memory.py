"""GlobalMemory: memory behind a handle, as the clipboard and some old calls want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import arguments
from ntpages._native import heaps as native
from ntpages.owner import Owner

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["GlobalMemory"]


class GlobalMemory(Owner, native.GlobalMemory):
    """Memory that is known by a handle: for the clipboard, and for calls that give or take one.

    ``memoryview(memory)`` locks it for as long as the view lives, so that it stays where it is.
    Everything else is better off in a ``ntpages.heaps.Heap``.
    """

    __slots__ = ()

    def __init__(
        self, size: int, *, movable: bool = True, zero: bool = True, local: bool = False
    ) -> None:
        """Allocate memory behind a handle.

        Args:
            size: Bytes, above 0.
            movable: Whether the handle is no address, as the clipboard demands.
            zero: Whether it starts as zeros; its content is undefined otherwise.
            local: Whether to use LocalAlloc, for calls whose memory is freed with LocalFree.

        Raises:
            ValueError: ``size`` is out of range.
            OutOfMemoryError: There is not so much memory, or the process has all of the 65,536
                handles of movable memory that Windows gives it.

        Source: ``GlobalAlloc``, ``LocalAlloc`` (winbase.h), Windows 2000.
        """
        size = arguments.size("size", size)
        movable, zero = arguments.boolean("movable", movable), arguments.boolean("zero", zero)
        super().__init__(size, movable, zero, arguments.boolean("local", local))

    @classmethod
    def adopt(cls, handle: int, *, local: bool = False) -> Self:
        """Take over memory that somebody else allocated, and free it in the end.

        Args:
            handle: A handle of GlobalAlloc's family, or the address of fixed memory. It must be
                one: Windows may not notice a stale or an invented one, or end the process.
            local: Whether it is of LocalAlloc's, as what ``FormatMessage`` or the security
                functions hand out.

        Raises:
            ValueError: ``handle`` is out of range.
            NtError: Windows knows no such memory.

        Source: ``GlobalSize``, ``LocalSize`` (winbase.h), Windows 2000.
        """
        handle = arguments.handle("handle", handle)
        memory = cls.__new__(cls)
        native.GlobalMemory.__init__(memory, handle, arguments.boolean("local", local))
        return memory

    def __repr__(self) -> str:
        """Return the handle and the size."""
        if self.closed:
            return "<GlobalMemory: closed>"
        return f"<GlobalMemory: {self.size} bytes, handle {self.handle:#x}>"

    def close(self) -> None:
        """Free the memory. Closing twice is harmless.

        Raises:
            BufferError: A view of it lives.
            NtError: Windows refused.

        Source: ``GlobalFree``, ``LocalFree`` (winbase.h), Windows 2000.
        """
        super().close()

    @staticmethod
    def handle_of(address: int, *, local: bool = False) -> int:
        """Return the handle of movable memory that is locked at an address.

        Args:
            address: Where a lock showed the memory. It must be there: Windows may not notice an
                invented address.
            local: Whether it is of LocalAlloc's family.

        Raises:
            ValueError: ``address`` is out of range.
            NtError: No such memory is there.

        Source: ``GlobalHandle``, ``LocalHandle`` (winbase.h), Windows 2000.
        """
        address = arguments.address("address", address)
        return native.handle_of_global_memory(address, arguments.boolean("local", local))

    def resize(self, size: int, *, zero: bool = True) -> None:
        """Make the memory larger or smaller, and keep what fits of its content.

        The handle of movable memory stays; fixed memory may move, and its handle with it.

        Args:
            size: Bytes, above 0.
            zero: Whether bytes that are added are zeros; they are undefined otherwise.

        Raises:
            ValueError: ``size`` is out of range, or the memory was closed or detached.
            BufferError: A view of it lives.
            OutOfMemoryError: There is not so much memory. It is as it was.
            NtError: Windows refused: it is locked by somebody else, say.

        Source: ``GlobalReAlloc``, ``LocalReAlloc`` (winbase.h), Windows 2000.
        """
        self._resize(arguments.size("size", size), arguments.boolean("zero", zero))

    def detach(self) -> int:
        """Give the memory up without freeing it, and return its handle.

        For ``SetClipboardData`` and other calls after which the memory is the system's.

        Raises:
            ValueError: It was closed or detached before.
            BufferError: A view of it lives.
        """
        return super().detach()
