"""The fault sweep: every call that ntpages makes to Windows fails in turn, in every operation.

The calls are found by watching an operation run, so none can be forgotten. Whatever fails, ntpages
has to say so, in the error class that is documented, naming the call and its code; and it has to
leave nothing behind: no handle, memory, heap block, privilege, limit or lock.

What is crossed, and what is not:

- Each call fails with its usual code, and again with one of ``CODES``. Which one goes round by
  function, and ``test_every_function_has_met_every_code`` makes up for what is left: every function
  meets every code somewhere, no call meets all of them.
- A call fails once. Who asks again is answered, so a code that passes (``PASSING``) may go unsaid.
- For each function that an operation calls, its last call also fails together with the first call
  of every function that cleans up behind it. Other pairs are not tried, nor are three; nor are
  pairs in operations whose number of calls varies.
- Functions that fill what the caller gives them (``TELLING``) also succeed without having written,
  the first time and the last.
- The kernel's classes of system information also come longer, as a newer Windows has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ntpages.errors import UnavailableError
from reliability.operations import OPERATIONS, Operation
from reliability.sweep import (
    CODES,
    TELLING,
    Site,
    Tally,
    answer,
    calls_of,
    cleaning_up,
    coded,
    equals,
    fail,
    fail_both,
    in_time,
    leak_of,
    sites_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.usefixtures("arena_taken")]


@pytest.fixture(scope="module")
def tally(summaries: list[str]) -> Iterator[Tally]:
    """One for the module; its words end up below pytest's own summary."""
    counted = Tally()
    yield counted
    summaries.append(f"fault sweep: {counted}")


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
    leak = leak_of(lab, [sites[1]], lambda site: fail(lab, operation, site))
    assert leak["handles"] == 1
    with pytest.raises(AssertionError, match="CreateEventW #1 was refused, and nobody was told"):
        fail(lab, operation, sites[0])


def test_the_sweep_sees_what_is_asked_again_and_what_is_not(lab: Lab) -> None:
    create = lab.reach("CreateEventW", "kernel32.dll")
    close = lab.reach("CloseHandle", "kernel32.dll")

    def stubborn() -> str:
        event = create(0, 0, 0, 0) or create(0, 0, 0, 0)
        close(event)
        return "done"

    operation = Operation("stubborn", stubborn)
    [site] = [site for site in sites_of(lab, operation) if not site.releases]
    fail(lab, operation, coded(lab, site, 1455), equals("done"))
    for code, wanted in ((1455, "something else"), (0xC0000022, "done")):
        with pytest.raises(AssertionError, match=f"CreateEventW #1 with {code:#x} was refused"):
            fail(lab, operation, coded(lab, site, code), equals(wanted))


def test_a_code_becomes_a_status_where_a_function_answers_one(lab: Lab) -> None:
    lab.model("memory_lists")
    lab.reach("NtQuerySystemInformation", "ntdll.dll")
    by_status = Site("NtQuerySystemInformation", 1, calls=1, releases=False)
    by_code = Site("VirtualAlloc", 1, calls=1, releases=False)
    assert [coded(lab, by_status, code).code for code in CODES[-4:]] == [
        *(0xC0000017, 0xC0000017, 0xC000012D, 0xC000009A)
    ]
    assert [coded(lab, by_code, code).code for code in CODES[-4:]] == [0xC0000017, 8, 1455, 1450]


def test_a_clean_up_that_fails_as_well_is_found_and_met(lab: Lab) -> None:
    create = lab.reach("CreateEventW", "kernel32.dll")
    allocate = lab.reach("VirtualAlloc", "kernel32.dll")
    release = lab.reach("VirtualFree", "kernel32.dll")
    close = lab.reach("CloseHandle", "kernel32.dll")

    def careful() -> None:
        event = create(0, 0, 0, 0)
        memory = allocate(0, 4096, 0x3000, 4)
        if memory:
            release(memory, 0, 0x8000)
        close(event)
        if not memory:
            raise MemoryError

    operation = Operation("careful", careful)
    first = Site("VirtualAlloc", 1, calls=1, releases=False)
    [second] = cleaning_up(lab, operation, first)
    assert str(second) == "CloseHandle #1"
    fail_both(lab, operation, first, second)
    assert lab.refused == 2
    with pytest.raises(
        AssertionError, match="VirtualAlloc #1 and VirtualFree #1 did not both fail"
    ):
        fail_both(lab, operation, first, Site("VirtualFree", 1, calls=1, releases=True))


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
    tally.note(operation, sites)

    def meet(site: Site) -> None:
        fail(lab, operation, coded(lab, site, tally.next_code(site.name)), equals(expected))

    for site in sites:
        tally.failures += 1
        fail(lab, operation, site, equals(expected))
        operation.prepare(lab)
        assert answer(operation) == expected, f"{operation.name}: differs after {site} failed"

    owed = [site for site in sites if not site.releases]  # a refused release leaves what it leaves
    if leak_of(lab, owed, meet):
        for site in owed:
            leaked = leak_of(lab, [site], meet)
            tally.leaks += bool(leaked)
            assert not leaked, f"{operation.name}: {site} failing leaks {leaked}"


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if not operation.varies],
    ids=lambda operation: operation.name,
)
def test_a_clean_up_that_fails_as_well_hides_nothing_and_locks_nothing(
    lab: Lab, tally: Tally, operation: Operation
) -> None:
    operation.prepare(lab)
    expected = operation.run()
    last = {site.name: site for site in sites_of(lab, operation) if not site.releases}
    for first in last.values():
        for second in cleaning_up(lab, operation, first):
            tally.pairs += 1
            fail_both(lab, operation, first, second)
            operation.prepare(lab)
            assert answer(operation) == expected, f"differs after {first} and {second} failed"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_success_without_an_answer_harms_nobody(
    lab: Lab, tally: Tally, operation: Operation
) -> None:
    operation.prepare(lab)
    expected = operation.run()
    made = calls_of(lab, operation)
    for name in sorted(made.keys() & TELLING.keys()):
        for nth in {1, made[name]}:
            operation.prepare(lab)
            lab.fail(name, nth=nth, value=TELLING[name], code=0)
            tally.empty += 1
            in_time(operation)
            operation.prepare(lab)
            assert answer(operation) == expected, f"differs after {name} #{nth} told nothing"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_newer_windows_that_tells_more_is_understood(
    lab: Lab, tally: Tally, operation: Operation
) -> None:
    operation.prepare(lab)
    expected = operation.run()
    if "NtQuerySystemInformation" in calls_of(lab, operation):
        operation.prepare(lab)
        lab.grow(24)
        tally.longer += 1
        assert answer(operation) == expected


def test_every_function_has_met_every_code(lab: Lab, tally: Tally) -> None:
    for name, (operation, site) in tally.cheapest.items():
        operation.prepare(lab)
        as_ever = equals(operation.run())
        while tally.turns.get(name, 0) < len(CODES):
            meet = coded(lab, site, tally.next_code(name))
            fail(lab, operation, meet, as_ever)


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
