"""One process: its counters and its memory. Public as ``ntpages.processes.Process``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ntpages import arguments, regions
from ntpages._native import processes as native
from ntpages.arguments import LAST_ADDRESS, PAGE
from ntpages.owner import Owner
from ntpages.processes.pieces import Pieces
from ntpages.processes.scan import ScanResult, scan
from ntpages.regions import Protection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from typing_extensions import Buffer

    from ntpages.processes.pattern import Pattern
    from ntpages.regions import RegionRow
    from ntpages.table import Table

__all__ = ["Process"]


class Process(Owner, native.Process):
    """A process whose memory is looked at: another one, or this one.

    Its id can't come to name another process while this is open. Each operation opens the
    process for what it needs, once. Close it, or use it in a ``with`` block.
    """

    __slots__ = ()

    def __init__(self, pid: int) -> None:
        """Find a process.

        Args:
            pid: Its id.

        Raises:
            ValueError: ``pid`` can't be an id. 0 names no process that can be opened.
            NoSuchProcessError: There is no such process.

        Source: ``OpenProcess`` (``processthreadsapi.h``), Windows XP.
        """
        super().__init__(arguments.pid("pid", pid))

    def __repr__(self) -> str:
        """Return the id, and whether it is closed."""
        return f"<Process {self.pid}{' closed' if self.closed else ''}>"

    def regions(self) -> Table[RegionRow]:
        """Return its address space, see ``ntpages.regions.walk()``.

        Raises:
            ValueError: The process is closed, or was while it was looked at: its id may be of
                another one by then.
            NoSuchProcessError: It has exited.
            Exception: What ``ntpages.regions.walk()`` raises.

        Source: as ``ntpages.regions.walk()``.
        """
        self._keep_id()
        found = regions.walk(self.pid)
        self._keep_id()
        return found

    def read(self, address: int, size: int, *, partial: bool = False) -> bytes:
        """Read memory.

        Reading a guard page uses up its guard, as if the process itself had touched it.

        Args:
            address: Where to begin.
            size: Bytes.
            partial: Return what comes before the first page that can't be read, if only part of
                it can be. The length tells how much that is.

        Needs: ``PROCESS_VM_READ``.

        Raises:
            InvalidAddressError: Part of it can't be read; the message says how much can be.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.
            MemoryError: There is none here for so many bytes.

        Source: ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        size = arguments.size("size", size, least=0)
        partial = arguments.boolean("partial", partial)
        return self._read(arguments.address("address", address), size, partial)

    def read_into(self, address: int, buffer: Buffer, *, partial: bool = False) -> int:
        """Read memory straight into a buffer, as much as it holds, and return how much that was.

        Args:
            address: Where to begin.
            buffer: Anything writable and contiguous: a ``bytearray``, an array, a region.
            partial: Stop before the first page that can't be read instead of failing. What lies
                behind in the buffer is not defined then.

        Needs: ``PROCESS_VM_READ``.

        Raises:
            BufferError: The buffer is not writable, or not contiguous.
            InvalidAddressError: Part of it can't be read; the message says how much can be.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.

        Source: ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        partial = arguments.boolean("partial", partial)
        arguments.buffer("buffer", buffer, writable=True)
        return self._read_into(arguments.address("address", address), buffer, partial)

    def read_many(self, addresses: Sequence[int] | Buffer, size: int) -> Pieces:
        """Read a piece of memory at each of many addresses, in one call.

        Pieces that lie close together are fetched together, but no page is touched that none of
        them lies in: it may be a guard page.

        Args:
            addresses: Ints, or a buffer of 64-bit integers such as a table's column, in any
                order.
            size: Bytes per piece.

        Returns:
            The pieces; those that can't be read are in ``missing``.

        Needs: ``PROCESS_VM_READ``.

        Raises:
            ValueError: An address or the size can't be.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.
            MemoryError: There is none here for so many bytes.

        Source: ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        size = arguments.size("size", size)
        where = arguments.addresses("addresses", addresses)
        arguments.size("len(addresses) * size", where.nbytes // 8 * size, least=0)
        data, missing = self._read_many(where, size)
        return Pieces(data, size, frozenset(missing))

    def write(self, address: int, data: Buffer, *, unprotect: bool = False) -> None:
        """Write memory.

        Windows itself makes code writable for the moment, so that a breakpoint can be set: pages
        that are executable and not shared need no ``unprotect``. All else that is not writable
        does. Where the data goes over several regions, Windows looks at the first alone.

        Args:
            address: Where to begin.
            data: What to write.
            unprotect: Make pages that are not writable, or guarded, writable for as long as it
                takes. Which addresses Control Flow Guard takes for targets of calls stays as is.

        Needs: ``PROCESS_VM_WRITE`` and ``PROCESS_VM_OPERATION``; to unprotect also
        ``PROCESS_QUERY_INFORMATION``.

        Raises:
            InvalidAddressError: Part of it can't be written; the message says how much was.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be written.

        Source: ``WriteProcessMemory``, ``VirtualProtectEx`` (``memoryapi.h``), Windows XP.
        """
        unprotect = arguments.boolean("unprotect", unprotect)
        arguments.buffer("data", data)
        self._write(arguments.address("address", address), data, unprotect)

    def allocate(
        self,
        size: int,
        *,
        commit: bool = True,
        protection: Protection = Protection.READWRITE,
        at: int = 0,
    ) -> int:
        """Allocate memory in the process, and return its address. It stays until it is freed.

        Args:
            size: Bytes, rounded up to whole pages.
            commit: Commit it at once; else only reserve address space.
            protection: What may be done with it.
            at: Where, rounded down to 64 KiB; 0 leaves the choice to Windows.

        Needs: ``PROCESS_VM_OPERATION``.

        Raises:
            OutOfMemoryError: No memory, or no such range of address space.
            InvalidAddressError: ``at`` is in use.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be changed.

        Source: ``VirtualAllocEx`` (``memoryapi.h``), Windows XP.
        """
        at, size = arguments.address("at", at), arguments.size("size", size)
        commit = arguments.boolean("commit", commit)
        return self._allocate(at, size, commit, _protection(protection))

    def commit(
        self, address: int, size: int, *, protection: Protection = Protection.READWRITE
    ) -> None:
        """Commit pages of an allocation.

        Args:
            address: Where to begin; the pages it lies in, to the end of the range, are committed.
            size: Bytes.
            protection: What may be done with them.

        Needs: ``PROCESS_VM_OPERATION``.

        Raises:
            InvalidAddressError: Part of it is not reserved.
            OutOfMemoryError: The commit limit is reached.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be changed.

        Source: ``VirtualAllocEx`` (``memoryapi.h``), Windows XP.
        """
        self._commit(*_range(address, size), _protection(protection))

    def decommit(self, address: int, size: int) -> None:
        """Give the pages of an allocation back, and keep its address space.

        Args:
            address: Where to begin.
            size: Bytes.

        Needs: ``PROCESS_VM_OPERATION``.

        Raises:
            NtError: It is no part of an allocation.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be changed.

        Source: ``VirtualFreeEx`` (``memoryapi.h``), Windows XP.
        """
        self._decommit(*_range(address, size))

    def free(self, address: int) -> None:
        """Free an allocation.

        Args:
            address: What ``allocate()`` returned.

        Needs: ``PROCESS_VM_OPERATION``.

        Raises:
            ValueError: ``address`` is no multiple of a page: Windows would round it down, and free
                what begins there.
            NtError: No allocation begins there.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be changed.

        Source: ``VirtualFreeEx`` (``memoryapi.h``), Windows XP.
        """
        self._free(arguments.multiple("address", address, PAGE, least=0, most=LAST_ADDRESS))

    def protect(self, address: int, size: int, protection: Protection) -> Protection:
        """Change what may be done with committed pages, and return what the first could before.

        Args:
            address: Where to begin; whole pages change.
            size: Bytes. The range may go over several regions: all of it changes, or nothing.
            protection: What may be done with them from now on.

        Needs: ``PROCESS_VM_OPERATION`` and ``PROCESS_QUERY_INFORMATION``.

        Raises:
            InvalidAddressError: Part of it is not committed.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be changed.

        Source: ``VirtualProtectEx`` (``memoryapi.h``), Windows XP.
        """
        return Protection(self._protect(*_range(address, size), _protection(protection)))

    @contextmanager
    def protected(self, address: int, size: int, protection: Protection) -> Iterator[None]:
        """Change what may be done with committed pages for the length of a ``with`` block.

        Afterwards every region of the range has its own protection again.

        Args:
            address: Where to begin, as for ``protect()``, and so are the others.
            size: Bytes.
            protection: What inside the block.

        Raises:
            Exception: What ``protect()`` raises. On leaving, every region is tried first; those
                that were refused are tried again with the next change, and by ``close()``.

        Source: as ``protect()``.
        """
        address, size = _range(address, size)
        with native.ProtectedMemory(self, address, size, _protection(protection)):
            yield

    def scan(
        self,
        pattern: Pattern | bytes,
        *,
        within: ScanResult | None = None,
        start: int = 0,
        end: int = LAST_ADDRESS,
        writable: bool = False,
        limit: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> ScanResult:
        """Search all memory of the process that can be read.

        Matches may overlap, and may go from one region into the next. Guard pages are not
        touched, nor memory that is not cached (a device's, most often). What was paged out is
        read back into the process' working set. What a process writes meanwhile may be found
        before or after. Of one's own process, the memory that the scan itself works with is left
        out.

        Args:
            pattern: Bytes, or what a ``Pattern`` describes.
            within: Look only where an earlier scan has found something, to narrow its result.
            start: Address to begin at.
            end: Address to end before.
            writable: Look only at pages that the process can write.
            limit: Stop after this many matches, the lowest. What else matches at the address of the
                last one is told as well, so that a scan from there on, ``start=last + 1``, misses
                nothing.
            progress: Called with the bytes that have been looked at, many times a second and at the
                end.

        Returns:
            Matches, in ascending order, and the holes that could not be read. Each needle is told
            once at an address, the first of the pattern first.

        Needs: ``PROCESS_VM_READ`` and ``PROCESS_QUERY_INFORMATION``.

        Raises:
            TypeError: ``pattern`` is text: say how it is meant, with ``Pattern``. Or
                ``within`` is no earlier result.
            ValueError: ``start``, ``end`` or ``limit`` can't be.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.
            NtError: Windows refused.

        Source: ``VirtualQueryEx``, ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        return scan(
            self,
            pattern,
            within=within,
            start=start,
            end=end,
            writable=arguments.boolean("writable", writable),
            limit=limit,
            progress=progress,
        )


def _range(address: int, size: int) -> tuple[int, int]:
    return arguments.address("address", address), arguments.size("size", size)


def _protection(protection: int) -> int:
    return arguments.constant("protection", protection, Protection)
