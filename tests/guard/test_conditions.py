"""Conditions, held against numbers."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import pytest

from ntpages.guard.conditions import Condition, Need, Not, Several, leaves
from ntpages.guard.numbers import Numbers
from ntpages.guard.policy import Policy

GIB = 1 << 30
NOON = time.mktime((2026, 11, 27, 12, 0, 0, 0, 0, -1))  # a friday

KNOWN = Numbers(
    time=NOON,
    clock=100.0,
    total=16 * GIB,
    free=1 * GIB,
    available=5 * GIB,
    standby=(GIB, 0, 0, 0, 0, 3 * GIB, 0, 0),
    modified=2 * GIB,
    compressed=GIB // 2,
    committed=18 * GIB,
    commit_limit=20 * GIB,
    hard_faults=600.0,
    repurposed=10.0,
    kernel={"low-memory": True, "high-memory": False},
    running=frozenset({"Game.exe", "system"}),
    started=frozenset({"Game.exe"}),
    exited=frozenset({"old.exe"}),
    foreground=frozenset({"Game.exe"}),
    idle=90.0,
)


def condition(written: str) -> Condition:
    text = f'[[rule]]\nname = "a"\nwhen = {written}\ndo = "flush-modified"\n'
    return Policy.parse(text).rules[0].when


# What is asked; whether it holds in KNOWN; whose number it is.
ASKED = [
    ('{ available = "< 6 GiB" }', True, "available"),
    ('{ available = "< 30 %" }', False, "available"),
    ('{ free = "<= 1 GiB" }', True, "free"),
    ('{ free = "< 1 GiB" }', False, "free"),
    ('{ standby = ">= 4 GiB" }', True, "standby"),
    ('{ standby = { 0-4 = "> 1 GiB" } }', False, "standby"),
    ('{ standby = { 0-5 = "> 1 GiB" } }', True, "standby"),
    ('{ standby = { 5 = "> 18 %" } }', True, "standby"),
    ('{ modified = "> 10 %" }', True, "modified"),
    ('{ compressed = "> 1 GiB" }', False, "compressed"),
    ('{ commit = "> 89 %" }', True, "committed"),
    ('{ commit = "> 90 %" }', False, "committed"),
    ('{ hard-faults = "> 500/s" }', True, "hard_faults"),
    ('{ repurposed = "> 10/s" }', False, "repurposed"),
    ('{ kernel = "low-memory" }', True, "kernel"),
    ('{ kernel = "high-memory" }', False, "kernel"),
    ('{ runs = "game.EXE" }', True, "running"),
    ('{ runs = "game" }', False, "running"),
    ('{ starts = ["x", "g*.exe"] }', True, "started"),
    ('{ exits = "game.exe" }', False, "exited"),
    ('{ foreground = "game.exe" }', True, "foreground"),
    ('{ idle = "90s" }', True, "idle"),
    ('{ idle = "91s" }', False, "idle"),
]


@pytest.mark.parametrize(("written", "holds", "number"), ASKED)
def test_a_condition_holds_or_not_and_is_unknown_without_its_number(
    written: str,
    holds: bool,  # noqa: FBT001
    number: str,
) -> None:
    asked = condition(written)
    assert asked.holds(KNOWN, 0.0) is holds
    without = replace(KNOWN, **{number: None})  # type: ignore[arg-type]
    assert asked.holds(without, 0.0) is None
    assert asked.now(without) == "unknown"
    assert asked.now(KNOWN) != "unknown"
    assert len(asked.needs) == 1


def test_a_condition_of_the_kernel_that_can_not_be_asked_is_unknown() -> None:
    assert condition('{ kernel = "high-commit" }').holds(KNOWN, 0.0) is None


def test_a_share_without_a_whole_is_unknown() -> None:
    assert condition('{ free = "< 10 %" }').holds(replace(KNOWN, total=None), 0.0) is None


@pytest.mark.parametrize(
    ("written", "hour", "holds"),
    [
        ("09:00-17:00", 9, True),
        ("09:00-17:00", 16, True),
        ("09:00-17:00", 17, False),
        ("22:00-06:00", 23, True),
        ("22:00-06:00", 0, True),
        ("22:00-06:00", 6, False),
        ("22:00-06:00", 12, False),
    ],
)
def test_times_of_day_go_past_midnight(written: str, hour: int, holds: bool) -> None:  # noqa: FBT001
    now = replace(KNOWN, time=NOON + (hour - 12) * 3600)
    assert condition(f'{{ between = "{written}" }}').holds(now, 0.0) is holds


def test_days_are_those_of_this_machine() -> None:
    for word, holds in (("friday", True), ("fri", True), ("weekdays", True), ("weekend", False)):
        assert condition(f'{{ days = "{word}" }}').holds(KNOWN, 0.0) is holds


def test_an_interval_is_counted_from_the_last_run() -> None:
    every = condition('{ every = "5m" }')
    assert [every.holds(KNOWN, waited) for waited in (299.0, 300.0)] == [False, True]


class Says:
    """A condition that says what it is told to."""

    momentary = False
    needs: frozenset[Need] = frozenset()

    def __init__(self, says: bool | None) -> None:  # noqa: FBT001
        self.says = says

    def holds(self, numbers: Numbers, waited: float) -> bool | None:
        del numbers, waited
        return self.says

    def words(self) -> str:
        return str(self.says)

    def now(self, numbers: Numbers) -> str:
        del numbers
        return str(self.says)


@pytest.mark.parametrize("says", [*itertools.product([True, False, None], repeat=3)])
def test_what_is_not_known_is_whatever_it_may_be(says: tuple[bool | None, ...]) -> None:
    """All and any are what they are for every way in which the unknown ones may turn out."""
    ways = [
        [each if each is not None else next(chosen) for each in says]
        for chosen in map(iter, itertools.product([True, False], repeat=says.count(None)))
    ]
    conditions = tuple(map(Says, says))
    for every, decide in ((True, all), (False, any)):
        answers = {decide(way) for way in ways}
        wanted = answers.pop() if len(answers) == 1 else None
        assert Several(conditions, every=every).holds(KNOWN, 0.0) is wanted


@pytest.mark.parametrize(("says", "opposite"), [(True, False), (False, True), (None, None)])
def test_not_is_the_opposite_and_of_the_unknown_unknown(
    says: bool | None,  # noqa: FBT001
    opposite: bool | None,  # noqa: FBT001
) -> None:
    assert Not(Says(says)).holds(KNOWN, 0.0) is opposite


def test_an_event_makes_the_whole_momentary_but_its_absence_lasts() -> None:
    assert condition('{ free = "< 1", any = [{ starts = "a" }, { idle = "1s" }] }').momentary
    assert not condition('{ not = { starts = "a" } }').momentary
    assert (
        len(leaves(condition('{ free = "< 1", any = [{ starts = "a" }, { idle = "1s" }] }'))) == 3
    )
