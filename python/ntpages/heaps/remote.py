"""The heaps of other processes: one query of the kernel's own debugging aid, not one per block."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from ntpages import arguments, errors
from ntpages._native import heaps as native
from ntpages._native.heaps import EntryFlag, HeapMethod, ProcessHeap
from ntpages.table import adopt
from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from ntpages.table import Table

__all__ = ["ProcessHeap", "ProcessHeaps", "RemoteEntryRow", "walk_process"]

_METHODS = {"query": HeapMethod.QUERY, "toolhelp": HeapMethod.TOOLHELP}
_CALLS = {"query": "RtlQueryProcessDebugInformation", "toolhelp": "Heap32Next"}
_LOOK = 50  # milliseconds between looks at the clock and at Ctrl-C


@shows_addresses
class RemoteEntryRow(NamedTuple):
    """An entry of a process's heap, as ``walk_process()`` tells of it."""

    heap: Address
    address: Address
    size: int
    overhead: int
    flags: EntryFlag
    region: int
    kind: str


@dataclass(frozen=True, slots=True)
class ProcessHeaps:
    """What was found out about a process's heaps."""

    pid: int
    """Process id."""
    heaps: tuple[ProcessHeap, ...]
    """In the order in which Windows lists them: the default heap first."""
    entries: Table[RemoteEntryRow]
    """Their entries: all, or the segments alone if blocks were not asked for."""
    method: Literal["query", "toolhelp"]
    """Who was asked."""
    cloned: bool
    """Whether a clone of the process was looked at."""


def walk_process(
    pid: int,
    *,
    blocks: bool = True,
    timeout: float = 30.0,
    clone: bool = False,
    method: Literal["query", "toolhelp"] = "query",
) -> ProcessHeaps:
    """Return the heaps of a process, and every block in them, from one query.

    Windows answers by putting a thread into the process for a moment, and it locks each heap while
    that thread lists it. A process that is suspended, or stopped while it holds such a lock, never
    answers: hence the ``timeout``. A ``clone`` spares the process all of this; making one stops it
    for a few milliseconds, and takes address space and page tables of its size.

    Args:
        pid: Process id, also one's own. Of a 64-bit process: of a 32-bit one's heaps Windows tells
            32-bit programs only, so they are refused here instead of being told in part.
        blocks: Whether to return every block; else the segments alone, which is far quicker.
        timeout: Seconds, above 0. A query that is given up goes on in the background until
            Windows lets go of it; a clone is ended at once, and its query with it.
        clone: Whether to look at a copy of the process, which is ended afterwards.
        method: ``"query"``; or ``"toolhelp"``, the documented way: it asks Windows for the whole
            list again for every single block, so it takes minutes where the query takes seconds.

    Returns:
        The heaps, and a table of entries with the columns of ``Heap.walk()`` and ``heap``, the
        address of the heap they are in. ``size`` includes the overhead here, and ``address`` is
        worked out from the segment's first block: 0 where it can't be (large blocks).

    Raises:
        ValueError: An argument breaks its rule.
        TimeoutError: There was no answer in time.
        NoSuchProcessError: There is no such process, or it ended meanwhile.
        AccessDeniedError: Another user's or a protected process. SeDebugPrivilege opens the former.
        UnavailableError: A 32-bit process; or one that answers without telling of any heap, as
            suspended apps do, and everything under Wine.
        CorruptHeapError: A block is larger than all of the process. What was told up to there is
            the error's ``found``.
        OutOfMemoryError: There is no memory for the answer.
        NtError: Windows refused, or the answer made no sense.

    Source: ``RtlQueryProcessDebugInformation`` (undocumented, Windows NT 4),
    ``RtlCreateProcessReflection`` (undocumented, Windows 7); ``CreateToolhelp32Snapshot``, asked
    again up to 20 times while it says ``ERROR_BAD_LENGTH``, ``Heap32ListFirst``, ``Heap32First``
    (tlhelp32.h), Windows 2000.
    """
    pid = arguments.pid("pid", pid)
    timeout = arguments.seconds("timeout", timeout, above_zero=True)
    arguments.choice("method", method, tuple(_METHODS))
    blocks, clone = arguments.boolean("blocks", blocks), arguments.boolean("clone", clone)
    if clone and method == "toolhelp":
        msg = "Toolhelp can't look at a clone: clone must be False"
        raise ValueError(msg)
    query = native.HeapQuery(pid, _METHODS[method], blocks, clone)
    end = time.monotonic() + timeout
    try:
        while not query.wait(_LOOK):
            if time.monotonic() > end:
                msg = f"process {pid} did not tell of its heaps within {timeout:g} s"
                raise TimeoutError(msg)
    except BaseException:
        query.abandon()
        raise
    entries = adopt(query.entries, RemoteEntryRow)
    found = ProcessHeaps(pid, query.heaps, entries, method, clone)
    if query.corrupt:
        raise errors.corrupt_heap(_CALLS[method], query.corrupt, found)
    return found
