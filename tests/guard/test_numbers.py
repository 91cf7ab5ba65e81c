"""Numbers, worked out of two looks."""

from __future__ import annotations

from ntpages.guard.numbers import Look, Program, Watch

PAGE = 4096


def look(clock: float, **said: object) -> Look:
    return Look(time=1000.0 + clock, clock=clock, **said)  # type: ignore[arg-type]


def test_what_is_not_said_is_not_known() -> None:
    numbers = Watch().numbers(look(0.0))
    known = {"time", "clock", "refused"}
    unknown = {name: getattr(numbers, name) for name in numbers.__match_args__ if name not in known}
    assert set(unknown.values()) == {None}


def test_available_is_what_is_free_and_what_can_be_given_up() -> None:
    numbers = Watch().numbers(look(0.0, free=10, standby=(1, 0, 0, 0, 0, 5, 0, 0)))
    assert (numbers.available, numbers.standby_total) == (16, 6)


def test_rates_take_two_looks_and_the_time_between_them() -> None:
    watch = Watch()
    repurposed = (0,) * 7
    first = watch.numbers(look(0.0, page_reads=100, repurposed=(PAGE, *repurposed)))
    assert (first.hard_faults, first.repurposed) == (None, None)
    second = watch.numbers(look(2.0, page_reads=160, repurposed=(41 * PAGE, *repurposed)))
    assert (second.hard_faults, second.repurposed) == (30.0, 20.0)
    assert watch.numbers(look(2.0, page_reads=170)).hard_faults is None  # no time went by


def test_a_counter_that_begins_again_at_2_32_counts_on() -> None:
    watch = Watch()
    watch.numbers(look(0.0, page_reads=2**32 - 10))
    assert watch.numbers(look(1.0, page_reads=10)).hard_faults == 20.0


def test_who_starts_and_who_exits_is_seen_between_two_looks() -> None:
    watch = Watch()
    old, same = {(8, 1.0): Program("old.exe")}, {(12, 1.0): Program("same.exe")}
    first = watch.numbers(look(0.0, processes=old | same))
    assert (first.started, first.exited) == (frozenset(), frozenset())
    assert first.running == frozenset({"old.exe", "same.exe"})
    # The id is given again: whoever has it now has started.
    second = watch.numbers(look(1.0, processes=same | {(8, 2.0): Program("new.exe")}))
    assert second.started == frozenset({"new.exe"})
    assert second.exited == frozenset({"old.exe"})
    assert watch.numbers(look(2.0)).started is None


def busy(seconds: float) -> dict[tuple[int, float], Program]:
    return {(8, 1.0): Program("a.exe", cpu_time=seconds)}


def test_a_machine_is_idle_since_its_processors_had_next_to_nothing_to_do() -> None:
    watch = Watch()
    spent = [0.0, 0.3, 0.6, 2.6, 2.7, 2.8]  # of four processors: a tenth is 0.4 s in a second
    idle = [
        watch.numbers(look(clock, processes=busy(total), processors=4)).idle
        for clock, total in enumerate(spent)
    ]
    assert idle == [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]


def test_whoever_started_meanwhile_counts_with_all_that_it_did() -> None:
    watch = Watch()
    watch.numbers(look(0.0, processes={}, processors=1))
    assert watch.numbers(look(1.0, processes=busy(0.5), processors=1)).idle == 0.0
