from collections.abc import Sequence
from enum import IntEnum

from typing_extensions import Buffer

from ntpages._native.regions.request import Allocation
from ntpages._native.table import Table

class OfferPriority(IntEnum):
    """How long the system waits before it takes offered memory."""

    VERY_LOW = 1
    LOW = 2
    BELOW_NORMAL = 3
    NORMAL = 4

class Region(Buffer):
    # Sizes and offsets in bytes; pairs are an offset and a size.

    def __init__(self, allocation: Allocation) -> None: ...
    def _make_ordinary(self, size: int) -> bool: ...  # False: not with such a size
    @property
    def closed(self) -> bool:
        """Whether it was freed: by ``close()``, or to leave a ``Placeholder``."""
    @property
    def address(self) -> int:
        """Address of the first byte. Once the region is closed, where it was."""
    @property
    def size(self) -> int:
        """Bytes: whole pages. Stays when it is closed."""
    @property
    def page_size(self) -> int:
        """Bytes of each of its pages: 4 KiB, or of large pages 2 MiB or 1 GiB.

        Raises:
            ValueError: The region is closed.
            NtError: Windows does not say which large pages it took.

        Source: ``GetLargePageMinimum`` (memoryapi.h), Windows Vista;
        ``QueryVirtualMemoryInformation``, Windows 10 1607.
        """
    @property
    def committed(self) -> int:
        """Bytes that are committed right now: whole pages, also those that are offered.

        Raises:
            ValueError: The region is closed.

        Source: ``VirtualQuery`` (memoryapi.h), Windows XP.
        """
    @property
    def write_watch(self) -> bool:
        """Whether Windows records which pages are written, for ``ntpages.write_watch``."""
    def close(self) -> None:
        """Free the region. Closing twice is harmless.

        Raises:
            BufferError: A view of the region is in use, or ``Snapshots`` follow it.
            NtError: Windows refused.

        Warns:
            RuntimeWarning: As ``unlock()``, where pages were locked.

        Source: ``VirtualFree`` (memoryapi.h), Windows XP.
        """
    def _commit(self, offset: int, size: int, protection: int) -> tuple[int, int]: ...
    def _decommit(self, offset: int, size: int) -> tuple[int, int]: ...
    def _protect(self, offset: int, size: int, protection: int) -> tuple[int, int, int]: ...
    def _lock(self, offset: int, size: int, raise_limit: bool) -> tuple[int, int]: ...
    def _unlock(self, offset: int, size: int) -> tuple[int, int]: ...
    def _prefetch(self, ranges: Sequence[tuple[int, int]]) -> None: ...
    def _offer(self, offset: int, size: int, priority: int) -> None: ...
    def _reclaim(self, offset: int, size: int) -> bool: ...
    def _discard(self, offset: int, size: int) -> None: ...
    def _reset(self, offset: int, size: int) -> None: ...
    def _undo_reset(self, offset: int, size: int) -> bool: ...
    def _spans(self, offset: int, size: int) -> Table: ...

class RegionPart(Buffer):
    def __init__(self, region: Region, offset: int, size: int) -> None: ...
