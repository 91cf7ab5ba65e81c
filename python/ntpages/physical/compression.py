"""The store that keeps pages compressed in memory instead of writing them to a page file."""

from __future__ import annotations

import time
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ntpages import arguments, privileges, system
from ntpages import processes as all_processes
from ntpages._native import physical as native
from ntpages.arguments import ADDRESS_SPACE
from ntpages.memory_lists.cleaning import PROFILE
from ntpages.physical.pages import name_of, process_sources
from ntpages.table import Table, adopt

if TYPE_CHECKING:
    from ntpages.system import FaultCounters

__all__ = ["Compression", "StoredRow", "TrimmedCompression", "compression", "trim_compression"]

_PAGE = 4096


class StoredRow(NamedTuple):
    """What of a process is compressed."""

    pid: int
    name: str
    stored: int


@dataclass(frozen=True, slots=True)
class Compression:
    """The compression store. Sizes are bytes."""

    pid: int
    """The process whose memory it is, 0 where nothing is compressed."""
    working_set: int
    """What it takes in memory, beyond 4 GiB too."""
    data: int
    """What was stored."""
    compressed: int
    """What that takes, compressed."""
    unique: int
    """What was stored, without what is there twice."""
    processes: Table[StoredRow]
    """``pid``, ``name`` and ``stored`` of each process of which something is stored, the largest
    first."""

    @property
    def ratio(self) -> float | None:
        """How many times as much was stored as it takes; ``None`` where nothing is."""
        return self.data / self.compressed if self.compressed else None


@dataclass(frozen=True, slots=True)
class TrimmedCompression:
    """What became of the store when it was trimmed."""

    before: Compression
    after: Compression
    faults: FaultCounters | None
    """What was faulted in while it was watched, by everybody; ``None`` where nobody watched."""


def compression() -> Compression:
    """Return how much memory is compressed, how well, and whose it is.

    Raises:
        AccessDeniedError: This Windows asks for the privilege.
        UnavailableError: Nothing is ever compressed here: before Windows 10, and on Wine.
        NtError: Windows refused.

    Needs: nothing on newer builds; where it is held, ``SeProfileSingleProcessPrivilege`` is enabled
    for the call.

    Source: ``NtQuerySystemInformation`` class 109, 22, and class 79, 8 (undocumented), Windows 10.
    """
    with privileges.enabled_if_held(PROFILE):
        sizes = native.query_store()
        sources = process_sources(stored=True)
    every = {each.pid: each for each in all_processes.list_processes()}
    store = every.get(sizes.pid)
    stored = sorted((each for each in sources if each.stored), key=lambda each: -each.stored)
    names = (every[each.id].name if each.id in every else "" for each in stored)
    columns: dict[str, Any] = {
        "pid": array("Q", (each.id for each in stored)),
        "name": [*map(name_of, stored, names)],
        "stored": array("Q", (each.stored for each in stored)),
    }
    return Compression(
        pid=sizes.pid,
        working_set=store.working_set if store else sizes.working_set,
        data=sizes.data,
        compressed=sizes.compressed,
        unique=sizes.unique,
        processes=adopt(Table("StoredPages", columns), StoredRow),
    )


def trim_compression(size: int, *, watch: float = 0.0) -> TrimmedCompression:
    """Have the store write pages out and let their memory go.

    What was in it must be read from a page file when it is missed: ``watch`` tells the price.

    Args:
        size: Bytes to let go of, in whole pages.
        watch: Seconds to count faults for afterwards.

    Returns:
        The store before and after.

    Raises:
        PrivilegeNotHeldError: The token lacks the privilege.
        AccessDeniedError: Windows denies it all the same.
        UnavailableError: Nothing is ever compressed here: before Windows 10, and on Wine.
        NtError: There is no store, or Windows refused.

    Needs: ``SeProfileSingleProcessPrivilege``, enabled for the call.

    Source: ``NtSetSystemInformation`` class 109, 21 (undocumented), Windows 10.
    """
    size = arguments.multiple("size", size, _PAGE, least=_PAGE, most=ADDRESS_SPACE)
    watch = arguments.seconds("watch", watch)
    before = compression()
    with privileges.enabled(PROFILE):
        native.trim_store(size // _PAGE)
    faults = None
    if watch:
        start = system.fault_counters()
        time.sleep(watch)
        faults = system.fault_counters().since(start)
    return TrimmedCompression(before, compression(), faults)
