"""Host: this Windows, as a machine that is guarded."""

from __future__ import annotations

import math
import os
import subprocess
import time
from typing import TYPE_CHECKING, Any

import ntpages.errors  # noqa: F401 (what the compiled half raises)
from ntpages import memory_lists, physical, privileges, processes, system, working_sets
from ntpages._native import guard as native
from ntpages._native import physical as native_physical
from ntpages.arguments import PAGE
from ntpages.errors import NtError, PrivilegeNotHeldError, explain
from ntpages.guard import deeds
from ntpages.guard.account import Counts
from ntpages.guard.conditions import Need
from ntpages.guard.machine import Outcome
from ntpages.guard.numbers import Look, Program
from ntpages.guard.quantities import size_words
from ntpages.memory_lists.cleaning import PROFILE
from ntpages.owner import Owner
from ntpages.physical.pages import name_of, process_sources
from ntpages.processes.names import Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ntpages.guard.deeds import Deed
    from ntpages.memory_lists import MemoryLists
    from ntpages.processes.listing import ProcessRow

__all__ = ["EVENTS", "Host"]

_SLICE = 1.0  # seconds between looks at Ctrl-C while waiting
_SHOWN = 15_000  # milliseconds: Windows shows it for five, unless the user has set more
_SYSTEM = (0, 4)  # the idle process and the kernel's own
_DEBUG = "SeDebugPrivilege"
EVENTS = {
    "low-memory": "LowMemoryCondition",
    "high-memory": "HighMemoryCondition",
    "low-commit": "LowCommitCondition",
    "high-commit": "HighCommitCondition",
    "maximum-commit": "MaximumCommitCondition",
}
"""The kernel's conditions, by their names in policies."""


