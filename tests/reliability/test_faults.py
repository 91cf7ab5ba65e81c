"""The fault sweep: every call that ntpages makes to Windows fails in turn, in every operation.

The calls are found by watching an operation run, so none can be forgotten. Whatever fails, ntpages
has to say so, in the error class that is documented, naming the call and its code; and it has to
leave nothing behind: no handle, memory, heap block, privilege, limit or lock.
"""

from __future__ import annotations

import gc
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from ntlab import Refusal
from ntpages.errors import NtError, UnavailableError
from reliability.operations import OPERATIONS, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntlab import Lab

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.usefixtures("arena_taken")]

PASSES = 3  # growth in one pass may be a cache filling; in every pass it is a leak
PATIENCE = 60  # seconds for a run that takes milliseconds: longer, and it waits for a lost lock
TRIES = 10  # runs in which a call is to be met where their number varies

# Failures that have no error to become. Whoever gives something back has nothing left to undo,
# and the text of an error is an ornament of it.
ORNAMENTS = {"FormatMessageW"}

# A function that can't be looked up is one that this Windows lacks: the blame is its own.
LOOK_UPS = {"GetModuleHandleW", "GetProcAddress"}


@dataclass
class Tally:
    """What a sweep did, for the summary."""

    operations: int = 0
    functions: set[str] = field(default_factory=set)
    failures: int = 0
    hidden: int = 0
    leaks: int = 0

    def __str__(self) -> str:
        return (
            f"{len(self.functions)} functions x {self.operations} operations, "
            f"{self.failures} failures injected, {self.hidden} functions hidden, "
            f"leaks {self.leaks}"
        )


@pytest.fixture(scope="module")
def tally(summaries: list[str]) -> Iterator[Tally]:
    """One for the module; its words end up below pytest's own summary."""
    counted = Tally()
    yield counted
    summaries.append(f"fault sweep: {counted}")


