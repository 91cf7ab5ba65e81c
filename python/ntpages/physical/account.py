"""Where the machine's memory is: parts that sum up to all of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ntpages import arguments, system
from ntpages import processes as all_processes
from ntpages._native import memory_lists as native_lists
from ntpages._native import physical as native
from ntpages.errors import AccessDeniedError, NtError, PrivilegeNotHeldError, UnavailableError
from ntpages.physical.census import look
from ntpages.physical.pages import PageUse
from ntpages.physical.ranges import looking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntpages.physical.census import Summary
    from ntpages.physical.pages import Progress

__all__ = ["Group", "MemoryAccount", "Part", "account"]

_DENIALS = {"AdjustTokenPrivileges", "NtQuerySystemInformation"}
_STORES = {"memcompression", "memory compression"}
_IN_USE = {  # what is told as it is; files and processes are told apart further
    "shared memory": (PageUse.SHARED,),
    "metafile": (PageUse.METAFILE,),
    "paged pool": (PageUse.PAGED_POOL,),
    "nonpaged pool": (PageUse.NONPAGED_POOL,),
    "drivers": (PageUse.SYSTEM_PTE, PageUse.DRIVER_LOCKED),
    "sessions": (PageUse.SESSION,),
    "page tables": (PageUse.PAGE_TABLE,),
    "kernel stacks": (PageUse.KERNEL_STACK,),
    "AWE and large pages": (PageUse.AWE, PageUse.LARGE_PAGE, PageUse.HUGE_PAGE),
    "of another kind": (PageUse.PROCESS_INTERNAL, PageUse.UNKNOWN),
}


class Group(Enum):
    """What can be done with a part of memory."""

    IN_USE = "in use"
    MODIFIED = "modified"
    """Reusable once it is written."""
    STANDBY = "standby"
    """Reusable at once; read again if it is missed."""
    FREE = "free"
    NOT_USABLE = "not usable"
    """Not for programs: firmware and devices have it, or it is bad."""
    NOT_TOLD = "not told"
    """What Windows keeps to itself."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the machine's memory."""

    group: Group
    name: str
    size: int
    """Bytes. Where Windows changed its numbers during the look, what is not told may be below 0."""


@dataclass(frozen=True, slots=True)
class MemoryAccount:
    """Where the machine's memory is."""

    parts: tuple[Part, ...]
    """They sum up to ``total``."""
    total: int
    """Bytes of memory that are plugged in; all that Windows has, where it does not say."""
    summary: Summary | None
    """What the pages said; ``None`` where they may not be looked at."""
    refused: NtError | None
    """Why not; ``None`` where they may."""

    def of(self, group: Group) -> int:
        """Return the bytes of all parts of a group.

        Args:
            group: Which.
        """
        arguments.instance("group", group, Group)
        return sum(part.size for part in self.parts if part.group is group)


def account(
    *, processes: bool = False, files: bool = False, progress: Progress | None = None
) -> MemoryAccount:
    """Return where all memory of the machine is.

    Where the pages may not be looked at, what everybody may know is told, and the rest is one part.

    Of data files in use, ``"file cache"`` is what the cache has in its own working set, and
    ``"mapped files"`` what only processes have. Windows says how large the former is, and of no
    page which it is in: what processes have mapped of what is cached, too, is told as cached, and
    who has a file mapped is not told at all.

    Args:
        processes: Sum by process, too: ``summary.processes``.
        files: Sum by file, too: ``summary.files``.
        progress: Called now and then with the bytes looked at and the bytes to look at.

    Raises:
        NtError: Windows refused its totals, or what the kernel wrote makes no sense.

    Needs: nothing; with ``SeProfileSingleProcessPrivilege`` everything is told.

    Source: ``NtQuerySystemInformation`` classes 21 and 79 (undocumented), Windows Vista;
    ``GetPhysicallyInstalledSystemMemory`` (sysinfoapi.h), Windows Vista.
    """
    processes = arguments.boolean("processes", processes)
    files = arguments.boolean("files", files)
    if progress is not None:
        arguments.function("progress", progress)
    memory = system.memory()
    found = None
    try:
        with looking():
            found = look(by_process=True, by_file=files, progress=progress)
    except (AccessDeniedError, PrivilegeNotHeldError, UnavailableError) as refused:
        if found or refused.call not in _DENIALS:  # it was no look that was denied
            raise
        return _whole(
            [*_of_everybody(memory, refused)], memory.total, memory.installed, None, refused
        )
    return _whole([*_of_pages(found)], found.total, memory.installed, found, None)


