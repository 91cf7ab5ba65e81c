"""How a call is made to fail, and what is asked of whoever made it; ``test_faults.py`` does it."""

from __future__ import annotations

import gc
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ntlab import Refusal
from ntpages.errors import (
    AccessDeniedError,
    NoSuchProcessError,
    NtError,
    OutOfMemoryError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab
    from reliability.operations import Operation

PASSES = 3  # growth in one pass may be a cache filling; in every pass it is a leak
PATIENCE = 60  # seconds for a run that takes milliseconds: longer, and it waits for a lost lock
TRIES = 10  # runs in which a call is to be met where their number varies

# Beyond the usual code of each function: those that have all of their 32 bits, as an NTSTATUS or an
# HRESULT that is handed on, and those of a machine that is short of memory, which pass.
CODES = (
    *(0x80000001, 0x80310001, 0xC0000022, 0xC000009A, 0xC0000017),
    *(8, 1455, 1450),
)
PASSING = {8: 0xC0000017, 1455: 0xC000012D, 1450: 0xC000009A}  # and what is mapped to them
KINDS = {
    0xC0000022: AccessDeniedError,
    **dict.fromkeys((*PASSING, *PASSING.values()), OutOfMemoryError),
}

# Functions that fill what the caller gives them, and what they answer where they have succeeded.
# Not those that say where to find something, or how much: who is told that nowhere is somewhere may
# fall. Windows is trusted so far.
TELLING = {
    **dict.fromkeys(("NtQuerySystemInformation", "NtQueryInformationProcess", "RtlGetVersion"), 0),
    **dict.fromkeys(("NtQueryVirtualMemory", "RtlQueryProcessDebugInformation"), 0),
    **dict.fromkeys(("ReadProcessMemory", "GetProcessWorkingSetSizeEx", "K32QueryWorkingSetEx"), 1),
    **dict.fromkeys(("K32GetPerformanceInfo", "GetPhysicallyInstalledSystemMemory"), 1),
    **dict.fromkeys(("GetNumaHighestNodeNumber", "GetNumaNodeProcessorMaskEx"), 1),
    **dict.fromkeys(("GetNumaAvailableMemoryNodeEx", "HeapQueryInformation", "HeapSummary"), 1),
    **dict.fromkeys(("QueryVirtualMemoryInformation", "AdjustTokenPrivileges"), 1),
}

# Functions that say no, and not why: Windows sets no last error.
MUTE = {"HeapAlloc", "HeapReAlloc", "HeapSize"}

# Functions that put something back; those that release are marked in the laboratory's own table.
RESTORING = {"AdjustTokenPrivileges", "SetProcessWorkingSetSizeEx", "VirtualProtect"}

# Failures that have no error to become. Whoever gives something back has nothing left to undo,
# and the text of an error is an ornament of it.
ORNAMENTS = {"FormatMessageW"}

# A function that can't be looked up is one that this Windows lacks: the blame is its own.
LOOK_UPS = {"GetModuleHandleW", "GetProcAddress"}


@dataclass
class Tally:
    """What a sweep did, for the summary."""

    operations: int = 0
    turns: dict[str, int] = field(default_factory=dict)
    """How often each function has failed with one of ``CODES``, which take turns."""
    calls: dict[str, int] = field(default_factory=dict)
    """How many calls of each operation fail."""
    cheapest: dict[str, tuple[Operation, Site]] = field(default_factory=dict)
    """Where each function is called, by the operation that makes the fewest calls."""
    failures: int = 0
    pairs: int = 0
    empty: int = 0
    longer: int = 0
    hidden: int = 0
    leaks: int = 0

    def note(self, operation: Operation, sites: list[Site]) -> None:
        """Take an operation into account, and what it calls."""
        self.operations += 1
        self.calls[operation.name] = len(sites)
        for site in sites:
            earlier = self.cheapest.get(site.name)
            if not earlier or self.calls[earlier[0].name] > len(sites):
                self.cheapest[site.name] = operation, site

    def next_code(self, name: str) -> int:
        """The code that a function fails with next: one after the other, round and round."""
        turn = self.turns.get(name, 0)
        self.turns[name] = turn + 1
        self.failures += 1
        return CODES[turn % len(CODES)]

    def __str__(self) -> str:
        codes = min((*self.turns.values(), len(CODES)))
        return (
            f"{len(self.cheapest)} functions x {codes + 1} codes x {self.operations} operations: "
            f"{self.failures} failures, {self.pairs} pairs, {self.empty} empty answers, "
            f"{self.longer} longer ones, {self.hidden} functions hidden, leaks {self.leaks}"
        )


@dataclass(frozen=True)
class Site:
    """One call to make fail: the n-th of a function, of so many."""

    name: str
    nth: int
    calls: int
    releases: bool
    code: int | None = None
    """What it fails with; by default the usual code of its function."""

    def among(self, calls: int) -> Site:
        """Return the call at the same place where there are more or fewer: the last is the last."""
        return replace(self, nth=max(1, self.nth * calls // self.calls), calls=max(1, calls))

    def __str__(self) -> str:
        code = "" if self.code is None else f" with {self.code:#x}"
        return f"{self.name} #{self.nth}{code}"


def chosen(calls: int) -> list[int]:
    """Which of so many calls to fail: all of a few; of many the first, some amid, and the last."""
    if calls <= 12:
        return list(range(1, calls + 1))
    return sorted({1, 2, 3, 4, calls // 4, calls // 2, 3 * calls // 4, calls - 2, calls - 1, calls})


def watched(lab: Lab, run: Callable[[], object]) -> dict[str, int]:
    """Run something, and return how often it called each function."""
    before = lab.counts()
    run()
    return dict(lab.counts() - before)


def calls_of(lab: Lab, operation: Operation) -> dict[str, int]:
    """How often an operation calls each function."""
    operation.prepare(lab)
    return watched(lab, operation.run)


def sites_of(lab: Lab, operation: Operation) -> list[Site]:
    """Every call of an operation that can fail."""
    functions = {each.name: each for each in lab.functions()}
    return [
        Site(name, nth, calls, functions[name].releases)
        for name, calls in sorted(calls_of(lab, operation).items())
        if functions[name].refusal is not Refusal.NEVER
        for nth in chosen(calls)
    ]


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    error: Exception | None
    found: Any = None


def attempt(operation: Operation) -> Outcome:
    """Run an operation that something is refused.

    BufferError where a view is made, a warning where what was asked for is done all the same.
    """
    try:
        return Outcome(None, operation.run())
    except (NtError, MemoryError, BufferError, RuntimeWarning) as raised:
        return Outcome(raised)


def refuse(lab: Lab, operation: Operation, site: Site) -> Outcome:
    """Run an operation with one call failing, and return how that ended.

    Where the number of calls varies and this time there were too few, the next run is met at the
    same place among so many.
    """
    outcomes: list[Outcome] = []
    for _ in range(TRIES if operation.varies else 1):
        operation.prepare(lab)
        lab.fail(site.name, nth=site.nth, code=site.code)
        made = watched(lab, lambda: outcomes.append(attempt(operation)))
        if lab.refused:
            break
        site = site.among(made.get(site.name, 0))
    assert lab.refused == 1, f"{site}: not called again; the operation is not repeatable"
    return outcomes[-1]


def coded(lab: Lab, site: Site, code: int) -> Site:
    """Return the same call, to fail with a code; as an NTSTATUS where its function answers one."""
    function = lab.function(site.name)
    if not function.code or site.name in MUTE:
        return site
    by_status = function.refusal is Refusal.STATUS
    return replace(site, code=PASSING.get(code, code) if by_status else code)


def code_of(lab: Lab, site: Site) -> int:
    """What a call fails with."""
    return lab.function(site.name).code if site.code is None else site.code


def check(lab: Lab, operation: Operation, site: Site, error: Exception) -> None:
    """Ask of an error that it says what failed, and how."""
    blamed = isinstance(error, NtError) and site.name.removeprefix("K32") in error.call
    if site.name in operation.absorbs and not blamed:
        return  # what was done without it failed
    if site.name in LOOK_UPS:
        assert isinstance(error, UnavailableError), f"{site}: {error!r}"
    elif isinstance(error, RuntimeWarning):
        assert f"{site.name} failed with error" in str(error)
    elif isinstance(error, NtError):
        assert blamed, f"{site}: blamed on {error.call}"
        assert str(error).startswith(error.call)
        code = code_of(lab, site)
        assert code in {error.code, error.status}, f"{site}: {error}"
        assert error.winerror == error.code
        kind = KINDS.get(code, NtError)
        assert isinstance(error, (kind, NoSuchProcessError)), f"{site}: {error!r}"


def fail(
    lab: Lab, operation: Operation, site: Site, expected: Callable[[Any], bool] = lambda _: False
) -> None:
    """Make one call of an operation fail, and check what it says.

    What passes may be asked again: then there is no error, and the answer is as expected.
    """
    operation.prepare(lab)
    token = lab.token()
    outcome = refuse(lab, operation, site)
    if outcome.error:
        check(lab, operation, site, outcome.error)
        return
    call = f"{site.name} #{site.nth}"
    silent = site.releases or {site.name, call} & {*ORNAMENTS, *operation.absorbs}
    passed = code_of(lab, site) in {*PASSING, *PASSING.values()} and expected(outcome.found)
    assert silent or passed, f"{operation.name}: {site} was refused, and nobody was told"
    assert lab.token() == token, f"{operation.name}: {site} left privileges as they were not"


def in_time(operation: Operation) -> Outcome:
    """How an operation ends on a thread of its own: a lost lock would hold it up."""
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(attempt(operation)), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), f"{operation.name}: waits for ever; a lock was not given back"
    assert outcomes, f"{operation.name}: raises what nobody has documented"
    return outcomes[0]


def answer(operation: Operation) -> Any:
    """What the operation says where nothing is refused."""
    outcome = in_time(operation)
    error = outcome.error
    assert not error, f"{operation.name}: fails although nothing was refused: {error!r}"
    return outcome.found


def leak_of(lab: Lab, sites: list[Site], meet: Callable[[Site], object]) -> dict[str, int]:
    """What grows each time that these sites fail: nothing, if all is well."""
    grown = None
    gc.collect()
    before = lab.footprint()
    for _ in range(PASSES):
        for site in sites:
            meet(site)
        lab.reset()
        gc.collect()
        after = lab.footprint()
        growth = after.growth_since(before)
        grown = growth if grown is None else {n: growth[n] for n in grown if n in growth}
        before = after
        if not grown:
            return {}
    return grown or {}


def cleaning_up(lab: Lab, operation: Operation, site: Site) -> list[Site]:
    """The first call of every function that cleans up after a call has failed."""
    operation.prepare(lab)
    lab.record()
    lab.fail(site.name, nth=site.nth)
    attempt(operation)
    everything = lab.calls()
    failed = next(call for call in everything if call.refused)
    # A thread of the run before may still be ending, and closes what it had.
    calls = [call for call in everything if call.thread == failed.thread]
    at = calls.index(failed)
    before = Counter(call.name for call in calls[: at + 1])
    releasing = {each.name for each in lab.functions() if each.releases}
    behind = dict.fromkeys(call.name for call in calls[at + 1 :])
    return [
        Site(name, before[name] + 1, calls=1, releases=True)
        for name in behind
        if name in releasing | RESTORING
    ]


def fail_both(lab: Lab, operation: Operation, first: Site, second: Site) -> None:
    """Make a call fail, and one that cleans up behind it: one of the two is told."""
    for _ in range(TRIES):
        operation.prepare(lab)
        lab.fail(first.name, nth=first.nth, every=first.name == second.name)
        if first.name != second.name:
            lab.fail(second.name, nth=second.nth)
        error = in_time(operation).error
        if lab.refused >= 2:
            break
    assert lab.refused >= 2, f"{operation.name}: {first} and {second} did not both fail"
    call = f"{first.name} #{first.nth}"
    silent = {first.name, call} & {*ORNAMENTS, *operation.absorbs}
    passing = code_of(lab, first) in {*PASSING, *PASSING.values()}  # asked again, with success
    told = error or silent or passing
    assert told, f"{operation.name}: {first} and {second} failed, and nobody was told"
    if isinstance(error, NtError) and not silent:
        blamed = [site.name.removeprefix("K32") in error.call for site in (first, second)]
        assert any(blamed) or first.name in LOOK_UPS, f"{first}, {second}: blamed on {error.call}"


def equals(expected: object) -> Callable[[object], bool]:
    """Return what says whether an answer is this one."""
    return lambda found: bool(found == expected)
