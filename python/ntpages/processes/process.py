"""One process: its counters and its memory. Public as ``ntpages.processes.Process``."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from errno import ESRCH
from typing import TYPE_CHECKING

from ntpages import arguments, regions
from ntpages._native import processes as native
from ntpages.arguments import ADDRESS_SPACE, LAST_ADDRESS, PAGE
from ntpages.errors import NoSuchProcessError, NtError
from ntpages.owner import Owner
from ntpages.processes.listing import list_processes
from ntpages.processes.names import called, did_you_mean, told
from ntpages.processes.passages import SearchResult, search
from ntpages.processes.pieces import Pieces
from ntpages.processes.scan import ScanResult, scan
from ntpages.processes.strings import StringsResult, strings
from ntpages.processes.typed import TypedProcess
from ntpages.regions import Attribute, Protection
from ntpages.regions import large_pages as large

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from typing_extensions import Buffer

    from ntpages._native.partitions import Partition
    from ntpages.processes.pattern import Pattern
    from ntpages.regions import Attempt, RegionRow
    from ntpages.regions.request import Request
    from ntpages.table import Table

__all__ = ["Process"]


class Process(Owner, TypedProcess):
    """A process whose memory is looked at: another one, or this one.

    Its id can't come to name another process while this is open. Each operation opens the
    process for what it needs, once. Close it, or use it in a ``with`` block.

    An address may be written wherever one is taken: by a module and an offset in it, as in
    ``"kernel32.dll+0x1f40"``, see ``address_of()``.
    """

    __slots__ = ()

    def __init__(self, pid: int | str) -> None:
        """Find a process.

        Args:
            pid: Its id; or the name of its program, with ``.exe`` or without, in any case and with
                ``*`` and ``?`` for anything, where it is the only one.

        Raises:
            ValueError: ``pid`` can't be an id. 0 names no process that can be opened. Or several
                have the name; the message tells their ids.
            NoSuchProcessError: There is no such process.

        Source: ``OpenProcess`` (``processthreadsapi.h``), Windows XP; for a name, as
        ``list_processes()``.
        """
        super().__init__(_pid_of(pid) if isinstance(pid, str) else arguments.pid("pid", pid))

    def __repr__(self) -> str:
        """Return the id, and the name of the program, or that it is closed or has exited."""
        state = "closed" if self.closed else "exited"
        with suppress(ValueError, NtError):
            state = self.name
        return f"<Process {self.pid}: {state}>"

    @property
    def name(self) -> str:
        """Name of the program's file.

        Raises:
            ValueError: The process is closed.
            NoSuchProcessError: It has exited.

        Source: as ``list_processes()``.
        """
        self._keep_id()
        there = list_processes()
        names = dict(zip(there.column("pid"), there.column("name"), strict=True))
        self._keep_id()
        if self.pid not in names:
            raise NoSuchProcessError(ESRCH, f"process {self.pid} has exited")
        return str(names[self.pid])

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

    def read(self, address: int | str, size: int, *, partial: bool = False) -> bytes:
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
        return self._read(self._address("address", address), size, partial)

    def read_into(self, address: int | str, buffer: Buffer, *, partial: bool = False) -> int:
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
        address = self._address("address", address)
        try:
            return self._read_into(address, buffer, partial)
        except (BufferError, TypeError):  # asked before, it would cost more than reading a page
            arguments.buffer("buffer", buffer, writable=True)
            raise

    def read_many(self, addresses: Sequence[int | str] | Buffer, size: int) -> Pieces:
        """Read a piece of memory at each of many addresses, in one call.

        Pieces that lie close together are fetched together, with a page between two of them where
        Windows says that it can be read: no guard page is touched that nobody asked for. One
        thread does it.

        Args:
            addresses: Ints, or a buffer of 64-bit integers such as a table's column, in any
                order.
            size: Bytes per piece.

        Returns:
            The pieces; those that can't be read are in ``missing``.

        Needs: ``PROCESS_VM_READ``; with ``PROCESS_QUERY_INFORMATION`` it takes fewer calls.

        Raises:
            ValueError: An address or the size can't be.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.
            MemoryError: There is none here for so many bytes.

        Source: ``ReadProcessMemory``, ``VirtualQueryEx`` (``memoryapi.h``), Windows XP.
        """
        size = arguments.size("size", size)
        where = arguments.addresses("addresses", addresses, self._address)
        arguments.size("len(addresses) * size", where.nbytes // 8 * size, least=0)
        data, missing = self._read_many(where, size)
        return Pieces(data, size, frozenset(missing))

    def write(self, address: int | str, data: Buffer, *, unprotect: bool = False) -> None:
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
        self._write(self._address("address", address), data, unprotect)

    def allocate(
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
    ) -> int:
        """Allocate memory in the process, and return its address. It stays until it is freed.

        Every wish is one of ``ntpages.regions.Region``, and means the same there.

        Args:
            size: Bytes, above 0, rounded up to whole pages. With ``large_pages`` a multiple of
                ``ntpages.system.large_page_size()``.
            commit: Commit it at once; else only reserve address space.
            protection: What may be done with it.
            at: Address to start at, a multiple of 64 KiB; ``None`` lets Windows choose.
            top_down: Choose the highest address that will do.
            write_watch: Record which pages are written, for the process itself to ask.
            large_pages: Back with large pages, all committed now.
            defragment: Where no large pages are free, purge the memory lists if that is allowed and
                try again, then try smaller ones.
            on_attempt: Called with each ``Attempt`` at large pages.
            node: NUMA node whose memory is preferred.
            only_node: Fail rather than take the memory of another node.
            alignment: Of the address: a power of two, at least 64 KiB.
            lowest: First address that will do, a multiple of 64 KiB.
            highest: Last address that will do, one less than a multiple of a page.
            attributes: What only VirtualAlloc2 offers, such as pages that are never paged out.
            partition: Memory partition to allocate from, one of ``ntpages.partitions`` or a handle;
                stays the caller's.
            machine: Processor that code in it is for, an ``IMAGE_FILE_MACHINE`` number.

        Needs: ``PROCESS_VM_OPERATION``. ``SeLockMemoryPrivilege`` of this process's token for large
        or non-paged pages, ``SeProfileSingleProcessPrivilege`` to purge for ``defragment``. Where
        Windows lacks VirtualAlloc2, ``PROCESS_QUERY_INFORMATION`` to search for an address.

        Raises:
            ValueError: An argument breaks its rule, or goes ill with another.
            OutOfMemoryError: No memory, no such range of address space, or no large pages.
            InvalidAddressError: ``at`` is in use.
            PrivilegeNotHeldError: ``large_pages`` or non-paged ``attributes`` without
                ``SeLockMemoryPrivilege``; the message says how to get it.
            UnavailableError: The wish needs VirtualAlloc2, which this Windows lacks.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be changed.

        Source: ``VirtualAllocEx`` (``memoryapi.h``), Windows XP; ``VirtualAllocExNuma``, Windows
        Vista; ``VirtualAlloc2``, Windows 10 1803.
        """
        wishes = locals()
        with ExitStack() as undo:

            def ask(request: Request) -> int:
                address = self._allocate(request.wishes())
                undo.callback(self._free, address)  # where the privilege can't be disabled again
                return address

            address = large.allocate(wishes, ask)
            undo.pop_all()
        return address

    def commit(
        self, address: int | str, size: int, *, protection: Protection = Protection.READWRITE
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
        self._commit(*self._range(address, size), _protection(protection))

    def decommit(self, address: int | str, size: int) -> None:
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
        self._decommit(*self._range(address, size))

    def free(self, address: int | str) -> None:
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
        at = self._address("address", address)
        self._free(arguments.multiple("address", at, PAGE, least=0, most=LAST_ADDRESS))

    def reset(self, address: int | str, size: int) -> None:
        """Say that what pages hold is not needed: it is not written to the page file.

        They stay committed, and read as what they held or as zeros. (Offering pages, as
        ``Region.offer()`` does, is for one's own process alone: Windows takes no other's.)

        Args:
            address: Where to begin, a multiple of a page.
            size: Bytes, whole pages.

        Needs: ``PROCESS_VM_OPERATION``.

        Raises:
            ValueError: They are no whole pages.
            InvalidAddressError: They are no part of an allocation.
            OutOfMemoryError: Windows refused.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be changed.

        Source: ``VirtualAllocEx`` with MEM_RESET (``memoryapi.h``), Windows XP.
        """
        self._reset(*self._pages(address, size))

    def undo_reset(self, address: int | str, size: int) -> bool:
        """Take ``reset()`` back.

        Args:
            address: Where to begin, a multiple of a page.
            size: Bytes, whole pages, all reset before.

        Returns:
            Whether they hold what they held; ``False`` if some read as zeros now. A page that was
            never written may count as lost.

        Needs: ``PROCESS_VM_OPERATION``.

        Raises:
            ValueError: They are no whole pages.
            NtError: This Windows does not offer it, or noticed that pages were not reset.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be changed.

        Source: ``VirtualAllocEx`` with MEM_RESET_UNDO (``memoryapi.h``), Windows 8.
        """
        return self._undo_reset(*self._pages(address, size))

    def lock(self, address: int | str, size: int) -> None:
        """Keep committed pages in RAM until they are unlocked or freed, or the process ends.

        The process may have little more locked than its minimum working set holds:
        ``ntpages.working_sets.set_limits()`` raises that.

        Args:
            address: Where to begin; every page that holds one of the bytes is locked.
            size: Bytes.

        Needs: ``PROCESS_VM_OPERATION``.

        Raises:
            OutOfMemoryError: The minimum working set of the process is too small.
            InvalidAddressError: A page is not committed, or may not be accessed.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be changed.

        Source: ``NtLockVirtualMemory`` (phnt ``ntmmapi.h``), which ``VirtualLock`` is made of,
        Windows XP.
        """
        self._lock(*self._range(address, size))

    def unlock(self, address: int | str, size: int) -> None:
        """Let pages be paged out again.

        Args:
            address: Where to begin.
            size: Bytes.

        Needs: ``PROCESS_VM_OPERATION``.

        Raises:
            NtError: A page is not locked.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be changed.

        Source: ``NtUnlockVirtualMemory`` (phnt ``ntmmapi.h``), Windows XP.
        """
        self._unlock(*self._range(address, size))

    def prefetch(self, ranges: Iterable[tuple[int | str, int]]) -> None:
        """Bring memory of the process in from disk: many ranges with one call and large reads.

        Addresses with nothing behind them are passed over.

        Args:
            ranges: Address and bytes of each.

        Needs: ``PROCESS_VM_OPERATION`` and ``PROCESS_QUERY_INFORMATION``.

        Raises:
            ValueError: There is no range, or an address or a size can't be.
            TypeError: A range is no address and size.
            UnavailableError: This Windows is older than 8.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be changed.
            NtError: Windows refused.

        Source: ``PrefetchVirtualMemory`` (``memoryapi.h``), Windows 8.
        """
        wanted = arguments.each("ranges", ranges, self._named_range)
        if not wanted:
            msg = "ranges must name at least one range"
            raise ValueError(msg)
        self._prefetch(wanted)

    def protect(self, address: int | str, size: int, protection: Protection) -> Protection:
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
        return Protection(self._protect(*self._range(address, size), _protection(protection)))

    @contextmanager
    def protected(self, address: int | str, size: int, protection: Protection) -> Iterator[None]:
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
        at, size = self._range(address, size)
        with native.ProtectedMemory(self, at, size, _protection(protection)):
            yield

    def scan(
        self,
        pattern: Pattern | bytes,
        *,
        within: ScanResult | None = None,
        start: int | str = 0,
        end: int | str = LAST_ADDRESS,
        writable: bool = False,
        limit: int | None = None,
        threads: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> ScanResult:
        """Search all memory of the process that can be read, with all processors.

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
            threads: The number of threads, at most 256; of processors if not given. What is found,
                and how it is told, does not depend on it.
            progress: Called with the bytes that have been looked at, many times a second and at the
                end.

        Returns:
            Matches, in ascending order, and the holes that could not be read. Each needle is told
            once at an address, the first of the pattern first.

        Needs: ``PROCESS_VM_READ`` and ``PROCESS_QUERY_INFORMATION``.

        Raises:
            TypeError: ``pattern`` is text: say how it is meant, with ``Pattern``. Or
                ``within`` is no earlier result.
            ValueError: ``start``, ``end``, ``limit`` or ``threads`` can't be.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.
            NtError: Windows refused.

        Source: ``VirtualQueryEx``, ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        return scan(
            self,
            pattern,
            within=within,
            start=self._address("start", start),
            end=self._address("end", end),
            writable=arguments.boolean("writable", writable),
            limit=limit,
            threads=threads,
            progress=progress,
        )

    def search(
        self,
        pattern: re.Pattern[bytes] | bytes,
        *,
        longest: int = 4096,
        start: int | str = 0,
        end: int | str = LAST_ADDRESS,
        writable: bool = False,
        limit: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> SearchResult:
        r"""Search all memory of the process that can be read for a regular expression.

        It is Python's own ``re``, on one thread: ``scan()`` is many times as fast for what it can
        say. What is left out, and what a process writes meanwhile: as of ``scan()``.

        Matches don't overlap, and none is empty. One may go from one region into the next. A match
        has no more than ``longest`` bytes: what would be longer is matched again with no more than
        these in sight, and passed over if it does not match then. Before a match, the expression
        sees as many bytes, where memory has so many; ``$`` and ``\Z`` match where memory ends, or
        some time behind those bytes.

        Args:
            pattern: A compiled expression of bytes, or one as bytes.
            longest: Bytes that a match may have, from 1 to a mebibyte.
            start: Address to begin at.
            end: Address to end before.
            writable: Look only at pages that the process can write.
            limit: Stop after this many matches, the lowest.
            progress: Called with the bytes that have been looked at, many times a second and at the
                end.

        Returns:
            Where it matches, in ascending order, and the holes that could not be read.

        Needs: ``PROCESS_VM_READ`` and ``PROCESS_QUERY_INFORMATION``.

        Raises:
            TypeError: ``pattern`` is text, or another thing.
            ValueError: ``pattern`` is no expression, or another argument can't be.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.
            OutOfMemoryError: There is none to read to.
            NtError: Windows refused.

        Source: ``VirtualQueryEx``, ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        return search(
            self,
            pattern,
            longest=longest,
            start=self._address("start", start),
            end=self._address("end", end),
            writable=arguments.boolean("writable", writable),
            limit=limit,
            progress=progress,
        )

    def strings(
        self,
        *,
        minimum: int = 5,
        start: int | str = 0,
        end: int | str = LAST_ADDRESS,
        limit: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> StringsResult:
        """List the text in all memory of the process that can be read.

        Text is characters of ASCII that can be printed, side by side, as bytes or as UTF-16, at any
        address; it may go from one region into the next. What is left out and what a process
        writes meanwhile: as of ``scan()``.

        Args:
            minimum: The number of characters that make a text, from 2 to 4096.
            start: Address to begin at.
            end: Address to end before.
            limit: Stop after this number of texts, the lowest.
            progress: Called with the bytes that have been looked at, many times a second and at the
                end.

        Returns:
            The text, in ascending order.

        Needs: ``PROCESS_VM_READ`` and ``PROCESS_QUERY_INFORMATION``.

        Raises:
            ValueError: ``minimum``, ``start``, ``end`` or ``limit`` can't be.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.
            NtError: Windows refused.

        Source: ``VirtualQueryEx``, ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        return strings(
            self,
            minimum=minimum,
            start=self._address("start", start),
            end=self._address("end", end),
            limit=limit,
            progress=progress,
        )

    def _range(self, address: int | str, size: int) -> tuple[int, int]:
        return self._address("address", address), arguments.size("size", size)

    def _pages(self, address: int | str, size: int) -> tuple[int, int]:
        at = self._address("address", address)
        return (
            arguments.multiple("address", at, PAGE, least=0, most=LAST_ADDRESS),
            arguments.multiple("size", size, PAGE, least=PAGE, most=ADDRESS_SPACE),
        )

    def _named_range(self, name: str, value: tuple[int | str, int]) -> tuple[int, int]:
        try:
            address, size = value
        except (TypeError, ValueError):
            msg = f"{name} must be an address and a size, not {value!r}"
            raise TypeError(msg) from None
        return self._address(name, address), arguments.size(name, size)


def _pid_of(name: str) -> int:
    """Return the id of the one process that runs a program."""
    there = list_processes()
    found = called(arguments.name("pid", name), there)
    if len(found) == 1:
        return found[0][0]
    if found:
        msg = f"pid must name one process, and {name!r} names {len(found)}: {told(found)}"
        raise ValueError(msg)
    known = {each.casefold(): each for each in there.column("name")}
    raise NoSuchProcessError(ESRCH, f"no process is called {name!r}{did_you_mean(name, known)}")


def _protection(protection: int) -> int:
    return arguments.constant("protection", protection, Protection)
