"""View: a section, or some of it, at addresses of this process."""

from __future__ import annotations

from ntpages import arguments
from ntpages._native import regions as regions_native
from ntpages._native import sections as native
from ntpages._native.regions import Protection
from ntpages.owner import Owner
from ntpages.regions.placeholder import Placeholder
from ntpages.regions.range import Range
from ntpages.regions.region import ProtectedRange, SpanRow
from ntpages.table import Table, adopt

__all__ = ["View"]


class View(Owner, native.View):
    """Pages of a section, unmapped on leaving the ``with`` block.

    A view is a buffer: ``memoryview(view)`` and ``numpy.frombuffer(view)`` share its bytes with
    whoever else maps the section, read-only if some page is not writable. All pages must be
    committed; ``view()`` lends a part. While such a buffer lives, the view can't be closed.

    A view lives on when its section is closed, and keeps the memory. Of a mapped file it shows what
    is in the file: where the disk, or the network, does not give a page, touching it ends the
    process, as with every mapped file.
    """

    __slots__ = ()

    def __init__(self) -> None:
        """Refuse: views come from ``Section.view()``."""
        msg = "a View comes from Section.view()"
        raise TypeError(msg)

    def __len__(self) -> int:
        """Return the size in bytes."""
        return self.size

    def __repr__(self) -> str:
        """Return where it lies, and what of the section it shows."""
        state = "closed" if self.closed else f"from offset {self.offset} of its section"
        return f"<View at {self.address:#x}: {self.size} bytes, {state}>"

    @property
    def protection(self) -> Protection:
        """What it was mapped for."""
        return Protection(self._protection)

    def view(self, offset: int = 0, size: int | None = None) -> memoryview:
        """Lend some bytes, of which all must be committed and readable; the rest need not be.

        Args:
            offset: Bytes from the start of the view.
            size: Bytes; ``None`` for all from ``offset`` on.

        Raises:
            ValueError: The bytes are not all in the view, or it is closed.
            BufferError: A page is not committed, or protected against reading.
            NtError: Windows does not say how a page stands.

        Source: ``VirtualQuery`` (memoryapi.h), Windows XP.
        """
        return memoryview(native.ViewPart(self, *arguments.part(offset, size, self.size)))

    def commit(self, offset: int = 0, size: int | None = None) -> Range:
        """Back pages of a section that was made with ``reserve`` with memory.

        They are there for all views of it, in all processes, and stay until the section goes:
        pages of a section can't be given back one by one.

        Args:
            offset: Bytes from the start of the view.
            size: Bytes; ``None`` for all from ``offset`` on.

        Returns:
            The pages that hold the bytes.

        Raises:
            ValueError: The bytes are not all in the view, or it is closed.
            OutOfMemoryError: No commit charge.
            NtError: Windows refused.

        Source: ``VirtualAlloc`` (memoryapi.h), Windows XP.
        """
        return Range(*self._commit(*arguments.part(offset, size, self.size)))

    def protect(
        self, protection: Protection, *, offset: int = 0, size: int | None = None
    ) -> ProtectedRange:
        """Change what may be done with pages, in this view alone.

        Args:
            protection: What from now on: no more than the view was mapped for.
            offset: Bytes from the start of the view.
            size: Bytes; ``None`` for all from ``offset`` on.

        Returns:
            The pages that hold the bytes, and the protection that the first of them had.

        Raises:
            ValueError: The bytes are not all in the view, or it is closed.
            BufferError: A buffer of the view is in use, and the protection forbids writing.
            InvalidAddressError: A page is not committed. No page was changed.
            NtError: Windows does not know the protection, or it is more than the view may.

        Source: ``VirtualProtect`` (memoryapi.h), Windows XP.
        """
        offset, size = arguments.part(offset, size, self.size)
        wanted = arguments.constant("protection", protection, Protection)
        start, count, old = self._protect(offset, size, wanted)
        return ProtectedRange(start, count, Protection(old))

    def flush(self, offset: int = 0, size: int | None = None) -> None:
        """Write what was changed to the file, and wait until the disk has it.

        Where no file is behind the section there is nothing to do. Where the section was opened by
        name, the bytes are handed to the system, which writes them when it sees fit: only who
        made the section with its file can wait for the disk.

        Args:
            offset: Bytes from the start of the view.
            size: Bytes; ``None`` for all from ``offset`` on.

        Raises:
            ValueError: The bytes are not all in the view, or it is closed.
            NtError: Windows refused: the disk is full, or gone.

        Source: ``FlushViewOfFile`` (memoryapi.h), ``FlushFileBuffers`` (fileapi.h), Windows XP.
        """
        self._flush(*arguments.part(offset, size, self.size))

    def spans(self, offset: int = 0, size: int | None = None) -> Table[SpanRow]:
        """Return the spans of pages of one state and one protection, in order.

        Args:
            offset: Bytes from the start of the view.
            size: Bytes; ``None`` for all from ``offset`` on.

        Returns:
            Rows of offset, size, state (``"reserve"`` or ``"commit"``) and protection.

        Raises:
            ValueError: The bytes are not all in the view, or it is closed.
            NtError: Windows refused.

        Source: ``VirtualQuery`` (memoryapi.h), Windows XP.
        """
        return adopt(self._spans(*arguments.part(offset, size, self.size)), SpanRow)

    def vacate(self) -> Placeholder:
        """Unmap it, and keep its place in the address space.

        Returns:
            What is there now. The view must have been put in the place of a placeholder.

        Raises:
            ValueError: The view is closed.
            BufferError: A buffer of the view is in use.
            UnavailableError: This Windows lacks UnmapViewOfFile2.
            NtError: The view was not put in the place of a placeholder.

        Source: ``UnmapViewOfFile2`` with MEM_PRESERVE_PLACEHOLDER (memoryapi.h), Windows 10 1803.
        """
        place = Placeholder.__new__(Placeholder)
        regions_native.Placeholder.__init__(place, self._vacate())
        return place