@dataclass(frozen=True)
class Site:
    """One call to make fail: the n-th of a function, of so many."""

    name: str
    nth: int
    calls: int
    releases: bool

    def among(self, calls: int) -> Site:
        """Return the call at the same place where there are more or fewer: the last is the last."""
        return replace(self, nth=max(1, self.nth * calls // self.calls), calls=max(1, calls))

    def __str__(self) -> str:
        return f"{self.name} #{self.nth}"


def chosen(calls: int) -> list[int]:
    """Which of so many calls to fail: all of a few; of many the first, some amid, and the last."""
    if calls <= 12:
        return list(range(1, calls + 1))
    return sorted({1, 2, 3, 4, calls // 4, calls // 2, 3 * calls // 4, calls - 2, calls - 1, calls})


def watched(lab: Lab, run: Callable[[], object]) -> dict[str, int]:
    """Run something, and return how often it called each function."""
    before = Counter({each.name: each.calls for each in lab.functions()})
    run()
    after = Counter({each.name: each.calls for each in lab.functions()})
    return dict(after - before)


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


def refuse(lab: Lab, operation: Operation, site: Site) -> Exception | None:
    """Run an operation with one call failing, and return what it raised.

    Where the number of calls varies and this time there were too few, the next run is met at the
    same place among so many.
    """
    errors: list[Exception] = []

    def run() -> None:
        # BufferError where a view is made, a warning where what was asked for is done all the same.
        try:
            operation.run()
        except (NtError, MemoryError, BufferError, RuntimeWarning) as raised:
            errors.append(raised)

    for _ in range(TRIES if operation.varies else 1):
        operation.prepare(lab)
        lab.fail(site.name, nth=site.nth)
        made = watched(lab, run)
        if lab.refused:
            break
        site = site.among(made.get(site.name, 0))
    assert lab.refused == 1, f"{site}: not called again; the operation is not repeatable"
    return errors[0] if errors else None


def fail(lab: Lab, operation: Operation, site: Site) -> None:
    """Make one call of an operation fail, and check what it says."""
    operation.prepare(lab)
    token = lab.token()
    error = refuse(lab, operation, site)
    if site.name in LOOK_UPS and error:
        assert isinstance(error, UnavailableError), f"{site}: {error!r}"
    elif isinstance(error, NtError):
        code = lab.function(site.name).code
        assert site.name.removeprefix("K32") in error.call, f"{site}: blamed on {error.call}"
        assert code in {error.code, error.status}, f"{site}: {error}"
        assert str(error).startswith(error.call)
    elif isinstance(error, RuntimeWarning):
        assert f"{site.name} failed with error" in str(error)
    if error is None:
        silent = site.releases or site.name in {*ORNAMENTS, *operation.absorbs}
        assert silent, f"{operation.name}: {site} was refused, and nobody was told"
        assert lab.token() == token, f"{operation.name}: {site} left privileges as they were not"


def answer(operation: Operation) -> Any:
    """What the operation says on a thread of its own: a lost lock would hold it up."""
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(operation.run()), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), f"{operation.name}: waits for ever; a lock was not given back"
    assert answers, f"{operation.name}: fails although nothing was refused"
    return answers[0]


def leak_of(lab: Lab, operation: Operation, sites: list[Site]) -> dict[str, int]:
    """What grows each time that these sites fail: nothing, if all is well."""
    grown = None
    gc.collect()
    before = lab.footprint()
    for _ in range(PASSES):
        for site in sites:
            fail(lab, operation, site)
        lab.reset()
        gc.collect()
        after = lab.footprint()
        growth = after.growth_since(before)
        grown = growth if grown is None else {n: growth[n] for n in grown if n in growth}
        before = after
        if not grown:
            return {}
    return grown or {}


def test_the_sweep_sees_a_leak_and_a_silence(lab: Lab) -> None:
    create = lab.reach("CreateEventW", "kernel32.dll")
    allocate = lab.reach("VirtualAlloc", "kernel32.dll")
    release = lab.reach("VirtualFree", "kernel32.dll")
    close = lab.reach("CloseHandle", "kernel32.dll")

    def leaky() -> None:
        event = create(0, 0, 0, 0)
        memory = allocate(0, 4096, 0x3000, 4)
        if not memory:
            raise MemoryError
        release(memory, 0, 0x8000)
        close(event)

    operation = Operation("leaky", leaky)
    sites = [site for site in sites_of(lab, operation) if not site.releases]
    assert [str(site) for site in sites] == ["CreateEventW #1", "VirtualAlloc #1"]
    assert leak_of(lab, operation, [sites[1]])["handles"] == 1
    with pytest.raises(AssertionError, match="CreateEventW #1 was refused, and nobody was told"):
        fail(lab, operation, sites[0])


def test_the_far_end_of_a_count_that_varies_is_met(lab: Lab) -> None:
    create = lab.reach("CreateEventW", "kernel32.dll")
    close = lab.reach("CloseHandle", "kernel32.dll")
    counts = iter([40, 38, 37, 30, 41])

    def create_some() -> None:
        for _ in range(next(counts)):
            event = create(0, 0, 0, 0)
            if not event:
                raise MemoryError
            close(event)

    operation = Operation("create_some", create_some, varies="as many as the test says")
    *_, last = [site for site in sites_of(lab, operation) if site.name == "CreateEventW"]
    assert (last.nth, last.calls) == (40, 40)
    fail(lab, operation, last)  # the 40th of 38, the 38th of 37, the 37th of 30, the 30th of 41
    assert lab.count("CreateEventW") == 30
    assert next(counts, None) is None


def test_a_place_amid_stays_amid_where_there_are_fewer_calls() -> None:
    site = Site("VirtualQueryEx", 20, calls=40, releases=False)
    assert [site.among(calls).nth for calls in (80, 38, 2, 1, 0)] == [40, 19, 1, 1, 1]


def test_a_call_that_is_not_made_again_is_told(lab: Lab) -> None:
    operation = Operation("creates_none", lambda: None)
    with pytest.raises(AssertionError, match="CreateEventW #1: not called again"):
        fail(lab, operation, Site("CreateEventW", 1, calls=1, releases=False))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_call_that_fails_is_reported_and_undone(
    lab: Lab, tally: Tally, operation: Operation
) -> None:
    for _ in range(2):  # fills caches, and imports what is imported late
        operation.prepare(lab)
        expected = operation.run()
    sites = sites_of(lab, operation)
    tally.operations += 1
    tally.functions.update(site.name for site in sites)
    tally.failures += len(sites) * (1 + PASSES)

    for site in sites:
        fail(lab, operation, site)
        operation.prepare(lab)
        assert answer(operation) == expected, f"{operation.name}: differs after {site} failed"

    owed = [site for site in sites if not site.releases]  # a refused release leaves what it leaves
    if leak_of(lab, operation, owed):
        for site in owed:
            leaked = leak_of(lab, operation, [site])
            tally.leaks += bool(leaked)
            assert not leaked, f"{operation.name}: {site} failing leaks {leaked}"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_windows_that_lacks_a_function_is_told_or_worked_around(
    lab: Lab, tally: Tally, operation: Operation
) -> None:
    operation.prepare(lab)
    expected = operation.run()
    linked = {each.name for each in lab.functions() if each.linked}
    for name in sorted(calls_of(lab, operation).keys() - linked):
        operation.prepare(lab)
        lab.hide(name)
        tally.hidden += 1
        missing = None
        try:
            found = operation.run()
        except UnavailableError as raised:
            missing = raised
        if missing:
            assert name.removeprefix("K32") in missing.call
        elif name not in operation.absorbs:
            assert found == expected, f"{operation.name}: differs without {name}"