def _whole(
    parts: list[Part],
    managed: int,
    installed: int | None,
    found: Summary | None,
    refused: NtError | None,
) -> MemoryAccount:
    total = max(managed, installed or 0)
    parts.append(Part(Group.NOT_USABLE, "hardware reserved", total - managed))
    return MemoryAccount(tuple(parts), total, found, refused)


def _of_pages(found: Summary) -> Iterator[Part]:
    uses = {each.use: each for each in found.uses}

    def in_use(*wanted: PageUse) -> int:
        return sum(uses[use].active + uses[use].transition for use in wanted)

    stores = sum(each.active for each in found.processes or () if each.name.casefold() in _STORES)
    yield Part(Group.IN_USE, "process private", in_use(PageUse.PROCESS_PRIVATE) - stores)
    yield Part(Group.IN_USE, "compression store", stores)
    yield Part(Group.IN_USE, "programs and libraries", found.images)
    yield from _of_files(in_use(PageUse.FILE) - found.images, in_use(PageUse.METAFILE))
    for name, wanted in _IN_USE.items():
        yield Part(Group.IN_USE, name, in_use(*wanted))

    def on(name: str) -> int:
        return sum(getattr(each, name) for each in uses.values())

    yield Part(Group.MODIFIED, "to be written", on("modified"))
    yield Part(Group.MODIFIED, "held back from writing", on("modified_no_write"))
    for each in reversed([*found.priorities]):
        yield Part(Group.STANDBY, f"priority {each.priority}", each.standby)
    nobody = uses[PageUse.NONE]
    yield Part(Group.FREE, "zeroed", nobody.zero)
    yield Part(Group.FREE, "free", nobody.free)
    yield Part(Group.NOT_USABLE, "bad", nobody.bad)
    yield Part(Group.NOT_TOLD, "without a record", found.unidentified)


def _of_files(size: int, metafile: int) -> Iterator[Part]:
    """Tell data files that the cache has from those that processes alone have mapped.

    No page says who has it, but the cache's working set has a size, metafile included.
    """
    try:
        cache = native_lists.query_file_cache()
    except NtError:
        yield Part(Group.IN_USE, "data files, cached or mapped", size)
        return
    cached = min(size, max(0, cache - metafile))
    yield Part(Group.IN_USE, "file cache", cached)
    yield Part(Group.IN_USE, "mapped files", size - cached)


def _of_everybody(memory: system.SystemMemory, refused: NtError) -> Iterator[Part]:
    private = sum(all_processes.list_processes()["private_working_set"].tolist())
    parts = [
        Part(Group.IN_USE, "process private", private),
        Part(Group.IN_USE, "nonpaged pool", memory.kernel_nonpaged),
        *_lists(memory),
    ]
    with suppress(NtError):
        cache = native_lists.query_file_cache()
        parts.append(Part(Group.IN_USE, "file cache and metafile", cache))
    yield from parts
    rest = memory.total - sum(part.size for part in parts)
    unknown = isinstance(refused, UnavailableError)  # to administrators as well
    advice = "this system does not tell" if unknown else "run as administrator"
    yield Part(Group.NOT_TOLD, f"the rest: {advice}", rest)


def _lists(memory: system.SystemMemory) -> Iterator[Part]:
    try:
        lists = native.query_coarse_lists()
    except NtError:
        yield Part(Group.FREE, "free or standby", memory.available)
        return
    yield Part(Group.MODIFIED, "to be written", lists.modified)
    yield Part(Group.STANDBY, "all priorities", lists.standby)
    yield Part(Group.FREE, "free or zeroed", lists.free)
