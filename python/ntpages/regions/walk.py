"""The walk of an address space, for ``ntpages.regions``."""

from __future__ import annotations

from enum import Enum, IntFlag
from typing import NamedTuple

from ntpages import arguments
from ntpages._native import regions as native
from ntpages._native.regions import Protection
from ntpages.table import Table, adopt
from ntpages.table.rows import Address


class State(Enum):
    """Whether addresses are taken, and whether memory is behind them."""

    FREE = "free"
    RESERVE = "reserve"
    """Taken, with no memory behind."""
    COMMIT = "commit"
    """Memory is promised; a page of it appears when it is first touched."""


class Type(Enum):
    """How an allocation came to be."""

    NONE = "none"
    """It is free."""
    PRIVATE = "private"
    MAPPED = "mapped"
    """A view of a section: a file, or shared memory."""
    IMAGE = "image"
    """A view of a program or a DLL."""


class Use(Enum):
    """What a region is for."""

    FREE = "free"
    PRIVATE = "private"
    """Private memory whose purpose is not known."""
    GUARD = "guard"
    """Private guard pages outside of stacks and heaps."""
    IMAGE = "image"
    """A program or a DLL."""
    MAPPED = "mapped"
    """Shared memory that no file is behind, as far as was asked."""
    MAPPED_FILE = "mapped file"
    HEAP = "heap"
    """A heap, or a segment of one. Blocks so large that the heap gets each from the system on its
    own, and what a segment heap (the kind that packaged apps have) holds beyond its head, count as
    private."""
    STACK = "stack"
    """A thread's stack: what is reserved, the guard page and what is in use."""
    TEB = "TEB"
    """What the system keeps about a thread."""
    PEB = "PEB"
    """What the system keeps about the process."""


class Traits(IntFlag):
    """What an allocation is, in the kernel's own words (``MEMORY_REGION_INFORMATION``)."""

    PRIVATE = 1 << 0
    MAPPED_DATA_FILE = 1 << 1
    MAPPED_IMAGE = 1 << 2
    MAPPED_PAGE_FILE = 1 << 3
    MAPPED_PHYSICAL = 1 << 4
    DIRECT_MAPPED = 1 << 5
    SOFTWARE_ENCLAVE = 1 << 6
    PAGES_64K = 1 << 7
    PLACEHOLDER = 1 << 8
    MAPPED_AWE = 1 << 9
    WRITE_WATCH = 1 << 10
    LARGE_PAGES = 1 << 11
    HUGE_PAGES = 1 << 12


class RegionRow(NamedTuple):
    """A region, as ``walk()`` tells of it."""

    address: Address
    size: int
    state: State
    protection: Protection
    type: Type
    use: Use
    thread: int
    allocation_base: Address
    allocation_protection: Protection
    traits: Traits
    name: str


def walk(pid: int | None = None, *, names: bool = True, uses: bool = True) -> Table[RegionRow]:
    """Return every region of a process's address space, free ones too, in one native call.

    Rows are in the order of addresses, and each starts where the one before ends: together they
    are the whole user address space. A region is pages alike in state, protection and
    allocation, as ``VirtualQueryEx`` reports it; where several TEBs lie in one, it is cut.

    Columns:
        address: Where it starts.
        size: Bytes.
        state: ``State``.
        protection: ``Protection`` of committed pages now, else 0.
        type: ``Type``.
        use: ``Use``.
        thread: Thread id for stacks and TEBs, else 0.
        allocation_base: Start of the allocation it belongs to, 0 if free.
        allocation_protection: ``Protection`` that the allocation was made with.
        traits: ``Traits`` of the allocation; 0 where this Windows can't say.
        name: Path of the mapped file, in the first row of an allocation, else empty.

    Other threads go on allocating and freeing meanwhile: each row was true when it was asked for.

    Args:
        pid: Process id. By default, and for one's own id, this process. 32-bit processes are
            walked as well, with both kinds of TEB and stack that each of their threads has.
        names: Ask for the names of mapped files, one call for each that is mapped.
        uses: Find stacks, heaps, TEBs, PEBs and traits: about one call for each allocation, and
            for another process the right to read its memory. Without, ``use`` tells no more than
            ``type`` and ``protection`` do.

    Raises:
        NoSuchProcessError: No process has this id, or it exited before the walk was done.
        AccessDeniedError: The process belongs to somebody else (enabling SeDebugPrivilege may
            help), or is protected.
        OutOfMemoryError: There is no memory for the table.
        TypeError: ``pid`` is not an ``int``.
        ValueError: ``pid`` can't be an id.

    Source: ``VirtualQueryEx`` (memoryapi.h); traits: ``QueryVirtualMemoryInformation``
    (memoryapi.h, Windows 10 1607); names, threads, PEB: ``NtQueryVirtualMemory``,
    ``NtGetNextThread``, ``NtQueryInformationThread``, ``NtQueryInformationProcess`` (ntdll, in
    part undocumented), Windows Vista.
    """
    whose = None if pid is None else arguments.pid("pid", pid)
    names, uses = arguments.boolean("names", names), arguments.boolean("uses", uses)
    rows = native.walk_regions(whose, names=names, uses=uses)
    return adopt(rows, RegionRow)
