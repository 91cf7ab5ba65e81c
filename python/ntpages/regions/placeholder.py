"""Placeholder: reserved addresses that are split, merged, and replaced by memory in place."""

from __future__ import annotations

from ntpages import arguments
from ntpages._native import regions as native
from ntpages._native.regions import AllocationType, Protection
from ntpages.arguments import PAGE
from ntpages.owner import Owner
from ntpages.regions.region import Region
from ntpages.regions.request import Request

__all__ = ["Placeholder"]


class Placeholder(Owner, native.Placeholder):
    """A place in the address space that nobody else can take, and that holds nothing.

    Split it at any page, merge it with the one behind it, and put memory in its place with
    ``replace()``: neighbours stay neighbours, which separate allocations never promise.
    """

    __slots__ = ()

    def __init__(
        self,
        size: int,
        *,
        at: int | None = None,
        top_down: bool = False,
        alignment: int | None = None,
        lowest: int | None = None,
        highest: int | None = None,
    ) -> None:
        """Reserve ``size`` bytes.

        Args:
            size: Bytes, above 0, rounded up to whole pages.
            at: As for ``Region``, and so are the others.
            top_down: Choose the highest address that will do.
            alignment: Bytes.
            lowest: Address.
            highest: Address.

        Raises:
            ValueError: An argument breaks its rule.
            OutOfMemoryError: No address space.
            UnavailableError: This Windows lacks VirtualAlloc2.

        Source: ``VirtualAlloc2`` with MEM_RESERVE_PLACEHOLDER (memoryapi.h), Windows 10 1803.
        """
        wishes = locals()
        request = Request.of({**wishes, "commit": False})
        request.type |= AllocationType.RESERVE_PLACEHOLDER
        request.protection = Protection.NOACCESS
        native.Placeholder.__init__(self, request.allocate())

    def __repr__(self) -> str:
        """Return where it lies."""
        state = "closed" if self.closed else f"{self.size} bytes"
        return f"<Placeholder at {self.address:#x}: {state}>"

    @classmethod
    def of(cls, region: Region) -> Placeholder:
        """Give a region's memory back, and keep its place.

        Args:
            region: One that was made in the place of a placeholder. It is closed.

        Raises:
            BufferError: A view of the region is in use.
            NtError: The region was not made in the place of a placeholder.

        Source: ``VirtualFree`` with MEM_PRESERVE_PLACEHOLDER (memoryapi.h), Windows 10 1803.
        """
        arguments.instance("region", region, Region)
        place = cls.__new__(cls)
        native.Placeholder.__init__(place, region)
        return place

    def split(self, offset: int) -> Placeholder:
        """Split the place in two. This one keeps what is before ``offset``.

        Args:
            offset: Bytes from the start, whole pages, inside the placeholder.

        Returns:
            What begins at ``offset``.

        Raises:
            ValueError: The offset is no page inside, or the placeholder is closed.

        Source: ``VirtualFree`` with MEM_PRESERVE_PLACEHOLDER (memoryapi.h), Windows 10 1803.
        """
        offset = arguments.multiple("offset", offset, PAGE, least=PAGE, most=self.size - PAGE)
        rest = type(self).__new__(type(self))
        native.Placeholder.__init__(rest, self, offset)
        return rest

    def merge(self, following: Placeholder) -> None:
        """Take in the placeholder that begins where this one ends. It is closed.

        Args:
            following: The other one.

        Raises:
            ValueError: It begins elsewhere, or is this one, or one of the two is closed.

        Source: ``VirtualFree`` with MEM_COALESCE_PLACEHOLDERS (memoryapi.h), Windows 10 1803.
        """
        self._merge(arguments.instance("following", following, Placeholder))

    def replace(
        self,
        *,
        commit: bool = True,
        protection: Protection = Protection.READWRITE,
        node: int | None = None,
    ) -> Region:
        """Put memory in this place, which is closed.

        Args:
            commit: As for ``Region``, and so are the others.
            protection: Of the pages.
            node: NUMA node whose memory is preferred.

        Returns:
            The region that is there now.

        Raises:
            OutOfMemoryError: No memory, or no commit charge.
            UnavailableError: This Windows lacks VirtualAlloc2.

        Source: ``VirtualAlloc2`` with MEM_REPLACE_PLACEHOLDER (memoryapi.h), Windows 10 1803.
        """
        return Region(self.size, commit=commit, protection=protection, node=node, placeholder=self)

    def close(self) -> None:
        """Free the addresses. Closing twice is harmless.

        Source: ``VirtualFree`` (memoryapi.h), Windows XP.
        """
        super().close()
