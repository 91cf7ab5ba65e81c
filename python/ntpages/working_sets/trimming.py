"""Emptying working sets, whole or in part, and what that costs."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ntpages import arguments
from ntpages._native import working_sets as native
from ntpages.arguments import LAST_ADDRESS
from ntpages.errors import Interrupted, NoSuchProcessError, NtError
from ntpages.processes import Process, list_processes
from ntpages.processes.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ntpages._native.working_sets import TrimmedRange
    from ntpages.table import Table

__all__ = ["Refused", "TrimReport", "Trimmed", "trim", "trim_range", "trim_where"]

_SYSTEM = (0, 4)  # the idle process and the kernel's own, which nobody can trim


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A process whose working set was emptied."""

    pid: int
    name: str
    """Of the program file; empty where nobody asked for it."""
    before: int
    """Bytes in its working set."""
    after: int | None
    """Bytes in it at the end, after it had time to fault pages back in; ``None`` where that can't
    be read."""
    faults: int | None
    """Page faults since, each of a page that it needed after all; those served from memory too.
    ``None`` where they can't be read."""
    hard_faults: int | None
    """Those of them that went to the disk; ``None`` likewise, and after ``trim()``."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A process that could not be trimmed."""

    pid: int
    name: str
    error: NtError


@dataclass(frozen=True, slots=True)
class TrimReport:
    """What ``trim_where()`` did."""

    trimmed: tuple[Trimmed, ...] = ()
    refused: tuple[Refused, ...] = ()
    matched: tuple[int, ...] = ()
    """Ids of the processes that the rules chose, in the order in which they were trimmed."""

    @property
    def freed(self) -> int:
        """Bytes known to have left working sets and not to be back at the end; never below 0."""
        return max(
            0,
            sum(each.before - each.after for each in self.trimmed if each.after is not None),
        )


def trim(pid: int, *, by_limits: bool = False) -> Trimmed:
    """Empty the working set of a process.

    Args:
        pid: Its id.
        by_limits: Do it by setting both limits to -1, the other way that Windows offers. It asks
            for one right less, and does the same.

    Returns:
        What was in it before and after, and the faults in between.

    Needs: ``PROCESS_SET_QUOTA`` and ``PROCESS_QUERY_LIMITED_INFORMATION``.

    Raises:
        ValueError: ``pid`` can't be an id.
        NoSuchProcessError: There is no such process.
        AccessDeniedError: It may not be trimmed: it is protected, or belongs to somebody else.

    Source: ``EmptyWorkingSet`` (``psapi.h``), Windows XP; ``SetProcessWorkingSetSize``.
    """
    pid, by_limits = arguments.pid("pid", pid), arguments.boolean("by_limits", by_limits)
    with Process(pid) as process:
        before = process.counters()
        if by_limits:
            native.empty_working_set_by_limits(pid)
        else:
            native.empty_working_set(pid)
        try:
            after = process.counters()
        except NoSuchProcessError:
            return Trimmed(pid, "", before.working_set, 0, 0, None)
        except NtError:
            return _trimmed_unseen(pid, "", before.working_set)
    faults = _since(before.faults, after.faults)
    return Trimmed(pid, "", before.working_set, after.working_set, faults, None)


def trim_range(pid: int | None = None, *, address: int, size: int) -> TrimmedRange:
    """Take the pages of a range out of the working set of a process, and leave the others there.

    Pages that are locked stay. Those that are used again at once come back; counting is done right
    behind.

    Args:
        pid: Its id; None for the caller.
        address: Where the range begins. Every page with a byte of the range in it is meant.
        size: Bytes, above 0.

    Returns:
        How much of the range was in the working set before and after, and how much is locked.

    Needs: ``PROCESS_QUERY_INFORMATION`` and, of another process, ``PROCESS_VM_OPERATION``.

    Raises:
        ValueError: ``pid``, ``address`` or ``size`` can't be.
        NoSuchProcessError: There is no such process.
        AccessDeniedError: It may not be trimmed.
        UnavailableError: This Windows can't trim a range of another process.
        InvalidAddressError: Pages were freed meanwhile.

    Source: ``VirtualUnlock`` (``memoryapi.h``), Windows XP, which "removes such pages from the
    working set" that are not locked; of another process ``VirtualUnlockEx``, Windows 10 1607;
    ``QueryWorkingSetEx`` (``psapi.h``), Windows Vista.
    """
    pid = os.getpid() if pid is None else arguments.pid("pid", pid)
    address = arguments.address("address", address)
    end = min(address + arguments.size("size", size), LAST_ADDRESS)
    return native.trim_range(pid, address, end)


