"""Region: address space that is reserved, committed page by page, and given back."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ntpages import arguments, privileges
from ntpages._native import regions as native
from ntpages._native.regions import Attribute, Protection
from ntpages.errors import NtError
from ntpages.owner import Owner
from ntpages.regions import large_pages as large
from ntpages.regions.hints import HintedPages
from ntpages.regions.range import Range
from ntpages.regions.request import Request
from ntpages.table import Table, adopt
from ntpages.table.preview import repr_html

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntpages._native.partitions import Partition
    from ntpages.regions.large_pages import Attempt
    from ntpages.regions.placeholder import Placeholder

__all__ = ["ProtectedRange", "Region", "SpanRow"]

_WORKING_SET_QUOTA = 1453  # ERROR_WORKING_SET_QUOTA


class SpanRow(NamedTuple):
    """Pages of one state and one protection, side by side."""

    offset: int
    size: int
    state: str
    protection: Protection


@dataclass(frozen=True, slots=True)
class ProtectedRange(Range):
    """Bytes whose protection was changed."""

    old: Protection
    """Protection of the first page until then."""


class Region(Owner, HintedPages):
    """Pages of the process's address space, freed on leaving the ``with`` block.

    A region is a buffer: ``memoryview(region)`` and ``numpy.frombuffer(region)`` share its pages
    without copying, read-only if some page is not writable. All pages must be committed and
    readable; ``view()`` lends a part. While a view lives, nothing takes pages away from under
    it: closing, decommitting, offering and protecting against access raise ``BufferError``.

    Offsets and sizes are bytes. Windows works in pages of 4096, so a call affects every page that
    holds one of the bytes, and returns what it really affected. Methods may be called from any
    thread.
    """

    __slots__ = ()

    def __init__(
        self,
        size: int,
        *,
        commit: bool = True,
        protection: Protection = Protection.READWRITE,
        at: int | None = None,
        top_down: bool = False,
        write_watch: bool = False,
        large_pages: bool = False,
        defragment: bool = False,
        on_attempt: Callable[[Attempt], object] | None = None,
        node: int | None = None,
        only_node: bool = False,
        alignment: int | None = None,
        lowest: int | None = None,
        highest: int | None = None,
        attributes: Attribute = Attribute.NONE,
        partition: Partition | int | None = None,
        machine: int | None = None,
        from_app: bool = False,
        placeholder: Placeholder | None = None,
    ) -> None:
        """Reserve addresses, and commit them. The pages read as zeros.

        Args:
            size: Bytes, above 0, rounded up to whole pages. With ``large_pages`` a multiple of
                ``ntpages.system.large_page_size()``.
            commit: Back every page with memory now; ``False`` reserves the addresses only.
            protection: Of the pages committed now, and by ``commit()`` later.
            at: Address to start at, a multiple of 64 KiB; ``None`` lets Windows choose.
            top_down: Choose the highest address that will do.
            write_watch: Record which pages are written, for ``ntpages.write_watch``.
            large_pages: Back with large pages: fewer TLB misses, never paged out, all committed
                now. The privilege is enabled for the length of the call. Never falls back to
                small pages by itself; see ``defragment`` and ``page_size``.
            defragment: Where no large pages are free, purge the memory lists if that is allowed and
                try again, then try smaller ones: 1 GiB, 2 MiB, at last 4 KiB. ``page_size`` says
                what was got.
            on_attempt: Called with each ``Attempt`` at large pages.
            node: NUMA node whose memory is preferred.
            only_node: Fail rather than take the memory of another node.
            alignment: Of the address: a power of two, at least 64 KiB.
            lowest: First address that will do, a multiple of 64 KiB.
            highest: Last address that will do, one less than a multiple of a page.
            attributes: What only VirtualAlloc2 offers, such as pages that are never paged out.
            partition: Memory partition to allocate from, one of ``ntpages.partitions`` or a handle;
                stays the caller's.
            machine: Processor that code in it is for, an ``IMAGE_FILE_MACHINE`` number such as
                0x8664 (x64) or 0xAA64 (ARM64).
            from_app: Make only the calls that app containers may make. They allow less: no memory
                that is executable from the start, none that can be written and executed at once.
            placeholder: Take the place of this one, which is closed. ``size`` is its size.

        Raises:
            ValueError: An argument breaks its rule.
            OutOfMemoryError: No memory, no commit charge, no address space, or no large pages.
            InvalidAddressError: Something is at ``at`` already.
            PrivilegeNotHeldError: ``large_pages`` or non-paged ``attributes`` without
                ``SeLockMemoryPrivilege``; the message says how to get it.
            UnavailableError: The wish needs VirtualAlloc2, or the calls of app containers, which
                this Windows lacks.
            NtError: A protection that app containers may not have (87).

        Needs: ``SeLockMemoryPrivilege`` for large or non-paged pages;
        ``SeProfileSingleProcessPrivilege`` to purge for ``defragment``.

        Source: ``VirtualAlloc`` (memoryapi.h), Windows XP; ``VirtualAllocExNuma``, Windows Vista;
        ``VirtualAlloc2``, Windows 10 1803. Without it, ``alignment``, ``lowest`` and ``highest``
        are served by a search of the address space. ``VirtualAllocFromApp``, Windows 10;
        ``VirtualAlloc2FromApp``, Windows 10 1803.
        """
        asked = (
            commit, protection, at, top_down, write_watch, large_pages, defragment, on_attempt,
            node, only_node, alignment, lowest, highest, attributes, partition, machine,
            from_app, placeholder,
        )  # fmt: skip
        # What costs least shall stay so.
        if asked != _ORDINARY or not self._make_ordinary(size):
            wishes = locals()
            del wishes["self"], wishes["asked"]
            native.Region.__init__(self, _allocate(wishes))

    def __len__(self) -> int:
        """Return the size in bytes."""
        return self.size

    def __repr__(self) -> str:
        """Return where the region lies, and what of it is committed."""
        state = "closed" if self.closed else f"{self.committed} committed"
        return f"<Region at {self.address:#x}: {self.size} bytes, {state}>"

    def _repr_html_(self) -> str:
        """Return the same for a notebook, and below it what its pages are."""
        return repr_html(self, None if self.closed else self.spans())

    def view(self, offset: int = 0, size: int | None = None) -> memoryview:
        """Lend some bytes, of which all must be committed and readable; the rest need not be.

        Args:
            offset: Bytes from the start.
            size: Bytes; ``None`` for all from ``offset`` on.

        Raises:
            ValueError: The bytes are not all in the region, or it is closed.
            BufferError: A page is not committed, or protected against reading, or was offered.
            NtError: Windows does not say how a page stands.

        Source: ``VirtualQuery`` (memoryapi.h), Windows XP.
        """
        return memoryview(native.RegionPart(self, *arguments.part(offset, size, self.size)))

    def commit(
        self, offset: int = 0, size: int | None = None, *, protection: Protection | None = None
    ) -> Range:
        """Back pages with memory. Those that are backed keep their contents and protection.

        Args:
            offset: Bytes from the start.
            size: Bytes; ``None`` for all from ``offset`` on.
            protection: Of the new pages; ``None`` for the region's own.

        Returns:
            The pages that hold the bytes.

        Raises:
            ValueError: The bytes are not all in the region, or it is closed.
            OutOfMemoryError: No commit charge. Nothing stays committed by halves.
            NtError: Windows does not know the protection, or not for private memory.

        Source: ``VirtualAlloc`` (memoryapi.h), Windows XP.
        """
        offset, size = arguments.part(offset, size, self.size)
        of_the_new = 0 if protection is None else _protection(protection)
        return Range(*self._commit(offset, size, of_the_new))

    def decommit(self, offset: int = 0, size: int | None = None) -> Range:
        """Give pages back and keep their addresses. Committed again, they read as zeros.

        Args:
            offset: Bytes from the start.
            size: Bytes; ``None`` for all from ``offset`` on. A page goes if one of its bytes does.

        Returns:
            The pages that hold the bytes.

        Raises:
            ValueError: The bytes are not all in the region, or it is closed.
            BufferError: A view of the region is in use.

        Source: ``VirtualFree`` (memoryapi.h), Windows XP.
        """
        return Range(*self._decommit(*arguments.part(offset, size, self.size)))

    def protect(
        self, protection: Protection, *, offset: int = 0, size: int | None = None
    ) -> ProtectedRange:
        """Change what may be done with pages.

        Locked pages are unlocked where they are made ``NOACCESS`` or ``GUARD``.

        Args:
            protection: What from now on.
            offset: Bytes from the start.
            size: Bytes; ``None`` for all from ``offset`` on.

        Returns:
            The pages that hold the bytes, and the protection that the first of them had.

        Raises:
            ValueError: The bytes are not all in the region, or it is closed.
            BufferError: A view of the region is in use, and the protection forbids writing.
            InvalidAddressError: A page is not committed. No page was changed.
            NtError: Windows does not know the protection, or not for private memory.

        Source: ``VirtualProtect`` (memoryapi.h), Windows XP; of a region that was made
        ``from_app``, ``VirtualProtectFromApp``, Windows 10.
        """
        offset, size = arguments.part(offset, size, self.size)
        start, count, old = self._protect(offset, size, _protection(protection))
        return ProtectedRange(start, count, Protection(old))

    @contextlib.contextmanager
    def protected(
        self, protection: Protection, *, offset: int = 0, size: int | None = None
    ) -> Iterator[ProtectedRange]:
        """Change what may be done with pages for the length of a ``with`` block.

        Every page gets back the protection that it had, also where they differed; which bytes of
        code may be called indirectly (CFG) stays as it was.

        Args:
            protection: What inside the block.
            offset: Bytes from the start.
            size: Bytes; ``None`` for all from ``offset`` on.

        Yields:
            What ``protect()`` returns.

        Raises:
            BufferError: A view of the region is in use, when entering or leaving.
            Exception: What ``protect()`` raises. On leaving, every page is tried first. Those that
                were refused are tried again when a view ends, and with the next change.

        Source: as ``protect()``.
        """
        offset, size = arguments.part(offset, size, self.size)
        wanted = _protection(protection)
        with native.ProtectedPages(self, offset, size, wanted) as (start, count, old):
            yield ProtectedRange(start, count, Protection(old))

    def lock(self, offset: int = 0, size: int | None = None, *, raise_limit: bool = True) -> Range:
        """Keep pages in memory: they are never paged out while they are locked.

        A process may lock a little less than its minimum working set. Where that is too small, it
        is raised, and lowered again when the pages are unlocked. Pages that are decommitted, or
        protected as ``NOACCESS`` or ``GUARD``, are unlocked by that.

        Args:
            offset: Bytes from the start.
            size: Bytes; ``None`` for all from ``offset`` on.
            raise_limit: Whether the minimum working set may be raised.

        Returns:
            The pages that hold the bytes.

        Raises:
            ValueError: The bytes are not all in the region, or it is closed.
            OutOfMemoryError: The minimum working set is too small; the message tells it.
            PrivilegeNotHeldError: It may not be raised that far.
            NtError: A page is not committed, or may not be accessed.

        Source: ``VirtualLock``, ``SetProcessWorkingSetSizeEx`` (memoryapi.h), Windows XP.
        """
        offset, size = arguments.part(offset, size, self.size)
        raise_limit = arguments.boolean("raise_limit", raise_limit)
        try:
            return Range(*self._lock(offset, size, raise_limit=False))
        except NtError as error:
            if error.code != _WORKING_SET_QUOTA or not raise_limit:
                raise
        with privileges.enabled_if_held("SeIncreaseWorkingSetPrivilege"):
            return Range(*self._lock(offset, size, raise_limit=True))

    def unlock(self, offset: int = 0, size: int | None = None) -> Range:
        """Let pages be paged out again, and lower the limits that ``lock()`` raised.

        Args:
            offset: Bytes from the start.
            size: Bytes; ``None`` for all from ``offset`` on.

        Returns:
            The pages that hold the bytes.

        Raises:
            ValueError: The bytes are not all in the region, or it is closed.
            NtError: None of the pages is locked.

        Warns:
            RuntimeWarning: The pages are unlocked, but Windows refused to lower the limits of the
                working set. Whatever unlocks pages of a region warns of that: also
                ``decommit()``, ``close()`` and the end of ``locked()``. Each tries again to lower
                all that is left, of regions that are gone as well.

        Source: ``VirtualUnlock``, ``SetProcessWorkingSetSizeEx`` (memoryapi.h), Windows XP.
        """
        return Range(*self._unlock(*arguments.part(offset, size, self.size)))

    @contextlib.contextmanager
    def locked(
        self, offset: int = 0, size: int | None = None, *, raise_limit: bool = True
    ) -> Iterator[None]:
        """Lock pages for the length of a ``with`` block. Those locked before it stay locked.

        Args:
            offset: As for ``lock()``, and so are ``size`` and ``raise_limit``.
            size: Bytes.
            raise_limit: Whether the minimum working set may be raised.

        Raises:
            Exception: What ``lock()`` raises.

        Warns:
            RuntimeWarning: As ``unlock()``, at the end.

        Source: as ``lock()`` and ``unlock()``.
        """
        offset, size = arguments.part(offset, size, self.size)
        raise_limit = arguments.boolean("raise_limit", raise_limit)
        with native.LockedPages(self, offset, size) as unlocked:
            for part in unlocked:
                self.lock(*part, raise_limit=raise_limit)
            yield

    def spans(self, offset: int = 0, size: int | None = None) -> Table[SpanRow]:
        """Return the spans of pages of one state and one protection, in order.

        Args:
            offset: Bytes from the start.
            size: Bytes; ``None`` for all from ``offset`` on.

        Returns:
            Rows of offset, size, state (``"reserve"`` or ``"commit"``) and protection.

        Raises:
            ValueError: The bytes are not all in the region, or it is closed.
            NtError: Windows refused.

        Source: ``VirtualQuery`` (memoryapi.h), Windows XP.
        """
        offset, size = arguments.part(offset, size, self.size)
        return adopt(self._spans(offset, size), SpanRow)


_ORDINARY = tuple((Region.__init__.__kwdefaults__ or {}).values())


def _protection(protection: int) -> int:
    return arguments.constant("protection", protection, Protection)


def _allocate(wishes: dict[str, Any]) -> native.Allocation:
    if wishes["placeholder"] is not None:
        return Request.of(wishes).replace(wishes["placeholder"])
    return large.allocate(wishes, Request.allocate)
