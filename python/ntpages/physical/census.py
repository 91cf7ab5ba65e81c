"""One look at every page, and the sums of it."""

from __future__ import annotations

import time
from array import array
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from ntpages import arguments
from ntpages import processes as all_processes
from ntpages._native import physical as native
from ntpages.errors import NtError
from ntpages.physical.files import CachedFileRow
from ntpages.physical.pages import PageUse, name_of, owner_in_page, process_sources, take
from ntpages.physical.ranges import looking
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from ntpages._native.table import Table as Rows
    from ntpages.physical.pages import Progress

__all__ = [
    "ProcessPagesRow",
    "StandbyPriorityRow",
    "Summary",
    "UseRow",
    "look",
    "priorities",
    "processes",
    "summary",
]

_OF_FILTER = {"NtOpenFile", "NtDeviceIoControlFile"}
_OF_TRACING = {"StartTraceW", "ControlTraceW", "OpenTraceW", "ProcessTrace"}
_LAST_PID = 2**32 - 1  # what is above is the key of a process, not its id


class UseRow(NamedTuple):
    """How many bytes are used for something, by the list that they are on."""

    use: PageUse
    active: int
    standby: int
    modified: int
    modified_no_write: int
    transition: int
    zero: int
    free: int
    bad: int
    pinned: int
    total: int


class StandbyPriorityRow(NamedTuple):
    """What is on one of the eight standby lists."""

    priority: int
    standby: int
    files: int
    private: int
    shared: int
    repurposed: int


@shows_addresses
class ProcessPagesRow(NamedTuple):
    """What of physical memory is a process' own."""

    pid: int
    name: str
    session: int
    owner: Address
    active: int
    standby: int
    modified: int
    other: int
    page_tables: int
    large: int
    total: int


@shows_addresses
class _OwnerRow(NamedTuple):
    owner: Address
    active: int
    standby: int
    modified: int
    other: int
    page_tables: int
    large: int
    total: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What one look at every page found. Sizes are bytes.

    It is no snapshot: pages went from one list to another meanwhile.
    """

    uses: Table[UseRow]
    """A row for each ``PageUse``: ``active``, ``standby``, ``modified``, ``modified_no_write``,
    ``transition``, ``zero``, ``free`` and ``bad``, by the list that its pages are on; ``pinned``,
    what is locked or in use by several; ``total``."""
    priorities: Table[StandbyPriorityRow]
    """A row for each priority, 0 to 7: ``standby``, all on that list, and of that ``files``,
    ``private`` and ``shared``; ``repurposed``, given to somebody else since the system started."""
    processes: Table[ProcessPagesRow] | None
    """The largest first, where that was asked for; see ``processes()``."""
    files: Table[CachedFileRow] | None
    """The largest first, where that was asked for; see ``files()``."""
    images: int
    """What of the files in use is of programs and libraries."""
    combined: int
    """Shared pages that stand for several of equal content."""
    total: int
    """All memory that the kernel manages."""
    unidentified: int
    """What of that it has no record of, as of memory that was removed."""
    drift: int
    """How far the lists, as counted, are from what the kernel said of them at the end, all
    differences taken together: so much changed during the look."""
    seconds: float
    """How long it took."""
    keys_hidden: bool
    """Whether the kernel named no process, or no file: newer ones want ``SeDebugPrivilege``."""
    names_refused: NtError | None
    """Why the filter of file systems does not name files; ``None`` where it does, or nobody asked.
    Files that are open may have names all the same, from the kernel's tracing."""


def summary(
    *, processes: bool = False, files: bool = False, progress: Progress | None = None
) -> Summary:
    r"""Look at every page of the machine, and return the sums.

    A second or so for each 64 GiB; no memory for a page.

    Args:
        processes: Sum by process, too.
        files: Sum by file, too.
        progress: Called now and then with the bytes looked at and the bytes to look at.

    Raises:
        PrivilegeNotHeldError: The token lacks the privilege.
        AccessDeniedError: Windows denies it all the same.
        UnavailableError: The system does not say (Wine).
        NtError: What the kernel wrote makes no sense.

    Needs: ``SeProfileSingleProcessPrivilege``, enabled for the call; ``SeDebugPrivilege`` too,
    where it is held, since newer kernels hide keys without it.

    Source: ``NtQuerySystemInformation`` class 79, 6, 8 and 17 (undocumented), Windows Vista;
    ``NtDeviceIoControlFile`` of ``\Device\FileInfo`` (undocumented), Windows 10; where that refuses
    ``StartTraceW`` (evntrace.h), Windows 8.
    """
    by_process = arguments.boolean("processes", processes)
    by_file = arguments.boolean("files", files)
    if progress is not None:
        arguments.function("progress", progress)
    with looking():
        return look(by_process=by_process, by_file=by_file, progress=progress)


