"""The pages of the machine, one by one."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol, overload

from ntpages import arguments
from ntpages._native import physical as native
from ntpages.physical.ranges import looking
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from collections.abc import Callable

    Progress = Callable[[int, int], object]

__all__ = [
    "PageList",
    "PageUse",
    "PhysicalPageRow",
    "name_of",
    "of",
    "owner_in_page",
    "pages",
    "process_sources",
    "take",
]

END = 2**52
"""Behind the last physical address that a processor can have."""
_SLICE = 50  # milliseconds before Python hears of it, and of Ctrl-C
_PAGE = 4096


class PageList(Enum):
    """Where a page is kept."""

    ZERO = "zero"
    FREE = "free"
    STANDBY = "standby"
    MODIFIED = "modified"
    MODIFIED_NO_WRITE = "modified no-write"
    BAD = "bad"
    ACTIVE = "active"
    """In a working set, or the kernel's own."""
    TRANSITION = "transition"
    """On its way: being read or written."""


class PageUse(Enum):
    """What a page is used for."""

    PROCESS_PRIVATE = "process private"
    FILE = "file"
    """Of a file that is mapped or cached, programs among them."""
    SHARED = "shared"
    """Shared memory, which page files are behind."""
    PAGE_TABLE = "page table"
    PAGED_POOL = "paged pool"
    NONPAGED_POOL = "nonpaged pool"
    SYSTEM_PTE = "system PTE"
    SESSION = "session"
    METAFILE = "metafile"
    """What file systems cache of their own tables."""
    AWE = "AWE"
    DRIVER_LOCKED = "driver locked"
    KERNEL_STACK = "kernel stack"
    PROCESS_INTERNAL = "process internal"
    LARGE_PAGE = "large page"
    HUGE_PAGE = "huge page"
    """In a range that the kernel keeps no records of its pages for."""
    UNKNOWN = "unknown"
    """A number that this version of ntpages knows no word for."""
    NONE = "none"
    """Nobody's: the page is zero, free or bad."""


@shows_addresses
class PhysicalPageRow(NamedTuple):
    """A page, as ``pages()`` tells of it."""

    address: Address
    list: PageList
    use: PageUse
    priority: int
    pinned: bool
    combined: bool
    image: bool
    owner: Address
    offset: int


@shows_addresses
class SourceRow(NamedTuple):
    """Who has private pages, in the kernel's words."""

    kind: str
    id: int
    session: int
    key: Address
    private_working_set: int
    private: int
    stored: int
    name: str
    foreground: bool


class _Look(Protocol):
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...
    def advance(self, milliseconds: int) -> bool: ...


def take(look: _Look, progress: Progress | None) -> None:
    """Take a look to its end, and say after each part of it how many bytes that were."""
    going = True
    while going:
        going = look.advance(_SLICE)
        if progress:
            progress(look.done, look.total)


def process_sources(*, stored: bool = False) -> list[SourceRow]:
    """Return what the kernel says of the private pages of each process."""
    every = adopt(native.list_sources(stored=stored), SourceRow)
    return [each for each in every if each.kind == "process"]


def name_of(source: SourceRow, name: str) -> str:
    """Return what a process is called, given what the list of processes says of its id.

    A source has 15 characters of it: where they are others, the id is another's by now.
    """
    return name if name.casefold().startswith(source.name.casefold()) else source.name


def owner_in_page(key: int) -> int:
    """Return as much of a process' key as the record of a page has."""
    return key & (2**48 - 1)


def _owners_of(pid: int) -> list[int]:
    """Return what pages name a process by: its id, and on older kernels its key."""
    keys = (owner_in_page(each.key) for each in process_sources() if each.id == pid)
    return [pid, *filter(None, keys)]


def pages(
    *,
    start: int = 0,
    end: int | None = None,
    pid: int | None = None,
    file: int | None = None,
    progress: Progress | None = None,
) -> Table[PhysicalPageRow]:
    """Return the pages of the machine: a row for each, so some 0.5 GiB for 64 GiB of memory.

    Columns: ``address``, physical; ``list`` it is on; ``use``; ``priority``, 0 to 7, of a standby
    page; ``pinned``, locked or in use by several; ``combined``, one for several of equal content;
    ``image``, of a program or a library; ``owner``, the id or the key of the process that has it,
    the key of its file, or where the kernel keeps what is shared; ``offset`` in its file, bytes.

    Pages that the kernel has no record of, as of memory that was removed, have no row.

    Args:
        start: Physical address to begin at.
        end: Physical address to end before; ``None`` is the end of memory.
        pid: Only the pages of this process that are its own.
        file: Only those of the file with this key, an address that ``files()`` tells.
        progress: Called now and then with the bytes looked at and the bytes to look at.

    Raises:
        ValueError: ``start`` is above ``end``.
        PrivilegeNotHeldError: The token lacks the privilege.
        AccessDeniedError: Windows denies it all the same.
        UnavailableError: The system does not say (Wine).
        OutOfMemoryError: There is no memory for the table.
        NtError: What the kernel wrote makes no sense.

    Needs: ``SeProfileSingleProcessPrivilege``, enabled for the call; ``SeDebugPrivilege`` too,
    where it is held, since newer kernels hide keys without it.

    Source: ``NtQuerySystemInformation`` class 79, 6 (undocumented), Windows Vista.
    """
    start = arguments.integer("start", start, least=0, most=END)
    end = END if end is None else arguments.integer("end", end, least=0, most=END)
    if start > end:
        msg = f"start must not be above end, and {start:#x} is above {end:#x}"
        raise ValueError(msg)
    if pid is not None:
        pid = arguments.pid("pid", pid)
    if file is not None:
        file = arguments.address("file", file)
    if progress is not None:
        arguments.function("progress", progress)
    with looking():
        owners = [] if pid is None else _owners_of(pid)
        listing = native.PageListing(start, end, owners, file)
        take(listing, progress)
        return adopt(listing.finish(), PhysicalPageRow)


@overload
def of(*, address: int) -> PhysicalPageRow | None: ...
@overload
def of(*, pid: int) -> Table[PhysicalPageRow]: ...
def of(
    *, address: int | None = None, pid: int | None = None
) -> PhysicalPageRow | Table[PhysicalPageRow] | None:
    """Return what is at a physical address, or all pages that are a process' own.

    Args:
        address: A physical address; any in the page.
        pid: A process id, in the place of an address.

    Returns:
        The page, or ``None`` where there is no memory; for a process its pages, as ``pages()``.

    Raises:
        TypeError: None of the two is given, or both.
        PrivilegeNotHeldError: The token lacks the privilege.
        AccessDeniedError: Windows denies it all the same.
        UnavailableError: The system does not say (Wine).
        OutOfMemoryError: There is no memory for the table.
        NtError: What the kernel wrote makes no sense.

    Needs: ``SeProfileSingleProcessPrivilege``, enabled for the call.

    Source: ``NtQuerySystemInformation`` class 79, 6 (undocumented), Windows Vista.
    """
    if address is not None:
        address = arguments.integer("address", address, least=0, most=END - 1)
    if pid is not None:
        pid = arguments.pid("pid", pid)
    if (address is None) == (pid is None):
        msg = f"give an address or a pid, not {'both' if pid is not None else 'neither'}"
        raise TypeError(msg)
    if address is None:
        return pages(pid=pid)
    page = address // _PAGE * _PAGE
    return next(iter(pages(start=page, end=page + _PAGE)), None)
