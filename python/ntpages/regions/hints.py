"""Hints: what a program may tell the system of pages it holds, to be paged and saved less."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages._native import regions as native
from ntpages._native.regions import OfferPriority
from ntpages.ranges import Range, checked

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

        Source: ``PrefetchVirtualMemory`` (memoryapi.h), Windows 8.
        """
        wanted = [
            (each.offset, each.size) if isinstance(each, Range) else each
            for each in ([Range(0, self.size)] if ranges is None else ranges)
        ]
        if not wanted:
            msg = "ranges must name at least one range"
            raise ValueError(msg)
        for offset, size in wanted:
            checked(offset, size, self.size)
        self._prefetch(wanted)

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

        Source: ``OfferVirtualMemory`` (memoryapi.h), Windows 8.1.
        """
        bytes_ = checked(offset, size, self.size, whole_pages=True)
        self._offer(bytes_.offset, bytes_.size, priority)

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
        bytes_ = checked(offset, size, self.size, whole_pages=True)
        return self._reclaim(bytes_.offset, bytes_.size)

    def discard(self, offset: int = 0, size: int | None = None) -> None:
        """Give up what pages hold, now. They stay committed; what they hold then is undefined.

        Args:
            offset: Bytes from the start, whole pages.
            size: Bytes, whole pages; ``None`` for all from ``offset`` on.

        Raises:
            ValueError: They are no whole pages of the region, or it is closed.
            BufferError: Snapshots of the region are open.
            UnavailableError: This Windows is older than 8.1.

        Source: ``DiscardVirtualMemory`` (memoryapi.h), Windows 8.1.
        """
        bytes_ = checked(offset, size, self.size, whole_pages=True)
        self._discard(bytes_.offset, bytes_.size)

    def reset(self, offset: int = 0, size: int | None = None) -> None:
        """Say that what pages hold is not needed: it is not written to the page file.

        They stay committed, and read as what they held or as zeros.

        Args:
            offset: Bytes from the start, whole pages.
            size: Bytes, whole pages; ``None`` for all from ``offset`` on.

        Raises:
            ValueError: They are no whole pages of the region, or it is closed.
            BufferError: Snapshots of the region are open.

        Source: ``VirtualAlloc`` with MEM_RESET (memoryapi.h), Windows XP.
        """
        bytes_ = checked(offset, size, self.size, whole_pages=True)
        self._reset(bytes_.offset, bytes_.size)

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
        bytes_ = checked(offset, size, self.size, whole_pages=True)
        return self._undo_reset(bytes_.offset, bytes_.size)
