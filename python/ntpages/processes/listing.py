"""All processes at once, from one question to the kernel."""

from __future__ import annotations

from ntpages._native import processes as native
from ntpages.table import Table, adopt

__all__ = ["list_processes"]


def list_processes(*, full: bool = False, limits: bool | Table = False) -> Table:
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
            ``hard_maximum``, whether they hold when memory is short, or plentiful. Each process
            is opened for this. Who looks often gives a table that was returned before, with
            limits: what it says is taken over, and only newcomers are opened.

    Raises:
        ValueError: ``limits`` is a table without these columns.
        AccessDeniedError: ``full``, and the caller is no administrator.
        UnavailableError: ``full``, before Windows 10.
        NtError: Windows refused.

    Source: ``NtQuerySystemInformation``, classes 5 and 148 (phnt ``ntexapi.h``);
    ``GetProcessWorkingSetSizeEx`` (``memoryapi.h``), Windows Vista.
    """
    known = limits if isinstance(limits, Table) else None
    return adopt(native.list_processes(full, known is not None or bool(limits), known))