class Host(Owner):
    """This machine.

    What takes a privilege is done where the token holds it; whatever is refused is told.
    """

    __slots__ = ("_deaf", "_known", "_notice", "_stopped", "_total", "_vigil")

    def __init__(self) -> None:
        """Listen to nothing yet."""
        self._stopped = False
        self._notice = native.Notice()
        self.listen(())
        self._total: int | None = None

    def listen(self, kernel: Iterable[str]) -> None:
        """Listen to these conditions from now on; what can't be opened is not known later on."""
        known: list[str] = []
        self._deaf: list[str] = []
        for name in kernel:
            try:
                native.Vigil([EVENTS[name]])
                known.append(name)
            except NtError as error:
                self._deaf.append(f"{name}: {error}")
        self._vigil = native.Vigil([EVENTS[name] for name in known])
        self._known = tuple(known)
        if self._stopped:
            self._vigil.stop()

    def close(self) -> None:
        """End every wait, and take a notification away."""
        self.stop()
        self._notice.close()

    def time(self) -> float:
        """Return seconds since 1970."""
        return time.time()

    def clock(self) -> float:
        """Return seconds since the machine was started, or so."""
        return time.monotonic()

    def stop(self) -> None:
        """End every wait, those to come too."""
        self._stopped = True
        self._vigil.stop()

    def wait(self, seconds: float) -> None:
        """Wait, at most until a condition of the kernel's begins to hold."""
        # By what was waited, not by this clock, which may stand still for sixteen milliseconds.
        left = seconds
        while left > 0:
            if self._vigil.wait(math.ceil(min(left, _SLICE) * 1000)):
                return
            left -= _SLICE

    def _sleep(self, seconds: float) -> None:
        """Wait for nothing but the time, or ``stop()``."""
        end = time.monotonic() + seconds
        while not self._stopped and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE))

    # ---- Notifications ---------------------------------------------------------------------------

    def notify(self, title: str, text: str) -> str:
        """Show a notification, without a sound, where a user's desktop is there."""
        try:
            self._notice.show(title, text, _SHOWN)
        except NtError as error:
            return explain(error)
        return ""

    def linger(self) -> None:
        """Let a notification be seen that would go with this process, or ``stop()``."""
        while not self._stopped and not self._notice.wait(round(_SLICE * 1000)):
            pass

    # ---- Looks -----------------------------------------------------------------------------------

    def look(self, needs: frozenset[Need]) -> Look:
        """Ask Windows for what is needed, each question by itself."""
        found: dict[str, Any] = {}
        refused = list(self._deaf)
        for need, ask in self._questions().items():
            if need in needs:
                try:
                    found |= ask()
                except NtError as error:
                    refused.append(f"{need.value}: {explain(error)}")
        return Look(
            time=self.time(),
            clock=self.clock(),
            processors=os.cpu_count() or 1,
            refused=tuple(refused),
            **found,
        )

    def _questions(self) -> dict[Need, Callable[[], dict[str, Any]]]:
        return {
            Need.LISTS: self._lists,
            Need.COMMIT: _commit,
            Need.STORE: self._store,
            Need.FAULTS: lambda: {"page_reads": system.fault_counters().page_reads},
            Need.PROCESSES: lambda: {"processes": _programs()},
            Need.FOREGROUND: lambda: {"foreground": frozenset(_foreground().values())},
            Need.KERNEL: self._conditions,
        }

    def _all_memory(self) -> int:
        if self._total is None:  # it does not change while a guard runs, or hardly
            self._total = system.memory().total
        return self._total

    def _lists(self) -> dict[str, Any]:
        lists = memory_lists.query()
        return {
            "total": self._all_memory(),
            "free": lists.ready,
            "standby": lists.standby,
            "modified": lists.modified,
            "repurposed": lists.repurposed,
        }

    def _store(self) -> dict[str, Any]:
        with privileges.enabled_if_held(PROFILE):
            sizes = native_physical.query_store()
        return {"compressed": sizes.compressed, "total": self._all_memory()}

    def _conditions(self) -> dict[str, Any]:
        held = {self._known[place] for place in self._vigil.look()}
        return {"kernel": {name: name in held for name in self._known}}

    def count(self, *, processes: bool) -> Counts:
        """Return the lists and the counters; what is refused is not known."""
        lists = _known(memory_lists.query)
        faults = _known(system.fault_counters)
        return Counts(
            clock=self.clock(),
            lists=None if lists is None else _by_name(lists),
            soft_faults=None if faults is None else faults.transition_faults,
            pages_read=None if faults is None else faults.pages_read,
            repurposed=None if lists is None else sum(lists.repurposed),
            processes=_known(_programs) if processes else None,
            total=_known(self._all_memory),
        )

    # ---- Deeds -----------------------------------------------------------------------------------

    def do(self, deed: Deed) -> Outcome:
        """Do something; what Windows refuses is told."""
        with privileges.enabled_if_held(_DEBUG):
            try:
                return self._do(deed)
            except NtError as error:
                words = f"{deed.words()}: {explain(error)}"
                return Outcome(refused=(words,), lacking=_lacking(error))

    def _do(self, deed: Deed) -> Outcome:
        if isinstance(deed, deeds.Trim):
            return self._trim(deed)
        if isinstance(deed, deeds.Limit):
            return _each(deed, deed.include, lambda pid: _limit(deed, pid))
        if isinstance(deed, deeds.Prioritize):
            priority = deed.priority
            return _each(
                deed, deed.include, lambda pid: working_sets.set_memory_priority(pid, priority)
            )
        if isinstance(deed, deeds.TrimStore):
            return _trim_store(deed)
        return _clean(deed) if isinstance(deed, deeds.Clean) else self._run(deed)

    def _trim(self, deed: deeds.Trim) -> Outcome:
        spared: Iterable[int] = ()
        if not deed.foreground:
            try:
                spared = _foreground()
            except NtError as error:
                words = f"who is in the foreground is not known, so nobody is trimmed: {error}"
                return Outcome(refused=(words,))
        chosen = [
            each
            for each in _chosen(deed.include)
            if each.working_set >= deed.floor
            and each.pid not in spared
            and not Names(deed.exclude).match(each.name)
        ]
        if deed.idle:
            self._sleep(deed.idle)
            if self._stopped:
                return Outcome(refused=("it was stopped while it waited for who is idle",))
            now = {(each.pid, each.started): each for each in processes.list_processes()}
            chosen = [was for was in chosen if _slept(was, now.get((was.pid, was.started)))]
        if not chosen:
            return Outcome(f"{deed.words()}: nobody fits")
        report = working_sets.trim_where(
            pids=[each.pid for each in chosen], include=deed.include, exclude=deed.exclude
        )
        refused = tuple(f"{each.name}: {explain(each.error)}" for each in report.refused)
        if not report.trimmed:
            return Outcome(refused=refused[:5])
        # Protected processes refuse on every machine: that is no failure of the rule.
        count = len(report.trimmed)
        return Outcome(f"trimmed {count} processes by {size_words(report.freed)}")

    def _run(self, deed: deeds.Command) -> Outcome:
        """Run a program to its end, unless that takes too long, or the guard is stopped."""
        try:
            running = subprocess.Popen(
                deed.line,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                creationflags=subprocess.CREATE_NO_WINDOW,
            )
        except OSError as wrong:
            return Outcome(refused=(f"{deed.words()}: {wrong}",))
        with running:
            end = time.monotonic() + deed.timeout
            while True:
                try:
                    code = running.wait(min(_SLICE, max(0.0, end - time.monotonic())))
                    break
                except subprocess.TimeoutExpired:
                    late = time.monotonic() >= end
                    if not late and not self._stopped:
                        continue
                    running.kill()
                    why = f"after {deed.timeout:g} s" if late else "when the guard was stopped"
                    words = f"{deed.words()}: ended {why}, before it was done"
                    return Outcome(refused=(words,))
        if code:
            return Outcome(refused=(f"{deed.words()}: it ended with {code}",))
        return Outcome(deed.words())


