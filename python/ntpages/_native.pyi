# The treaty between the halves: every compiled name, typed. ``tests/test_house.py`` compares.

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, IntEnum, IntFlag
from typing import Any, Final, overload

from typing_extensions import Buffer, Self

# ---- table -------------------------------------------------------------------------------------
class Table:
    @overload
    def __init__(self, table: Table) -> None: ...
    @overload
    def __init__(self, title: str, columns: Mapping[str, Buffer | Sequence[str]]) -> None: ...
    def __len__(self) -> int: ...
    @property
    def title(self) -> str:
        """What the rows are."""
    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order: the attributes of each row."""
    def _column(self, at: int) -> Column: ...
    def _row(self, row: int) -> tuple[Any, ...]: ...
    def _slice(self, start: int, size: int) -> Table: ...
    def take(self, indices: Iterable[int]) -> Table: ...
    def where(self, mask: Buffer | Sequence[bool]) -> Table: ...
    def _sorted_by(self, column: int, descending: bool) -> Table: ...
    def _arrow_schema(self) -> object: ...
    def _arrow_array(self) -> object: ...
    def _arrow_stream(self) -> object: ...

class Column(Buffer):
    def __init__(self, column: Column) -> None: ...
    def __len__(self) -> int: ...
    @property
    def name(self) -> str:
        """Name of the column."""
    @property
    def labels(self) -> tuple[str, ...]:
        """Words that its buffer holds the indices of; empty where it holds plain values."""
    def _slice(self, start: int, size: int, step: int) -> Column: ...
    def _cells(self, start: int, stop: int) -> list[Any]: ...

# ---- system ------------------------------------------------------------------------------------

def page_size() -> int: ...
def allocation_granularity() -> int: ...
def large_page_size() -> int: ...

class Totals:
    # Bytes, but for the three counts.

    total: Final[int]
    available: Final[int]
    committed: Final[int]
    commit_limit: Final[int]
    commit_peak: Final[int]
    cache: Final[int]
    kernel_paged: Final[int]
    kernel_nonpaged: Final[int]
    processes: Final[int]
    threads: Final[int]
    handles: Final[int]
    installed: Final[int | None]
    shared_committed: Final[int | None]
    dirty_cache: Final[int | None]
    resident_available: Final[int | None]

def query_totals() -> Totals: ...

class FaultCounters:
    # Counts that wrap at 2**32.

    page_faults: Final[int]
    transition_faults: Final[int]
    demand_zero_faults: Final[int]
    copy_on_write_faults: Final[int]
    page_reads: Final[int]
    pages_read: Final[int]

def query_fault_counters() -> FaultCounters: ...

class PageFile:
    # Bytes.

    path: Final[str]
    size: Final[int]
    used: Final[int]
    peak: Final[int]
    minimum: Final[int | None]
    maximum: Final[int | None]

def query_page_files() -> list[PageFile]: ...

class Version:
    major: Final[int]
    minor: Final[int]
    build: Final[int]
    wine: Final[str | None]

def query_version() -> Version: ...

class MemoryNotification:
    def __init__(self, low: bool) -> None: ...
    def wait(self, milliseconds: int) -> bool: ...

# ---- privileges --------------------------------------------------------------------------------

class HeldPrivilege:
    name: Final[str]
    attributes: Final[int]

def held_privileges() -> list[HeldPrivilege]: ...
def switch_privilege(name: str, enable: bool) -> bool: ...
def is_elevated() -> bool: ...
def grant_privilege(name: str, account: str) -> str: ...

# ---- memory_lists ------------------------------------------------------------------------------

class MemoryListCommand(IntEnum):
    CAPTURE_ACCESSED_BITS = 0
    CAPTURE_AND_RESET_ACCESSED_BITS = 1
    EMPTY_WORKING_SETS = 2
    FLUSH_MODIFIED_LIST = 3
    PURGE_STANDBY_LIST = 4
    PURGE_LOW_PRIORITY_STANDBY_LIST = 5

class MemoryListPages:
    # Pages.

    zero: Final[int]
    free: Final[int]
    modified: Final[int]
    modified_no_write: Final[int]
    modified_page_file: Final[int]
    bad: Final[int]
    standby: Final[list[int]]
    repurposed: Final[list[int]]

def query_memory_lists() -> MemoryListPages: ...
def command_memory_lists(command: MemoryListCommand) -> None: ...
def empty_file_cache() -> None: ...
def combine_pages() -> int: ...
def reconcile_registry() -> None: ...
def flush_volumes() -> list[str]: ...

# ---- regions -----------------------------------------------------------------------------------

class Protection(IntFlag):
    """What may be done with pages."""

    NOACCESS = 0x1
    READONLY = 0x2
    READWRITE = 0x4
    WRITECOPY = 0x8
    EXECUTE = 0x10
    EXECUTE_READ = 0x20
    EXECUTE_READWRITE = 0x40
    EXECUTE_WRITECOPY = 0x80
    GUARD = 0x100
    NOCACHE = 0x200
    WRITECOMBINE = 0x400
    TARGETS_INVALID = 0x40000000
    TARGETS_NO_UPDATE = 0x40000000

class AllocationType(IntFlag):
    COMMIT = 0x1000
    RESERVE = 0x2000
    RESERVE_PLACEHOLDER = 0x40000
    TOP_DOWN = 0x100000
    WRITE_WATCH = 0x200000
    LARGE_PAGES = 0x20000000

class Attribute(IntFlag):
    """What only VirtualAlloc2 offers."""

    NONE = 0x0
    NONPAGED = 0x2
    ZERO_PAGES_OPTIONAL = 0x4
    NONPAGED_LARGE = 0x8
    NONPAGED_HUGE = 0x10
    SOFT_FAULT_PAGES = 0x20
    EC_CODE = 0x40

class OfferPriority(IntEnum):
    """How long the system waits before it takes offered memory."""

    VERY_LOW = 1
    LOW = 2
    BELOW_NORMAL = 3
    NORMAL = 4

class Allocation: ...

def allocate(
    size: int,
    kind: int,
    protection: int,
    at: int,
    node: int | None,
    only_node: bool,
    lowest: int,
    highest: int,
    alignment: int,
    attributes: int,
    partition: int,
) -> Allocation: ...
def replace(
    placeholder: Placeholder, kind: int, protection: int, node: int | None
) -> Allocation: ...

class Region(Buffer):
    # Sizes and offsets in bytes; pairs are an offset and a size.

    def __init__(self, size: int, **wishes: Any) -> None: ...
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
    def _lock_parts(self, offset: int, size: int, locked: bool) -> list[tuple[int, int]]: ...

class RegionPart(Buffer):
    def __init__(self, region: Region, offset: int, size: int) -> None: ...

class Placeholder:
    @overload
    def __init__(
        self, size: int, kind: int, at: int, lowest: int, highest: int, alignment: int
    ) -> None: ...
    @overload
    def __init__(self, region: Region) -> None: ...
    @overload
    def __init__(self, whole: Placeholder, offset: int) -> None: ...
    @property
    def closed(self) -> bool:
        """Whether the place is given up: freed, merged into another, or taken by memory."""
    @property
    def address(self) -> int:
        """Address of the first byte. Once the placeholder is closed, where it was."""
    @property
    def size(self) -> int:
        """Bytes: whole pages. Fewer after ``split()``, more after ``merge()``."""
    def close(self) -> None: ...
    def _merge(self, following: Placeholder) -> None: ...

def walk_regions(pid: int | None, *, names: bool, uses: bool) -> Table: ...

# ---- sparse ------------------------------------------------------------------------------------
class SparseBuffer(Buffer):
    def __init__(self, size: int, chunk: int, ahead: int, limit: int) -> None: ...
    @property
    def address(self) -> int:
        """Address of the first byte.

        Raises:
            ValueError: The buffer is closed.
        """
    @property
    def size(self) -> int:
        """Bytes, as asked for. Stays when it is closed."""
    @property
    def chunk(self) -> int:
        """Bytes that are committed and given back together."""
    @property
    def ahead(self) -> int:
        """Bytes; the most that one touch commits where access is dense."""
    @property
    def _limit(self) -> int: ...
    @property
    def committed(self) -> int:
        """Bytes of the chunks that are committed now. The last one counts whole.

        Raises:
            ValueError: The buffer is closed.
        """
    @property
    def faults(self) -> int:
        """Touches so far that had to commit memory. A count.

        Raises:
            ValueError: The buffer is closed.
        """
    @property
    def closed(self) -> bool:
        """Whether the buffer is freed."""
    def commit(self, offset: int, size: int) -> None: ...
    def decommit(self, offset: int, size: int) -> int: ...
    def trim(self) -> int: ...
    def peek(self, offset: int, size: int) -> bytes | None: ...
    def _pin(self, offset: int, size: int) -> None: ...
    def _unpin(self, offset: int, size: int) -> None: ...
    def _runs(self) -> list[tuple[int, int, bool]]: ...
    def close(self) -> None: ...

class GrowableBuffer(Buffer):
    def __init__(self, maximum: int) -> None: ...
    def __len__(self) -> int: ...
    @property
    def address(self) -> int:
        """Address of the first byte. Growing never changes it.

        Raises:
            ValueError: The buffer is closed.
        """
    @property
    def maximum(self) -> int:
        """Bytes that the buffer can ever hold."""
    @property
    def committed(self) -> int:
        """Bytes that are committed: whole pages, some ahead of the data. 0 once it is closed."""
    @property
    def closed(self) -> bool:
        """Whether the buffer is freed."""
    def append(self, data: Buffer) -> int: ...
    def extend(self, size: int) -> int: ...
    def truncate(self, size: int) -> None: ...
    def close(self) -> None: ...

# ---- write_watch -------------------------------------------------------------------------------

def dirty(region: Region, offset: int, size: int, reset: bool) -> Table: ...

class Snapshots:
    def __init__(self, region: Region) -> None: ...
    def __len__(self) -> int: ...
    @property
    def current(self) -> int | None:
        """Number of the snapshot that the next one will follow, or ``None``. Stays when closed."""
    @property
    def stored(self) -> int:
        """Bytes of contents that the snapshots keep. 0 once they are closed."""
    @property
    def closed(self) -> bool:
        """Whether they let go of the region."""
    def take(self) -> int: ...
    def _restore(self, number: int) -> int: ...
    def _forget(self, number: int) -> int: ...
    def _numbers(self) -> list[int]: ...
    def _changed(self, number: int) -> Table: ...
    def close(self) -> None:
        """Forget all snapshots, and let go of the region. Closing twice is harmless."""

# ---- awe ---------------------------------------------------------------------------------------

class PhysicalPages:
    def __init__(self, count: int, node: int | None) -> None: ...
    @property
    def obtained(self) -> int:
        """Pages that Windows gave, maybe fewer than were asked for. A count; stays when closed."""
    @property
    def mapped(self) -> int:
        """How many of the pages some window shows now. 0 once they are closed."""
    @property
    def closed(self) -> bool:
        """Whether the pages are given back."""
    def close(self) -> None: ...

class WindowPart(Buffer): ...

class Window(Buffer):
    def __init__(self, size: int) -> None: ...
    @property
    def size(self) -> int:
        """Bytes: whole pages. Stays when it is closed."""
    @property
    def address(self) -> int:
        """Address of the first byte.

        Raises:
            ValueError: The window is closed.
        """
    @property
    def mapped(self) -> int:
        """Pages that the window shows now. A count; 0 once it is closed."""
    @property
    def closed(self) -> bool:
        """Whether the window is freed."""
    def _map(self, pages: PhysicalPages, slot: int, first: int, count: int) -> None: ...
    def _map_scatter(
        self, pages: PhysicalPages, placements: Sequence[tuple[int, int | None]]
    ) -> None: ...
    def _unmap(self, slot: int, count: int) -> int: ...
    def _part(self, offset: int, size: int) -> WindowPart: ...
    def close(self) -> None: ...

# ---- numa --------------------------------------------------------------------------------------

class NumaNode:
    number: Final[int]
    group: Final[int]
    processors: Final[int]  # bits
    available: Final[int | None]  # bytes

def query_numa_nodes() -> list[NumaNode]: ...
def numa_node_of(address: int) -> int | None: ...

# ---- heaps -------------------------------------------------------------------------------------
class HeapKind(Enum):
    """How a heap works inside."""

    NT = 0
    LOW_FRAGMENTATION = 1
    SEGMENT = 2

class EntryFlag(IntFlag):
    """Flags of a heap's entry, Windows' own (undocumented)."""

    BUSY = 0x0001
    SEGMENT = 0x0002
    SETTABLE = 0x0010
    UNCOMMITTED = 0x1000
    NO_ACCESS = 0x2000
    LARGE = 0x4000
    LOW_FRAGMENTATION = 0x8000

class Heap:
    @overload
    def __init__(self, initial: int, maximum: int, serialize: bool, executable: bool) -> None: ...
    @overload
    def __init__(self, address: int) -> None: ...
    @property
    def address(self) -> int:
        """Where the heap is, which is also its handle. Stays when it is closed."""
    @property
    def blocks(self) -> int:
        """Blocks that ntpages allocated from it and that are not freed. A count."""
    @property
    def owned(self) -> bool:
        """Whether ntpages created it, and ``close()`` destroys it."""
    @property
    def closed(self) -> bool:
        """Whether ``close()`` has destroyed it, called on this object or on an equal one."""
    @property
    def _key(self) -> int: ...
    def close(self) -> None: ...
    def allocate(self, size: int, *, zero: bool = False) -> Block:
        """Allocate a block.

        Args:
            size: Bytes, from 0.
            zero: Whether the block starts as zeros; its content is undefined otherwise.

        Raises:
            ValueError: ``size`` is out of range, the heap is closed, or other code made the heap.
            OutOfMemoryError: The heap has reached its maximum, or the system has no more.

        Source: ``HeapAlloc`` (heapapi.h), Windows 2000.
        """
    def free(self, block: Block) -> None: ...
    def size(self, block: Block) -> int: ...
    def _reallocate(self, block: Block, size: int, zero: bool, in_place: bool) -> None: ...
    @overload
    def _validate(self) -> bool: ...
    @overload
    def _validate(self, block: Block) -> bool: ...
    def compact(self) -> int: ...
    def _kind(self) -> HeapKind: ...
    def _lock(self) -> None: ...
    def _unlock(self) -> None: ...

class Block(Buffer):
    """Memory from a heap or a pool: one writable buffer of bytes.

    It is freed by ``free()``, at the end of its ``with`` block, or when the last reference
    goes; it is gone when its heap is closed. While a view of it lives, neither can happen.
    """

    @property
    def address(self) -> int:
        """Address of the first byte. ``Heap.reallocate()`` may change it.

        Raises:
            ValueError: The block is freed, or its heap closed.
        """
    @property
    def size(self) -> int:
        """Bytes, exactly as asked for.

        Raises:
            ValueError: The block is freed, or its heap closed.
        """
    @property
    def live(self) -> bool:
        """Whether it is neither freed nor its heap closed."""
    def free(self) -> None:
        """Give the memory back.

        Raises:
            ValueError: It was freed before, or its heap is closed.
            BufferError: A view of it is alive.

        Source: ``HeapFree`` (heapapi.h), Windows 2000.
        """
    def __enter__(self) -> Self: ...
    def __exit__(self, *raised: object) -> None: ...

class Pool:
    def __init__(self, item_size: int) -> None: ...
    def __len__(self) -> int: ...
    @property
    def item_size(self) -> int:
        """Bytes of each item."""
    @property
    def closed(self) -> bool:
        """Whether it was closed, and gives out no items any more."""
    def allocate(self, *, zero: bool = False) -> Block:
        """Allocate one item; the first one makes the heap.

        Args:
            zero: Whether the item starts as zeros; its content is undefined otherwise.

        Raises:
            ValueError: The pool is closed.
            OutOfMemoryError: The system has no more.

        Source: ``HeapAlloc`` (heapapi.h), Windows 2000.
        """
    def close(self) -> None: ...

class HeapSums:
    # Sizes in bytes.

    busy_blocks: Final[int]
    busy: Final[int]
    free_blocks: Final[int]
    free: Final[int]
    largest_free: Final[int]
    uncommitted: Final[int]

class HeapTotals:
    # Bytes.

    allocated: Final[int]
    committed: Final[int]
    reserved: Final[int]
    limit: Final[int]
    walked: Final[bool]

def process_heap() -> int: ...
def heap_addresses() -> list[int]: ...
def walk_heap(heap: Heap) -> Table: ...
def count_heap(heap: Heap) -> Table: ...
def sum_heap(heap: Heap) -> HeapSums: ...
def summarize_heap(heap: Heap) -> HeapTotals: ...
def count_entries(table: Table) -> Table: ...
def sum_entries(table: Table) -> HeapSums: ...
def compare_entries(before: Table, after: Table) -> Table: ...
def terminate_on_heap_corruption() -> None: ...

class HeapMethod(Enum):
    QUERY = 0
    TOOLHELP = 1

class RemoteHeap:
    # Sizes in bytes.

    address: Final[int]
    kind: Final[HeapKind | None]
    flags: Final[int]
    allocated: Final[int]
    committed: Final[int]
    blocks: Final[int]

class HeapQuery:
    def __init__(self, pid: int, method: HeapMethod, blocks: bool, clone: bool) -> None: ...
    def wait(self, milliseconds: int) -> bool: ...
    def abandon(self) -> None: ...
    @property
    def heaps(self) -> list[RemoteHeap]: ...
    @property
    def entries(self) -> Table: ...

class GlobalMemory(Buffer):
    @overload
    def __init__(self, size: int, movable: bool, zero: bool, local: bool) -> None: ...
    @overload
    def __init__(self, handle: int, local: bool) -> None: ...
    @property
    def handle(self) -> int:
        """What Windows knows the memory by; of fixed memory, its address.

        Raises:
            ValueError: It was closed or detached.
        """
    @property
    def size(self) -> int:
        """Bytes, as Windows says: at least what was asked for.

        Raises:
            ValueError: It was closed or detached.
            NtError: Windows knows no such memory any more: somebody else freed it.

        Source: ``GlobalSize``, ``LocalSize`` (winbase.h), Windows 2000.
        """
    @property
    def local(self) -> bool:
        """Whether it is of LocalAlloc's family, else of GlobalAlloc's."""
    @property
    def closed(self) -> bool:
        """Whether it was freed, or handed on by ``detach()``."""
    def close(self) -> None: ...
    def detach(self) -> int: ...

# ---- processes ---------------------------------------------------------------------------------
def list_processes(full: bool, limits: bool, known_limits: Table | None) -> Table: ...

class Protected:
    @property
    def address(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def protection(self) -> int: ...

class Process:
    def __init__(self, pid: int) -> None: ...
    @property
    def pid(self) -> int: ...
    @property
    def closed(self) -> bool: ...
    def close(self) -> None: ...
    def counters(
        self,
    ) -> tuple[int, int, int, int, int, int, int, int, int, int, int, int]: ...
    def read(self, address: int, size: int, partial: bool) -> bytes: ...
    def read_into(self, address: int, buffer: Buffer, partial: bool) -> int: ...
    def read_many(
        self, addresses: Sequence[int] | Buffer, size: int
    ) -> tuple[bytes, list[int]]: ...
    def write(self, address: int, data: Buffer, unprotect: bool) -> None: ...
    def allocate(self, at: int, size: int, commit: bool, protection: int) -> int: ...
    def commit(self, address: int, size: int, protection: int) -> None: ...
    def decommit(self, address: int, size: int) -> None: ...
    def free(self, address: int) -> None: ...
    def protect(self, address: int, size: int, protection: int) -> list[Protected]: ...
    def restore(self, before: list[Protected]) -> None: ...

class Scan:
    def __init__(
        self,
        process: Process,
        needles: list[tuple[bytes, bytes, int]],
        start: int,
        end: int,
        writable: bool,
        limit: int,
    ) -> None: ...
    def advance(self, size: int) -> bool: ...
    @property
    def scanned(self) -> int: ...
    @property
    def cut_short(self) -> bool: ...
    def matches(self) -> Table: ...
    def holes(self) -> Table: ...

def narrow(
    process: Process, needles: list[tuple[bytes, bytes, int]], addresses: Sequence[int] | Buffer
) -> tuple[Table, Table]: ...

# ---- working_sets ------------------------------------------------------------------------------
class Limits:
    @property
    def minimum(self) -> int: ...
    @property
    def maximum(self) -> int: ...
    @property
    def hard_minimum(self) -> bool: ...
    @property
    def hard_maximum(self) -> bool: ...

def working_set_limits(pid: int) -> Limits: ...
def set_working_set_limits(
    pid: int,
    minimum: int | None,
    maximum: int | None,
    hard_minimum: bool | None,
    hard_maximum: bool | None,
) -> Limits: ...
def empty_working_set(pid: int) -> None: ...
def empty_working_set_by_limits(pid: int) -> None: ...
def working_set_pages(pid: int, start: int, end: int, valid_only: bool) -> Table: ...
