"""Hints: what a program may tell the system of pages it holds, to be paged and saved less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import arguments
from ntpages._native import regions as native
from ntpages._native.regions import OfferPriority
from ntpages.regions.range import Range

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["HintedPages"]


class HintedPages(native.Region):
    """The part of ``ntpages.regions.Region`` that gives hints."""

    __slots__ = ()

    def prefetch(self, ranges: Iterable[Range | tuple[int, int]] | None = None) -> None:
        """Bring pages into memory, many ranges with one call and large reads.

        Args:
            ranges: Offset and size of each; ``None`` for the whole region.

        Raises:
            ValueError: A range is not all in the region, there is none, or it is closed.
            NtError: Windows refused.

        Source: ``PrefetchVirtualMemory`` (memoryapi.h), Windows 8.
        """
        total = self.size
        wanted = [Range(0, total)] if ranges is None else arguments.each("ranges", ranges, _range)
        if not wanted:
            msg = "ranges must name at least one range"
            raise ValueError(msg)
        self._prefetch([arguments.part(each.offset, each.size, total) for each in wanted])

    def offer(
        self,
        offset: int = 0,
        size: int | None = None,
        *,
        priority: OfferPriority = OfferPriority.NORMAL,
    ) -> None:
        """Let the system take the memory of pages without saving it, if it needs some.

        The pages are inaccessible until ``reclaim()``, so no view may be in use.

        Args:
            offset: Bytes from the start, whole pages.
            size: Bytes, whole pages; ``None`` for all from ``offset`` on.
            priority: The lower, the sooner it is taken.

        Raises:
            ValueError: They are no whole pages of the region, or it is closed.
            BufferError: A view of the region is in use.
            UnavailableError: This Windows is older than 8.1.
            NtError: Windows refused.

        Source: ``OfferVirtualMemory`` (memoryapi.h), Windows 8.1.
        """
        level = arguments.constant("priority", priority, OfferPriority)
        self._offer(*self._pages(offset, size), level)

    def reclaim(self, offset: int = 0, size: int | None = None) -> bool:
        """Take offered pages back.

        Args:
            offset: Bytes from the start, whole pages.
            size: Bytes, whole pages; ``None`` for all from ``offset`` on.

        Returns:
            Whether they hold what they held; ``False`` if the system took some of it.

        Raises:
            ValueError: They are no whole pages of the region, or it is closed.
            NtError: They were not offered.
            UnavailableError: This Windows is older than 8.1.

        Source: ``ReclaimVirtualMemory`` (memoryapi.h), Windows 8.1.
        """
        return self._reclaim(*self._pages(offset, size))

    def discard(self, offset: int = 0, size: int | None = None) -> None:
        """Give up what pages hold, now. They stay committed; what they hold then is undefined.

        Args:
            offset: Bytes from the start, whole pages.
            size: Bytes, whole pages; ``None`` for all from ``offset`` on.

        Raises:
            ValueError: They are no whole pages of the region, or it is closed.
            BufferError: Snapshots of the region are open.
            UnavailableError: This Windows is older than 8.1.
            NtError: Windows refused.

        Source: ``DiscardVirtualMemory`` (memoryapi.h), Windows 8.1.
        """
        self._discard(*self._pages(offset, size))

    def reset(self, offset: int = 0, size: int | None = None) -> None:
        """Say that what pages hold is not needed: it is not written to the page file.

        They stay committed, and read as what they held or as zeros.

        Args:
            offset: Bytes from the start, whole pages.
            size: Bytes, whole pages; ``None`` for all from ``offset`` on.

        Raises:
            ValueError: They are no whole pages of the region, or it is closed.
            BufferError: Snapshots of the region are open.
            OutOfMemoryError: Windows refused.

        Source: ``VirtualAlloc`` with MEM_RESET (memoryapi.h), Windows XP.
        """
        self._reset(*self._pages(offset, size))

    def undo_reset(self, offset: int = 0, size: int | None = None) -> bool:
        """Take ``reset()`` back.

        Args:
            offset: Bytes from the start, whole pages, all reset before.
            size: Bytes, whole pages; ``None`` for all from ``offset`` on.

        Returns:
            Whether they hold what they held; ``False`` if some read as zeros now. A page that was
            never written may count as lost.

        Raises:
            ValueError: They are no whole pages of the region, or it is closed.
            NtError: This Windows does not offer it, or noticed that pages were not reset.

        Source: ``VirtualAlloc`` with MEM_RESET_UNDO (memoryapi.h), Windows 8.
        """
        return self._undo_reset(*self._pages(offset, size))

    def _pages(self, offset: int, size: int | None) -> tuple[int, int]:
        return arguments.part(offset, size, self.size, whole_pages=True)


def _range(name: str, value: Range | tuple[int, int]) -> Range:
    try:
        return value if isinstance(value, Range) else Range(*value)
    except TypeError:
        msg = f"{name} must be a Range, or an offset and a size, not {value!r}"
        raise TypeError(msg) from None
