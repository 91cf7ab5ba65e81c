"""The walk of an address space, for ``ntpages.regions``."""

from __future__ import annotations

from enum import Enum, IntFlag
from typing import Literal, NamedTuple, overload

from ntpages import arguments
from ntpages._native import regions as native
from ntpages._native.regions import Protection
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses


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
    UNUSABLE = "unusable"
    """Free, and of no use: what is left of the 64 KiB in which something else ends. Allocations
    begin at multiples of that."""
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
    """A heap, with its first segment."""
    HEAP_SEGMENT = "heap segment"
    """A further segment of a heap."""
    HEAP_BLOCK = "heap block"
    """A block so large that its heap got it from the system on its own."""
    STACK = "stack"
    """A thread's stack: what is reserved, the guard page and what is in use."""
    TEB = "TEB"
    """What the system keeps about a thread."""
    PEB = "PEB"
    """What the system keeps about the process."""
    HEAP32 = "32-bit heap"
    """Of a 32-bit process, and so the next five: what it has besides those that every process has
    for the 64-bit code around it."""
    HEAP_SEGMENT32 = "32-bit heap segment"
    HEAP_BLOCK32 = "32-bit heap block"
    STACK32 = "32-bit stack"
    TEB32 = "32-bit TEB"
    PEB32 = "32-bit PEB"
    SHARED_DATA = "shared data"
    """The page in which the kernel shows its clock and more to every process."""
    HYPERVISOR_DATA = "hypervisor data"
    """The page in which a hypervisor does."""
    API_SETS = "API sets"
    """The map that says which DLL has the functions of which API set."""
    SERVER_MEMORY = "server memory"
    """What the Windows subsystem's server (csrss) shows to all of its clients."""
    CODE_PAGES = "code pages"
    """Tables of characters."""
    GDI_HANDLES = "GDI handles"
    """The table of handles that all processes of a session share."""
    SHIMS = "shims"
    """What makes Windows behave like an older one for this program."""
    ACTIVATION_CONTEXT = "activation context"
    """Which versions of DLLs and controls the program's manifest asks for."""
    ASSEMBLY_STORAGE = "assembly storage"
    """Which side-by-side assemblies the program has."""
    DEFAULT_CONTEXT = "default context"
    """The activation context of whoever has none."""
    ERROR_REPORTING = "error reporting"
    """What the process has registered with Windows Error Reporting."""
    CFG_BITMAP = "CFG bitmap"
    """Where Control Flow Guard marks what may be called: terabytes of addresses, little memory."""
    CFG_BITMAP32 = "32-bit CFG bitmap"
    """The same for the 32-bit code of a 32-bit process."""


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


@shows_addresses
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


@shows_addresses
class ResidentRegionRow(NamedTuple):
    """A region, with what of it is in the working set."""

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
    resident: int
    resident_private: int
    resident_shareable: int
    resident_shared: int
    resident_locked: int
    resident_large: int


@overload
def walk(
    pid: int | None = None,
    *,
    names: bool = True,
    uses: bool = True,
    resident: Literal[False] = False,
) -> Table[RegionRow]: ...
@overload
def walk(
    pid: int | None = None, *, names: bool = True, uses: bool = True, resident: Literal[True]
) -> Table[ResidentRegionRow]: ...
@overload
def walk(
    pid: int | None = None, *, names: bool = True, uses: bool = True, resident: bool
) -> Table[RegionRow] | Table[ResidentRegionRow]: ...
def walk(
    pid: int | None = None, *, names: bool = True, uses: bool = True, resident: bool = False
) -> Table[RegionRow] | Table[ResidentRegionRow]:
    """Return every region of a process's address space, free ones too, in one native call.

    Rows are in the order of addresses, and each starts where the one before ends: together they
    are the whole user address space. A region is pages alike in state, protection and
    allocation, as ``VirtualQueryEx`` reports it; where several TEBs lie in one, it is cut, and so
    is free space where it becomes of use.

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
        resident: With ``resident``, here and below: bytes that are in the working set.
        resident_private: Of them, the process's own. Of an image or a mapped file, these are pages
            that it has written to: each is a copy that nobody else sees.
        resident_shareable: Of them, the others: of files, programs and shared memory.
        resident_shared: Of the shareable ones, those that other processes have there, too.
        resident_locked: Of all, those that can't leave.
        resident_large: Of all, parts of large pages.

    Other threads go on allocating and freeing meanwhile: each row was true when it was asked for.

    Args:
        pid: Process id. By default, and for one's own id, this process. 32-bit processes are
            walked as well, with both kinds of TEB and stack that each of their threads has.
        names: Ask for the names of mapped files, one call for each that is mapped.
        uses: Find stacks, heaps, TEBs, PEBs, what these point at, and traits: about one call for
            each allocation, and for another process the right to read its memory. Without,
            ``use`` tells no more than ``type`` and ``protection`` do. What something is for is
            told where a structure of Windows' says so, never by how it looks.
        resident: Count what is in the working set, which asks for every committed page. What of
            that is private, shareable or shared sums up to ``ntpages.working_sets.resident()``.

    Raises:
        NoSuchProcessError: No process has this id, or it exited before the walk was done.
        AccessDeniedError: The process belongs to somebody else (enabling SeDebugPrivilege may
            help), or is protected.
        OutOfMemoryError: There is no memory for the table.
        TypeError: ``pid`` is not an ``int``.
        ValueError: ``pid`` can't be an id.

    Source: ``VirtualQueryEx`` (memoryapi.h); traits: ``QueryVirtualMemoryInformation``
    (memoryapi.h, Windows 10 1607); pages: ``QueryWorkingSetEx`` (psapi.h), Windows Vista; names,
    threads, PEB: ``NtQueryVirtualMemory``, ``NtGetNextThread``, ``NtQueryInformationThread``,
    ``NtQueryInformationProcess`` (ntdll, in part undocumented), Windows Vista.
    """
    whose = None if pid is None else arguments.pid("pid", pid)
    names, uses = arguments.boolean("names", names), arguments.boolean("uses", uses)
    resident = arguments.boolean("resident", resident)
    rows = native.walk_regions(whose, names=names, uses=uses, resident=resident)
    return adopt(rows, ResidentRegionRow) if resident else adopt(rows, RegionRow)
