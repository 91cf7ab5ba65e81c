from typing_extensions import Buffer

from ntpages._native.regions.placeholder import Placeholder
from ntpages._native.regions.request import Allocation
from ntpages._native.sections.section import Section
from ntpages._native.table import Table

class View(Buffer):
    # Sizes and offsets in bytes; pairs are an offset and a size.

    def __init__(
        self, section: Section, wishes: tuple[int, ...], place: Placeholder | None
    ) -> None: ...
    @property
    def closed(self) -> bool:
        """Whether it was unmapped."""
    @property
    def address(self) -> int:
        """Address of the first byte. Once the view is closed, where it was."""
    @property
    def size(self) -> int:
        """Bytes: as many as were asked for. Stays when it is closed."""
    @property
    def offset(self) -> int:
        """Bytes from the start of the section."""
    @property
    def page_size(self) -> int:
        """Bytes of each of its pages, as they were found to be when it was mapped.

        Windows since 10 1703 may map a section of large pages with small ones, and says nothing.
        """
    @property
    def committed(self) -> int:
        """Bytes that are committed right now, by whichever process: whole pages.

        Raises:
            ValueError: The view is closed.

        Source: ``VirtualQuery`` (memoryapi.h), Windows XP.
        """
    def close(self) -> None:
        """Unmap it. Closing twice is harmless.

        Raises:
            BufferError: A buffer of the view is in use.
            NtError: Windows refused.

        Source: ``UnmapViewOfFile`` (memoryapi.h), Windows XP.
        """
    @property
    def _protection(self) -> int: ...
    def _vacate(self) -> Allocation: ...
    def _spans(self, offset: int, size: int) -> Table: ...
    def _commit(self, offset: int, size: int) -> tuple[int, int]: ...
    def _protect(self, offset: int, size: int, protection: int) -> tuple[int, int, int]: ...
    def _flush(self, offset: int, size: int) -> None: ...

class ViewPart(Buffer):
    def __init__(self, view: View, offset: int, size: int) -> None: ...