def _lacking(*errors: BaseException | None) -> frozenset[str]:
    """Return the privileges for want of which something was refused."""
    names = (each.privilege for each in errors if isinstance(each, PrivilegeNotHeldError))
    return frozenset(filter(None, names))


def _known(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except NtError:
        return None


def _commit() -> dict[str, Any]:
    memory = system.memory()
    return {
        "total": memory.total,
        "committed": memory.committed,
        "commit_limit": memory.commit_limit,
    }


def _by_name(lists: MemoryLists) -> dict[str, int]:
    named = {
        "zero": lists.zero,
        "free": lists.free,
        "modified": lists.modified,
        "modified no-write": lists.modified_no_write,
        "bad": lists.bad,
    }
    known = {name: size for name, size in named.items() if size is not None}
    return {**known, **{f"standby {each}": size for each, size in enumerate(lists.standby)}}


def _programs() -> dict[tuple[int, float], Program]:
    table = processes.list_processes()
    names = ("pid", "started", "name", "faults", "hard_faults", "cpu_time")
    rows = zip(*(table.column(name) for name in names), strict=True)
    # The idle process uses what nobody else does.
    return {(pid, started): Program(*rest) for pid, started, *rest in rows if pid != _SYSTEM[0]}


def _foreground() -> dict[int, str]:
    """Return the names of the processes in the foreground, by id, from any session."""
    with privileges.enabled_if_held(PROFILE):
        sources = [each for each in process_sources() if each.foreground]
    names = {each.pid: each.name for each in processes.list_processes()} if sources else {}
    return {each.id: name_of(each, names.get(each.id, "")) for each in sources}


def _chosen(include: Iterable[str]) -> Iterator[ProcessRow]:
    chooses = Names(include)
    for each in processes.list_processes():
        if each.pid not in (*_SYSTEM, os.getpid()) and chooses.match(each.name):
            yield each


def _slept(was: ProcessRow, now: ProcessRow | None) -> bool:
    return now is not None and (was.cycles, was.cpu_time) == (now.cycles, now.cpu_time)


def _clean(deed: deeds.Clean) -> Outcome:
    report = memory_lists.clean(deed.steps, keep_going=True)
    done = [each.step.value.replace("-", " ") for each in report.steps if each.ok]
    refused = [
        f"{each.step.value.replace('-', ' ')}: {explain(each.error)}"
        for each in report.steps
        if each.error
    ]
    return Outcome(
        ", ".join(done), tuple(refused), _lacking(*(each.error for each in report.steps))
    )


def _limit(deed: deeds.Limit, pid: int) -> None:
    hard = True if deed.hard else None
    working_sets.set_limits(
        pid,
        minimum=deed.minimum,
        maximum=deed.maximum,
        hard_minimum=hard if deed.minimum is not None else None,
        hard_maximum=hard if deed.maximum is not None else None,
    )


def _each(deed: Deed, include: Iterable[str], act: Callable[[int], object]) -> Outcome:
    """Do the same to each process that is meant."""
    done = 0
    refused: list[str] = []
    for each in _chosen(include):
        try:
            act(each.pid)
            done += 1
        except (NtError, ValueError) as error:
            words = explain(error) if isinstance(error, NtError) else str(error)
            refused.append(f"{each.name}: {words}")
    if not done and not refused:
        return Outcome(f"{deed.words()}: nobody fits")
    return Outcome(f"{deed.words()}: {done} processes" if done else "", tuple(refused[:5]))


def _trim_store(deed: deeds.TrimStore) -> Outcome:
    size = max(PAGE, deed.size // PAGE * PAGE)
    before = physical.trim_compression(size)
    gone = max(0, before.before.working_set - before.after.working_set)
    return Outcome(f"trimmed the compression store by {size_words(gone)}")
