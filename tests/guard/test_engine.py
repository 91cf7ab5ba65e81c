"""The engine on a machine of which each minute takes no time."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from guard.machines import Model, Pool, leaking, steady
from ntpages.guard.account import Counts, RunState
from ntpages.guard.engine import Engine
from ntpages.guard.machine import Outcome
from ntpages.guard.policy import Policy
from ntpages.guard.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages.guard.deeds import Deed

WEEK = 7 * 86400.0


class Guarded:
    """An engine on a model, and what it noted."""

    def __init__(self, rules: str, machine: Model | None = None, **more: bool) -> None:
        self.machine = machine or Model()
        self.store = Store(":memory:")
        self.notes: list[tuple[str, str, str]] = []
        self.policy = Policy.parse(rules)
        self.engine = Engine(
            self.policy,
            self.machine,
            self.store,
            on_note=lambda *note: self.notes.append(note),
            **more,
        )

    def go_on(self, seconds: float) -> None:
        end = self.machine.now + seconds
        while self.machine.now < end:
            self.machine.wait(min(self.engine.step(), end - self.machine.now))

    @property
    def times(self) -> list[float]:
        """When a rule ran, in seconds since the machine began."""
        return [round(each.time - Model().time(), 3) for each in self.store.accounts()]

    @property
    def gaps(self) -> list[float]:
        """Seconds between one run and the next."""
        return [after - before for before, after in pairwise(self.times)]

    def kinds(self, kind: str) -> list[str]:
        return [words for each, _, words in self.notes if each == kind]


def rules(when: str, *more: str, head: str = "", do: str = '"flush-modified"') -> str:
    lines = [head, "[[rule]]", 'name = "a"', f"when = {when}", f"do = {do}", *more]
    return "\n".join(lines)


ALWAYS = '{ free = "> 1" }'
RUN = '{ run = ["C:\\\\a.exe"] }'  # what frees no memory, and has no price to wait for
NEVER = '{ free = "< 1" }'


def test_a_rule_runs_where_its_condition_holds_and_nowhere_else() -> None:
    for when, runs in ((ALWAYS, [10.0]), (NEVER, [])):
        guarded = Guarded(rules(when, 'cooldown = "1h"'))
        guarded.go_on(600)
        assert guarded.times == runs


def test_a_condition_must_have_held_for_its_time_without_a_gap() -> None:
    guarded = Guarded(rules(NEVER, 'for = "10s"', 'cooldown = "1h"'))
    guarded.go_on(5)
    free, guarded.machine.free = guarded.machine.free, 0.0
    guarded.go_on(8)
    guarded.machine.free = free
    guarded.go_on(1)
    guarded.machine.free = 0.0
    guarded.go_on(30)
    assert guarded.times == [24.0]


def test_a_rule_cools_down() -> None:
    guarded = Guarded(rules(ALWAYS, 'cooldown = "5m"'))
    guarded.go_on(320)
    assert guarded.times == [10.0, 310.0]
    assert guarded.engine.standings[0].waits_for.startswith("cooling down for ")


def test_a_budget_is_of_the_last_hour() -> None:
    guarded = Guarded(rules(ALWAYS, 'cooldown = "1m"', "budget = 3", do=RUN))
    guarded.go_on(3900)
    assert guarded.times == [0.0, 60.0, 120.0, 3600.0, 3660.0, 3720.0]


def test_an_interval_begins_with_the_guard() -> None:
    guarded = Guarded(rules('{ every = "30m" }', 'cooldown = "0s"'))
    guarded.go_on(3700)
    assert guarded.times == [1800.0, 3600.0]
    assert guarded.policy.needs == frozenset()  # nothing was asked for it


def test_a_scheduler_need_not_wait_for_the_first_interval() -> None:
    guarded = Guarded(rules('{ every = "30m" }'))
    guarded.engine.count_from_earlier()
    guarded.go_on(20)
    assert guarded.times == [10.0]


def starting(seconds: float) -> Model:
    model = Model()
    begin: Callable[[Model], None] = lambda machine: machine.busy.update({"game.exe": 1.0})  # noqa: E731
    model.events = [(seconds, begin)]
    return model


def test_a_program_that_starts_is_an_event() -> None:
    guarded = Guarded(rules('{ starts = "game.exe" }', 'cooldown = "0s"'), starting(60))
    guarded.go_on(600)
    assert guarded.times == [60.0]


TWO = """
[[rule]]
name = "first"
when = { every = "50s" }
cooldown = "1h"
do = "flush-modified"
[[rule]]
name = "second"
when = { starts = "game.exe" }
do = "flush-modified"
"""


def test_an_event_is_remembered_while_the_price_of_another_run_is_counted() -> None:
    guarded = Guarded(TWO, starting(60))
    guarded.go_on(600)
    assert guarded.times == [50.0, 90.0]


def test_an_event_while_a_rule_cools_down_is_forgotten() -> None:
    guarded = Guarded(rules('{ starts = "game.exe" }', 'cooldown = "1h"'), starting(60))
    guarded.engine.standings[0].last = 0.0
    guarded.go_on(7200)
    assert guarded.times == []


def test_one_run_is_watched_at_a_time_so_that_each_price_is_its_own() -> None:
    text = rules(ALWAYS, 'cooldown = "0s"') + "\n" + rules(ALWAYS).replace('"a"', '"b"')
    guarded = Guarded(text)
    guarded.go_on(101)
    assert guarded.times == [10.0, 50.0, 90.0]
    assert "is being counted" in guarded.engine.standings[1].waits_for


def test_a_condition_of_the_kernel_wakes_and_does_not_spin() -> None:
    guarded = Guarded(rules('{ kernel = "high-commit" }', 'cooldown = "1h"'))
    machine = guarded.machine
    machine.events = [(1000.0, lambda model: model.conditions.add("high-commit"))]
    steps = 0
    while machine.now < 3600:
        machine.wait(guarded.engine.step())
        steps += 1
    assert guarded.times == [1000.0]
    assert steps < 3600 / 20  # it is looked at every half a minute, though it holds all the time


def test_numbers_are_looked_at_once_a_second_and_no_more() -> None:
    guarded = Guarded(rules(NEVER))
    assert guarded.engine.step() == 1.0


# ---- Accounts and their consequences -------------------------------------------------------------


def thrashed() -> Model:
    """A machine whose programs need all that they have, at once."""
    return Model(pools=[Pool("a.exe", 4000, 0.5, resident=4000)])


EMPTY = '["empty-working-sets", "flush-modified", "purge-standby"]'


def test_a_run_has_its_account() -> None:
    guarded = Guarded(rules('{ every = "1m" }', 'cooldown = "1h"', do=EMPTY), thrashed())
    guarded.go_on(89)
    [account] = guarded.store.accounts()
    assert account.state is RunState.WATCHING
    guarded.go_on(2)
    [account] = guarded.store.accounts()
    assert account.state is RunState.DONE
    assert account.done == ("empty working sets, flush modified, purge standby",)
    assert account.cause == "every 1 min (counted from the last run)"
    assert account.gained == pytest.approx(4000 << 20, rel=0.01)
    assert account.price
    assert account.price.read_back == pytest.approx(4000 << 20, rel=0.01)
    assert account.price.programs[0].program == "a.exe"
    assert account.paid is False


def test_three_runs_that_do_not_pay_double_the_cooldown_and_say_why() -> None:
    guarded = Guarded(rules('{ every = "5m" }', 'cooldown = "5m"', do=EMPTY), thrashed())
    guarded.go_on(10_000)
    assert guarded.gaps == [300.0] * 2 + [600.0] * 3 + [1200.0] * 3 + [2400.0]
    said = guarded.kinds("backs off")
    assert len(said) == 3
    assert said[0].startswith("3 runs in a row cost more than they gained (the last one saved ")
    assert said[0].endswith("its cooldown is 10 min from now on")


def test_a_rule_without_a_cooldown_backs_off_too() -> None:
    guarded = Guarded(rules(ALWAYS, 'cooldown = "0s"', do=EMPTY), thrashed())
    guarded.go_on(600)
    assert guarded.gaps[:6] == [40.0, 40.0, 60.0, 60.0, 60.0, 120.0]


def test_a_rule_never_backs_off_beyond_a_day_unless_it_asked_for_more() -> None:
    guarded = Guarded(rules(ALWAYS, 'cooldown = "10h"', do=EMPTY, head='every = "1h"'), thrashed())
    guarded.machine.tick = 60.0
    guarded.go_on(30 * 86400)
    assert max(guarded.gaps) <= 86400 + 3600
    longer = Guarded(rules(ALWAYS, 'cooldown = "3d"', do=EMPTY)).engine
    longer.standings[0].factor = 4
    assert longer.cooldown(longer.standings[0]) == 3 * 86400


def test_a_run_that_pays_takes_back_what_the_rule_lost() -> None:
    guarded = Guarded(rules('{ every = "5m" }', 'cooldown = "5m"', do=EMPTY), thrashed())
    guarded.go_on(1000)
    assert guarded.engine.standings[0].factor == 2
    guarded.machine.pools[0].rate = 0.0
    guarded.machine.fill_standby(1000)
    guarded.go_on(700)
    assert guarded.engine.standings[0].factor == 1
    assert guarded.kinds("recovers") == ["it paid: its cooldown is 5 min again"]


def test_what_is_not_there_to_free_memory_is_not_judged() -> None:
    guarded = Guarded(rules('{ every = "1m" }', 'cooldown = "1m"', do=RUN), thrashed())
    guarded.go_on(3600)
    assert all(each.paid is None for each in guarded.store.accounts())
    assert guarded.kinds("backs off") == []


def test_a_rule_waits_until_it_is_known_what_the_machine_does_anyway() -> None:
    guarded = Guarded(rules(ALWAYS, do=EMPTY), thrashed())
    guarded.go_on(9)
    assert guarded.times == []
    assert guarded.engine.busy
    assert guarded.engine.standings[0].waits_for == "what the machine does anyway is being counted"
    guarded.go_on(60)
    [account] = guarded.store.accounts()
    assert account.paid is False


def test_where_that_can_not_be_known_a_rule_runs_and_is_not_judged() -> None:
    class Mute(Model):
        def count(self, *, processes: bool) -> Counts:
            return replace(super().count(processes=processes), pages_read=None)

    guarded = Guarded(rules(ALWAYS, 'cooldown = "1h"', do=EMPTY), Mute())
    guarded.go_on(60)
    [account] = guarded.store.accounts()
    assert (account.price, account.paid) == (None, None)
    assert guarded.times == [0.0]


def test_a_price_that_was_not_counted_to_its_end_is_told_and_not_judged() -> None:
    guarded = Guarded(rules('{ every = "1m" }', 'cooldown = "1h"', do=EMPTY), thrashed())
    guarded.go_on(70)
    account = guarded.engine.close()
    assert account
    assert account.price
    assert account.paid is None
    assert guarded.engine.close() is None


def test_what_is_refused_is_in_the_account_and_not_judged() -> None:
    class Refuses(Model):
        def do(self, deed: Deed) -> Outcome:
            return Outcome(
                refused=(f"{deed.words()}: no",), lacking=frozenset({"SeDebugPrivilege"})
            )

    guarded = Guarded(rules('{ every = "1m" }', 'cooldown = "1m"'), Refuses())
    guarded.go_on(1000)
    accounts = guarded.store.accounts()
    assert {each.refused for each in accounts} == {("flush modified: no",)}
    assert {each.lacking for each in accounts} == {("SeDebugPrivilege",)}
    assert guarded.kinds("backs off") == []


# ---- Notifications -------------------------------------------------------------------------------

TOLD = "notify = true"


def test_each_run_is_shown_once_when_its_account_is_closed_and_only_if_asked_for() -> None:
    guarded = Guarded(rules('{ every = "1m" }', 'cooldown = "10m"', TOLD, do=EMPTY), thrashed())
    guarded.go_on(89)
    assert guarded.machine.notices == []
    guarded.go_on(700)
    accounts = guarded.store.accounts()
    assert guarded.machine.notices == [("ntpages guard: a", each.words()) for each in accounts]
    assert len(accounts) == 2
    silent = Guarded(rules('{ every = "1m" }', 'cooldown = "10m"', do=EMPTY), thrashed())
    silent.go_on(800)
    assert silent.store.accounts()
    assert silent.machine.notices == []


def test_a_run_after_which_a_rule_backs_off_is_shown_as_that_alone() -> None:
    guarded = Guarded(rules('{ every = "5m" }', 'cooldown = "5m"', TOLD, do=EMPTY), thrashed())
    guarded.go_on(1000)
    texts = [text for _, text in guarded.machine.notices]
    assert len(texts) == len(guarded.store.accounts()) == 3
    assert texts[2:] == guarded.kinds("backs off")


def test_neither_a_dry_run_nor_a_run_that_is_cut_short_is_shown() -> None:
    text = rules('{ every = "1m" }', 'cooldown = "1m"', TOLD, do=EMPTY)
    dry = Guarded(text, thrashed(), dry_run=True)
    dry.go_on(400)
    assert dry.kinds("would run")
    assert dry.machine.notices == []
    cut = Guarded(text, thrashed())
    cut.go_on(70)
    assert cut.engine.close()
    assert cut.machine.notices == []


def test_what_is_refused_is_noted_once_and_again_after_it_went_well() -> None:
    guarded = Guarded(rules('{ every = "1m" }', 'cooldown = "1m"', TOLD, do=RUN))
    for why, seconds in (("no taskbar", 200), ("", 100), ("no taskbar", 100)):
        guarded.machine.no_notices = why
        guarded.go_on(seconds)
    assert guarded.kinds("notify") == ["not shown: no taskbar"] * 2
    assert len(guarded.machine.notices) == 2


def test_a_rule_that_is_shown_from_now_on_is_still_the_rule_that_backed_off() -> None:
    silent = rules('{ every = "5m" }', 'cooldown = "5m"', do=EMPTY)
    guarded = Guarded(silent, thrashed())
    guarded.go_on(1000)
    guarded.engine.take(Policy.parse(f"{silent}\n{TOLD}"))
    assert guarded.engine.standings[0].rule.notify
    assert guarded.engine.standings[0].factor == 2


# ---- Policies, earlier runs, dry runs ------------------------------------------------------------


def test_a_dry_run_says_what_would_be_done_and_does_nothing() -> None:
    guarded = Guarded(rules(ALWAYS, 'cooldown = "5m"', do=EMPTY), thrashed(), dry_run=True)
    free = guarded.machine.free
    guarded.go_on(400)
    assert len(guarded.kinds("would run")) == 2
    assert "empty working sets" in guarded.kinds("would run")[0]
    assert guarded.machine.free == free
    assert (guarded.store.accounts(), guarded.store.notes()) == ([], [])


def test_another_policy_leaves_rules_that_are_the_same_as_they_stand() -> None:
    first, second = rules(ALWAYS, 'cooldown = "1h"'), rules(NEVER).replace('"a"', '"b"')
    guarded = Guarded(first)
    guarded.go_on(60)
    guarded.engine.take(Policy.parse(f"{second}\n{first}"))
    guarded.go_on(60)
    assert guarded.times == [10.0]
    assert [each.rule.name for each in guarded.engine.standings] == ["b", "a"]


def test_a_guard_takes_up_what_an_earlier_one_left() -> None:
    guarded = Guarded(rules('{ every = "5m" }', 'cooldown = "5m"', do=EMPTY), thrashed())
    guarded.go_on(1000)
    standing = guarded.engine.standings[0]
    assert standing.factor == 2
    again = Engine(guarded.policy, guarded.machine, guarded.store).standings[0]
    assert (again.factor, again.strikes, again.last) == (2, 0, standing.last)
    assert again.runs == standing.runs
    changed = Policy.parse(rules('{ every = "5m" }', 'cooldown = "6m"', do=EMPTY))
    assert Engine(changed, guarded.machine, guarded.store).standings[0].factor == 1


def test_a_clock_that_was_set_back_does_not_keep_a_rule_from_running() -> None:
    class SetBack(Model):
        def time(self) -> float:
            return super().time() - 10 * WEEK

    guarded = Guarded(rules(ALWAYS, 'cooldown = "5m"'))
    guarded.go_on(20)
    late = SetBack()
    engine = Engine(guarded.policy, late, guarded.store)
    assert engine.standings[0].last == 0.0


def test_a_week_passes_in_a_moment() -> None:
    """A machine that leaks, looked at once a minute: what is due on the sixth day comes on it."""
    text = rules('{ between = "03:00-03:30" }', 'cooldown = "12h"', head='every = "1m"')
    machine = leaking()
    machine.tick = 60.0
    machine.pools[-1].growth = 0.002
    guarded = Guarded(text, machine)
    guarded.go_on(WEEK)
    assert len(guarded.times) == 7
    assert {*guarded.gaps} == {86400.0}


def test_a_steady_machine_is_left_alone_by_every_ready_policy() -> None:
    for name in Policy.ready_names():
        guarded = Guarded(Policy.ready_text(name), steady())
        guarded.go_on(3600)
        assert guarded.times == [], name