def look(*, by_process: bool, by_file: bool, progress: Progress | None) -> Summary:
    """Do what ``summary()`` says, with privileges as they are."""
    start = time.perf_counter()
    census = native.Census(by_process, by_file)
    take(census, progress)
    seconds = time.perf_counter() - start
    names, refused = _names() if by_file else (None, None)
    return Summary(
        uses=adopt(census.uses(), UseRow),
        priorities=adopt(census.priorities(), StandbyPriorityRow),
        processes=_processes(census.owners()) if by_process else None,
        files=_largest_first(census.files(names)) if by_file else None,
        images=census.images,
        combined=census.combined,
        total=census.total,
        unidentified=census.unidentified,
        drift=census.drift,
        seconds=seconds,
        keys_hidden=census.keys_hidden,
        names_refused=refused,
    )


def _names() -> tuple[native.FileNames | None, NtError | None]:
    try:
        return native.FileNames(), None
    except NtError as error:
        if error.call not in _OF_FILTER:
            raise
        refused = error
    try:
        with TemporaryDirectory(prefix="ntpages-", ignore_cleanup_errors=True) as folder:
            return native.trace_file_names(str(Path(folder, "names.etl"))), refused
    except NtError as error:
        if error.call not in _OF_TRACING:
            raise
    except OSError:  # there is no place for a log
        pass
    return None, refused  # keys are something, too


def _largest_first(files: Rows) -> Table[CachedFileRow]:
    return adopt(files, CachedFileRow).sort("total", descending=True)


def _processes(owners: Rows) -> Table[ProcessPagesRow]:
    """Say who the owners of pages are: some kernels give their ids, some their keys."""
    sources = process_sources()
    ids = {owner_in_page(each.key): each.id for each in sources if each.key}
    of_source = {each.id: each for each in sources}
    names = {each.pid: each.name for each in all_processes.list_processes()}
    rows = []
    for each in adopt(owners, _OwnerRow).sort("total", descending=True):
        pid = each.owner if each.owner <= _LAST_PID else ids.get(each.owner, 0)
        source = of_source.get(pid)
        name = names.get(pid, "")
        if source:
            name = name_of(source, name)
        rows.append((pid, name, source.session if source else 0, *each))
    columns = zip(*rows, strict=True) if rows else ((),) * len(ProcessPagesRow._fields)
    cells = {
        field: [*column] if field == "name" else array("Q", column)
        for field, column in zip(ProcessPagesRow._fields, columns, strict=True)
    }
    return adopt(Table("ProcessPages", cells), ProcessPagesRow)


def processes(*, progress: Progress | None = None) -> Table[ProcessPagesRow]:
    """Return what of physical memory is each process' own, the largest first.

    Columns: ``pid`` and ``name``, 0 and empty where nobody is known by that ``owner``, which is
    what the pages say; ``session``; ``active``, private pages in its working set, ``standby``,
    ``modified`` and ``other``, those it lost; ``page_tables``; ``large``, AWE and large pages,
    which are in no working set; ``total`` (all bytes). What it shares with others is not told.

    Args:
        progress: Called now and then with the bytes looked at and the bytes to look at.

    Raises:
        PrivilegeNotHeldError: The token lacks the privilege.
        AccessDeniedError: Windows denies it all the same.
        UnavailableError: The system does not say (Wine).
        NtError: What the kernel wrote makes no sense.

    Needs: ``SeProfileSingleProcessPrivilege``, enabled for the call.

    Source: ``NtQuerySystemInformation`` class 79, 6 and 8 (undocumented), Windows Vista.
    """
    found = summary(processes=True, progress=progress).processes
    assert found is not None
    return found


def priorities(*, progress: Progress | None = None) -> Table[StandbyPriorityRow]:
    """Return what is on each of the eight standby lists.

    Columns: ``priority``; ``standby``, all on that list, and of that ``files``, ``private`` and
    ``shared``; ``repurposed``, given to somebody else since the system started (bytes).

    Args:
        progress: Called now and then with the bytes looked at and the bytes to look at.

    Raises:
        PrivilegeNotHeldError: The token lacks the privilege.
        AccessDeniedError: Windows denies it all the same.
        UnavailableError: The system does not say (Wine).
        NtError: What the kernel wrote makes no sense.

    Needs: ``SeProfileSingleProcessPrivilege``, enabled for the call.

    Source: ``NtQuerySystemInformation`` class 79, 6 (undocumented), Windows Vista.
    """
    return summary(progress=progress).priorities
