"""Processes: how much memory each of them uses, and the memory of any one.

``list_processes()`` asks the kernel once for everybody: no handle is opened, so nobody is left
out for want of access. ``Process`` reads, writes and searches the memory of one process,
asking for no more rights than each operation needs.

Source: ``NtQuerySystemInformation`` (``SystemProcessInformation``, phnt ``ntexapi.h``),
``ReadProcessMemory`` and ``WriteProcessMemory`` (``memoryapi.h``), Windows XP.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ntmem import _native, regions
from ntmem._owner import Owner
from ntmem._pattern import Needle, Pattern
from ntmem.regions import Protection
from ntmem.table import Table, adopt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from typing_extensions import Buffer

__all__ = [
    "Counters",
    "Needle",
    "Pattern",
    "Pieces",
    "Process",
    "ScanResult",
    "list_processes",
]

_LIMIT = 1 << 64
_STEP = 256 << 20  # bytes scanned before Python hears of it, and of Ctrl-C


def list_processes(*, full: bool = False, limits: bool = False) -> Table:
    """Return every process and the memory it uses, from one question to the kernel.

    Columns: ``pid``; ``parent``, the id of the process that started it; ``name`` of the program
    file; ``working_set``, physical memory it has at hand, ``private_working_set``, the part that
    no other process shares, and ``peak_working_set``; ``private``, memory that only it can use,
    in memory or paged out; ``commit``, what it is charged for, and ``peak_commit``; ``virtual``,
    address space in use; ``paged_pool`` and ``nonpaged_pool`` (all bytes); ``faults`` and
    ``hard_faults``, page faults so far, and those that went to the disk; ``threads``,
    ``handles``, ``session``; ``started``, seconds since 1970; ``cpu_time``, seconds, and
    ``cycles``.

    Args:
        full: Add ``shared_commit``, the bytes of commit that it shares. The kernel tells
            administrators only.
        limits: Add the working-set limits of those processes that can be opened: ``accessible``
            says which; ``minimum`` and ``maximum``, bytes; ``hard_minimum`` and
            ``hard_maximum``, whether they hold when memory is short, or plentiful.

    Raises:
        AccessDeniedError: ``full``, and the caller is no administrator.
        UnavailableError: ``full``, before Windows 10.

    Source: ``NtQuerySystemInformation``, classes 5 and 148 (phnt ``ntexapi.h``);
    ``GetProcessWorkingSetSizeEx`` (``memoryapi.h``), Windows Vista.
    """
    return adopt(_native.list_processes(full, limits))


@dataclass(frozen=True, slots=True)
class Counters:
    """How much memory a process uses. Bytes."""

    working_set: int
    """Physical memory it can use without a page fault."""
    peak_working_set: int
    private_working_set: int
    """The part of it that is not shared. 0 before Windows 10."""
    private: int
    """Memory that only this process can use."""
    commit: int
    """What it is charged for, in memory or in a page file."""
    peak_commit: int
    shared_commit: int
    """0 before Windows 10."""
    virtual: int
    """Address space in use."""
    peak_virtual: int
    paged_pool: int
    nonpaged_pool: int
    faults: int
    """Page faults so far; not bytes."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """What ``Process.read_many()`` read. ``pieces[i]`` is the piece at the i-th address."""

    data: bytes
    """All pieces, one behind the other; zeros for those that are missing."""
    size: int
    """Bytes per piece."""
    missing: frozenset[int]
    """Numbers of the pieces that could not be read."""

    def __len__(self) -> int:
        """Return the number of pieces, missing ones included."""
        return len(self.data) // self.size

    def __iter__(self) -> Iterator[bytes | None]:
        """Iterate over the pieces; None for those that could not be read."""
        return (self[index] for index in range(len(self)))

    def __getitem__(self, index: int) -> bytes | None:
        """Return a piece, or None if it could not be read."""
        number = index + len(self) if index < 0 else index
        if not 0 <= number < len(self):
            msg = f"piece {index} of {len(self)}"
            raise IndexError(msg)
        if number in self.missing:
            return None
        return self.data[number * self.size : (number + 1) * self.size]


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan found, and what it could not look at."""

    matches: Table
    """``address``, and ``pattern``: the index of the needle that was found there."""
    holes: Table
    """Committed memory that was stepped over: ``address``, ``size`` in bytes, ``reason``."""
    scanned: int
    """Bytes looked at."""
    complete: bool
    """Whether everything was looked at: the limit did not end the scan before."""


