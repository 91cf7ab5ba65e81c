"""All processes at once, from one question to the kernel."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, overload

from ntpages import arguments
from ntpages._native import processes as native
from ntpages.processes.names import called
from ntpages.table import Table, adopt

__all__ = ["ProcessRow", "find", "list_processes"]


class ProcessRow(NamedTuple):
    """A process, as ``list_processes()`` tells of it unless it is asked for more."""

    pid: int
    parent: int
    name: str
    working_set: int
    private_working_set: int
    peak_working_set: int
    private: int
    commit: int
    peak_commit: int
    virtual: int
    paged_pool: int
    nonpaged_pool: int
    faults: int
    hard_faults: int
    threads: int
    handles: int
    session: int
    started: float
    cpu_time: float
    cycles: int


@overload
def list_processes(
    *, full: Literal[False] = False, limits: Literal[False] = False
) -> Table[ProcessRow]: ...
@overload
def list_processes(*, full: bool = False, limits: bool | Table = False) -> Table[Any]: ...
def list_processes(*, full: bool = False, limits: bool | Table = False) -> Table[Any]:
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
    full = arguments.boolean("full", full)
    if isinstance(limits, Table):
        return adopt(native.list_processes(full, limits=True, known_limits=limits), ProcessRow)
    limits = arguments.boolean("limits", limits)
    return adopt(native.list_processes(full, limits=limits, known_limits=None), ProcessRow)


def find(name: str) -> Table[ProcessRow]:
    """Return the processes that run a program, as ``list_processes()`` tells of them.

    Args:
        name: Of the program, with ``.exe`` or without, in any case; ``*`` and ``?`` stand for
            anything.

    Raises:
        ValueError: ``name`` is empty.
        NtError: Windows refused.

    Source: as ``list_processes()``.
    """
    there = list_processes()
    pids = {pid for pid, _ in called(arguments.name("name", name), there)}
    return there.where([pid in pids for pid in there.column("pid")])
