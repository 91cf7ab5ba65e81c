"""Ring: bytes from a producer to a consumer, in memory whose end lies beside its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import arguments
from ntpages._native import sections as native
from ntpages._native.regions import Protection
from ntpages.arguments import ADDRESS_SPACE
from ntpages.owner import Owner
from ntpages.sections import request
from ntpages.sections.request import GRAIN, Request

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Ring"]


class Ring(Owner, native.Ring):
    """A buffer of bytes between one producer and one consumer, threads or processes.

    Its memory is mapped twice, side by side, so that whatever is in it, and whatever room there is,
    is one piece: nothing is ever cut in two at the end. ``push()``, ``pull()`` and ``pull_into()``
    copy in and out; ``reserve()`` and ``peek()`` lend the bytes themselves, for
    ``socket.recv_into()``, NumPy or ``struct``, and ``publish()`` and ``consume()`` move on.

    One thread at a time may push, and one may pull: neither waits for the other, nor needs a lock,
    nor Python's. Nothing blocks: where there is no room, or nothing in it, that is what is told.
    A ring with a name may have its ends in two processes. What is in a ring whose other end is not
    to be trusted is data: it can't make this end read or write beyond the ring.
    """

    __slots__ = ()

    def __init__(
        self,
        size: int,
        *,
        name: str | None = None,
        security: str | None = None,
        exist_ok: bool = False,
    ) -> None:
        r"""Make a ring, with nothing in it.

        Args:
            size: Bytes that it shall hold, above 0, rounded up to a multiple of 64 KiB.
            name: By which another process opens it; see ``Section`` for this and the others.
            security: Who may open it, as SDDL text.
            exist_ok: Take the ring of this name and size if there is one.

        Raises:
            ValueError: An argument breaks its rule; with ``exist_ok``, the section is no ring.
            AlreadyExistsError: There is a section of this name, or one of another size.
            AccessDeniedError: Of a name in ``Global\`` without the privilege.
            OutOfMemoryError: No commit charge, or no address space.
            InvalidAddressError: Other threads took each place that was tried.
            NtError: The name is that of an event or the like; the security is no SDDL.

        Source: ``CreateFileMappingNumaW`` (memoryapi.h), Windows Vista; ``VirtualAlloc2`` and
        ``MapViewOfFile3`` with placeholders, Windows 10 1803; without these, ``VirtualAlloc`` and
        ``MapViewOfFileEx``, Windows XP, of addresses that were free a moment ago.
        """
        least = arguments.size("size", size, most=ADDRESS_SPACE // 4)
        whole = (least + GRAIN - 1) // GRAIN * GRAIN
        wish = Request(
            whole + native.RING_OVERHEAD,
            int(Protection.READWRITE),
            name=request.name("name", name),
            security="" if security is None else arguments.name("security", security),
            existing=arguments.boolean("exist_ok", exist_ok),
        )
        with request.explained(wish.name):
            native.Ring.__init__(self, wish)

    @classmethod
    def open(cls, name: str) -> Self:
        """Open a ring that another process, or this one, has open.

        Args:
            name: What its maker called it, prefix and all.

        Raises:
            ValueError: The name breaks its rule, or is that of a section that is no ring.
            NotFoundError: Nobody has one of this name open, now.
            AccessDeniedError: Its security does not let it be written to.
            OutOfMemoryError: No address space.
            InvalidAddressError: Other threads took each place that was tried.
            NtError: The name is that of an event or the like.

        Source: ``OpenFileMappingW`` (memoryapi.h), Windows XP; the rest as ``Ring``.
        """
        named = request.name("name", arguments.instance("name", name, str))
        ring = cls.__new__(cls)
        with request.explained(named):
            native.Ring.__init__(ring, named)
        return ring

    def __repr__(self) -> str:
        """Return how much is in it."""
        state = "closed" if self.closed else f"{self.filled} of {self.size} bytes"
        name = f" {self.name!r}" if self.name else ""
        return f"<Ring{name} at {self.address:#x}: {state}>"

    @property
    def room(self) -> int:
        """Bytes that can be pushed now.

        Raises:
            ValueError: The ring is closed.
        """
        return self.size - self.filled

    def reserve(self, size: int | None = None) -> memoryview:
        """Lend room, to be written in place. Nobody sees it before ``publish()``.

        Args:
            size: Bytes; ``None`` for all the room there is.

        Raises:
            ValueError: It would never fit, or the ring is closed.
            BufferError: There is no room for it now.
        """
        size = self.room if size is None else arguments.size("size", size, most=self.size)
        return memoryview(native.RingPart(self, size, room=True))

    def publish(self, size: int) -> None:
        """Let the consumer have bytes that were written to what ``reserve()`` lent.

        Args:
            size: Bytes, from its start: as many as were written, or fewer.

        Raises:
            ValueError: There was no room for so many, or the ring is closed.
        """
        self._publish(arguments.size("size", size, least=0, most=self.room))

    def peek(self, size: int | None = None) -> memoryview:
        """Lend what is in it, from what was pushed first, read-only. It stays in.

        Args:
            size: Bytes; ``None`` for all there are.

        Raises:
            ValueError: There never are so many, or the ring is closed.
            BufferError: There are fewer now.
        """
        size = 0 if size is None else arguments.size("size", size, most=self.size)
        return memoryview(native.RingPart(self, size, room=False))

    def consume(self, size: int) -> None:
        """Give the room of bytes back to the producer, those that ``peek()`` lends first.

        Args:
            size: Bytes.

        Raises:
            ValueError: There are fewer, or the ring is closed.
        """
        self._consume(arguments.size("size", size, least=0, most=self.filled))