class Process(Owner):
    """A process whose memory is looked at: another one, or this one.

    Its id can't come to name another process while this is open. Each operation opens the
    process for what it needs, once. Close it, or use it in a ``with`` block.
    """

    __slots__ = ("_native",)

    def __init__(self, pid: int) -> None:
        """Find a process.

        Args:
            pid: Its id.

        Raises:
            ValueError: ``pid`` can't be an id. 0 names no process that can be opened.
            NoSuchProcessError: There is no such process.
        """
        self._native = _native.Process(check_pid(pid))

    @property
    def pid(self) -> int:
        """Its id."""
        return self._native.pid

    @property
    def closed(self) -> bool:
        """Whether it has been closed."""
        return self._native.closed

    def close(self) -> None:
        """Let go of the process. Waits for calls of other threads; closing twice is harmless."""
        self._native.close()

    def __repr__(self) -> str:
        """Return the id, and whether it is closed."""
        return f"<Process {self.pid}{' closed' if self.closed else ''}>"

    def counters(self) -> Counters:
        """Return how much memory the process uses.

        Needs: ``PROCESS_QUERY_LIMITED_INFORMATION``, which few processes refuse.

        Raises:
            NoSuchProcessError: It has exited.
            AccessDeniedError: It may not be looked at.

        Source: ``NtQueryInformationProcess``, class ``ProcessVmCounters`` (phnt ``ntpsapi.h``).
        """
        return Counters(*self._native.counters())

    def regions(self) -> Table:
        """Return its address space, see ``ntmem.regions.walk()``."""
        return regions.walk(self.pid)

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

        Source: ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        return self._native.read(_address(address), _size(size), partial)

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
        return self._native.read_into(_address(address), buffer, partial)

    def read_many(self, addresses: Sequence[int] | Buffer, size: int) -> Pieces:
        """Read a piece of memory at each of many addresses, in one call.

        Args:
            addresses: Ints, or a buffer of 64-bit integers such as a table's column, in any
                order.
            size: Bytes per piece.

        Needs: ``PROCESS_VM_READ``.

        Raises:
            ValueError: An address or the size can't be.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.

        Source: ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        try:
            data, missing = self._native.read_many(addresses, _size(size, least=1))
        except OverflowError:
            msg = f"addresses must be from 0 to {_LIMIT - 1:#x}"
            raise ValueError(msg) from None
        return Pieces(data, size, frozenset(missing))

    def write(self, address: int, data: Buffer, *, unprotect: bool = False) -> None:
        """Write memory.

        Args:
            address: Where to begin.
            data: What to write.
            unprotect: Make pages that are read-only, or guarded, writable for as long as it takes.

        Needs: ``PROCESS_VM_WRITE`` and ``PROCESS_VM_OPERATION``; to unprotect also
        ``PROCESS_QUERY_INFORMATION``.

        Raises:
            InvalidAddressError: Part of it can't be written; the message says how much was.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be written.

        Source: ``WriteProcessMemory``, ``VirtualProtectEx`` (``memoryapi.h``), Windows XP.
        """
        self._native.write(_address(address), data, unprotect)

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
            OutOfMemoryError: No memory, or no such stretch of address space.
            InvalidAddressError: ``at`` is in use.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be changed.

        Source: ``VirtualAllocEx`` (``memoryapi.h``), Windows XP.
        """
        return self._native.allocate(_address(at), _size(size, least=1), commit, protection)

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
        self._native.commit(_address(address), _size(size, least=1), protection)

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
        self._native.decommit(_address(address), _size(size, least=1))

    def free(self, address: int) -> None:
        """Free an allocation.

        Args:
            address: What ``allocate()`` returned.

        Needs: ``PROCESS_VM_OPERATION``.

        Raises:
            NtError: No allocation begins there.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be changed.

        Source: ``VirtualFreeEx`` (``memoryapi.h``), Windows XP.
        """
        self._native.free(_address(address))

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
        before = self._native.protect(_address(address), _size(size, least=1), protection)
        return Protection(before[0].protection)

    @contextmanager
    def protected(self, address: int, size: int, protection: Protection) -> Iterator[None]:
        """Change what may be done with committed pages for the length of a ``with`` block.

        Afterwards every region of the range has its own protection again. See ``protect()``
        for arguments and errors.
        """
        before = self._native.protect(_address(address), _size(size, least=1), protection)
        try:
            yield
        finally:
            self._native.restore(before)

    def scan(
        self,
        pattern: Pattern | bytes,
        *,
        within: ScanResult | None = None,
        start: int = 0,
        end: int = _LIMIT - 1,
        writable: bool = False,
        limit: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> ScanResult:
        """Search all memory of the process that can be read.

        Matches may overlap, and may go from one region into the next. Guard pages are not
        touched. What a process writes meanwhile may be found before or after.

        Args:
            pattern: Bytes, or what a ``Pattern`` describes.
            within: Look only where an earlier scan has found something, to narrow its result.
                The other arguments do not apply then.
            start: Address to begin at.
            end: Address to end before.
            writable: Look only at pages that the process can write.
            limit: Stop after this many matches.
            progress: Called now and then, with the bytes that have been looked at.

        Needs: ``PROCESS_VM_READ`` and ``PROCESS_QUERY_INFORMATION``.

        Raises:
            TypeError: ``pattern`` is text: say how it is meant, with ``Pattern``. Or
                ``within`` is no earlier result.
            ValueError: ``start``, ``end`` or ``limit`` can't be.
            NoSuchProcessError: The process has exited.
            AccessDeniedError: Its memory may not be read.

        Source: ``VirtualQueryEx``, ``ReadProcessMemory`` (``memoryapi.h``), Windows XP.
        """
        needles = _needles(pattern)
        if within is not None:
            if not isinstance(within, ScanResult):
                msg = f"within must be the ScanResult of an earlier scan, not {within!r}"
                raise TypeError(msg)
            addresses = within.matches.column("address")
            matches, holes = _native.narrow(self._native, needles, addresses)
            scanned = len(addresses) * sum(len(bytes_) for bytes_, _, _ in needles)
            return ScanResult(adopt(matches), adopt(holes), scanned, complete=True)
        if _address(start) > _address(end):
            msg = f"start must not be above end, and {start:#x} is above {end:#x}"
            raise ValueError(msg)
        if limit is not None and limit < 1:
            msg = f"limit must be above 0 matches, not {limit}"
            raise ValueError(msg)
        scan = _native.Scan(self._native, needles, start, end, writable, limit or _LIMIT - 1)
        while scan.advance(_STEP):
            if progress:
                progress(scan.scanned)
        return ScanResult(
            adopt(scan.matches()), adopt(scan.holes()), scan.scanned, not scan.cut_short
        )


def check_pid(pid: int) -> int:
    """Return a process id that can be one. For ntmem's own modules.

    Raises:
        ValueError: It can't be.
    """
    if not 0 < pid < 1 << 32:
        msg = f"a process id must be from 1 to {(1 << 32) - 1}, not {pid}"
        raise ValueError(msg)
    return pid


def _needles(pattern: Pattern | bytes) -> list[tuple[bytes, bytes, int]]:
    if isinstance(pattern, (bytes, bytearray, memoryview)):
        pattern = Pattern.exactly(bytes(pattern))
    if not isinstance(pattern, Pattern):
        msg = f"a pattern must be bytes or a Pattern (such as Pattern.text(...)), not {pattern!r}"
        raise TypeError(msg)
    return [(each.data, each.mask, each.alignment) for each in pattern.needles]


def _address(address: int) -> int:
    if not 0 <= address < _LIMIT:
        msg = f"an address must be from 0 to {_LIMIT - 1:#x}, not {address}"
        raise ValueError(msg)
    return address


def _size(size: int, *, least: int = 0) -> int:
    if not least <= size < 1 << 63:
        msg = f"size must be from {least} to {(1 << 63) - 1} bytes, not {size}"
        raise ValueError(msg)
    return size