def trim_where(
    *,
    pids: Iterable[int] | None = None,
    include: str | Iterable[str] | None = None,
    exclude: str | Iterable[str] = (),
    floor: int = 0,
    idle: float = 0.0,
    settle: float = 0.0,
    dry_run: bool = False,
) -> TrimReport:
    """Empty the working sets of all processes that these rules choose.

    The caller itself, the idle process and the kernel's are not among them, unless by id. Who means
    everybody else says so: ``include="*"``.

    Args:
        pids: Choose among these ids only; those that name nobody are told as refused.
        include: Names of program files to choose, or one; ``*`` and ``?`` stand for anything, and
            case does not matter. ``None`` for all that the other rules leave.
        exclude: Names to leave alone even so, or one.
        floor: Bytes; a smaller working set is not worth it.
        idle: Seconds to watch first; a process that runs meanwhile is left alone.
        settle: Seconds to wait afterwards, before faults and working sets are counted.
        dry_run: Choose, and trim nobody.

    Returns:
        Who was trimmed, and who refused. One whose id was given to another process meanwhile is
        told as refused, and the other is left alone.

    Needs: ``PROCESS_SET_QUOTA`` of each process; ``SeDebugPrivilege`` gets it of most.

    Raises:
        ValueError: No rule is given, or a size, a time or an id can't be.
        Interrupted: Ctrl-C came meanwhile; it has the report of what was done.

    Source: ``EmptyWorkingSet`` (``psapi.h``), Windows XP.
    """
    wanted = None if pids is None else dict.fromkeys(arguments.each("pids", pids, arguments.pid))
    included = ["*"] if include is None else arguments.names("include", include)
    excluded = arguments.names("exclude", exclude, may_be_none=True)
    floor = arguments.size("floor", floor, least=0)
    idle, settle = arguments.seconds("idle", idle), arguments.seconds("settle", settle)
    dry_run = arguments.boolean("dry_run", dry_run)
    if pids is None and include is None and not (excluded or floor or idle):
        msg = "nobody is chosen: give pids, include, exclude, floor or idle (include='*' for all)"
        raise ValueError(msg)
    chooses, spares = Names(included), Names(excluded)
    before = list_processes()
    chosen = [
        each
        for each in before
        if each.working_set >= floor
        and (each.pid not in (*_SYSTEM, os.getpid()) if wanted is None else each.pid in wanted)
        and chooses.match(each.name)
        and not spares.match(each.name)
    ]
    if idle:
        time.sleep(idle)
        now = _by_identity(list_processes())
        chosen = [was for was in chosen if _slept(was, now.get(_identity(was)))]
    matched = tuple(each.pid for each in chosen)
    refused = _absent(wanted or (), before)
    if dry_run:
        return TrimReport(refused=refused, matched=matched)

    done: list[Any] = []
    interrupted = False
    try:
        for each in chosen:
            done.append(each)  # before, as Ctrl-C may come right after
            try:
                native.empty_working_set(each.pid, each.started)
            except NtError as error:
                refused += (Refused(done.pop().pid, each.name, error),)
        time.sleep(settle)
    except KeyboardInterrupt:
        interrupted = True
    try:
        now = _by_identity(list_processes())
    except (NtError, MemoryError, KeyboardInterrupt) as wrong:  # it must not cost what was done
        interrupted |= isinstance(wrong, KeyboardInterrupt)
        trimmed = tuple(_trimmed_unseen(was.pid, was.name, was.working_set) for was in done)
    else:
        trimmed = tuple(_trimmed(was, now.get(_identity(was))) for was in done)
    report = TrimReport(trimmed, refused, matched)
    if interrupted:
        raise Interrupted(report)
    return report


def _absent(pids: Iterable[int], processes: Table) -> tuple[Refused, ...]:
    """Return those who can't be opened among those who are not there."""
    there = set(processes.column("pid"))
    refused: list[Refused] = []
    for pid in pids:
        if pid not in there:
            try:
                with Process(pid) as process:
                    process.counters()
            except NtError as error:
                refused.append(Refused(pid, "", error))
    return tuple(refused)


def _identity(process: Any) -> tuple[int, float]:
    return process.pid, process.started  # ids are given again, but not at the same time


def _by_identity(processes: Table) -> dict[tuple[int, float], Any]:
    return {_identity(each): each for each in processes}


def _slept(was: Any, now: Any | None) -> bool:
    return now is not None and (was.cycles, was.cpu_time) == (now.cycles, now.cpu_time)


def _trimmed(was: Any, now: Any | None) -> Trimmed:
    if now is None:  # it has exited, and given everything back
        return Trimmed(was.pid, was.name, was.working_set, 0, 0, 0)
    return Trimmed(
        was.pid,
        was.name,
        was.working_set,
        now.working_set,
        _since(was.faults, now.faults),
        _since(was.hard_faults, now.hard_faults),
    )


def _trimmed_unseen(pid: int, name: str, before: int) -> Trimmed:
    return Trimmed(pid, name, before, after=None, faults=None, hard_faults=None)


def _since(before: int, now: int) -> int:
    return (now - before) % 2**32  # Windows counts faults in 32 bits, from the start of the process
