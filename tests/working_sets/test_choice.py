"""Whom ``trim_where()`` chooses, row by row, out of a table that says who there is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import working_sets
from ntpages.errors import NoSuchProcessError
from ntpages.table import Table
from ntpages.working_sets import Trimmed, TrimReport, trimming
from target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab

FLOOR = 1 << 20
ME = os.getpid()


@dataclass(frozen=True)
class Row:
    """A process, as the kernel's table tells it."""

    pid: int
    name: str = "other.exe"
    working_set: int = FLOOR
    started: float = 1.0
    cycles: int = 10
    cpu_time: float = 1.0
    faults: int = 0
    hard_faults: int = 0


def table(*rows: Row) -> Table:
    names = tuple(Row.__dataclass_fields__)
    return Table("Process", {name: [getattr(row, name) for row in rows] for name in names})


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, ...]]:
    """Ids that rules choose out of rows; the looks that follow the first see ``later``."""

    def choose(*rows: Row, later: tuple[Row, ...] = (), **rules: Any) -> tuple[int, ...]:
        looks = [table(*rows), table(*(later or rows))]
        monkeypatch.setattr(trimming, "list_processes", lambda **_: looks.pop(0))
        return working_sets.trim_where(**{"include": ["*"], "dry_run": True, **rules}).matched

    return choose


@pytest.mark.parametrize(
    ("pid", "who"),
    [(0, "the idle process"), (4, "the kernel's own"), (ME, "the caller")],
    ids=["idle", "kernel", "caller"],
)
def test_some_are_never_chosen_by_a_rule(
    chosen: Callable[..., tuple[int, ...]], pid: int, who: str
) -> None:
    assert chosen(Row(pid), Row(8)) == (8,), who


@pytest.mark.parametrize("pid", [4, ME], ids=["kernel", "caller"])
def test_an_id_chooses_even_those(chosen: Callable[..., tuple[int, ...]], pid: int) -> None:
    assert chosen(Row(pid), Row(8), pids=[pid]) == (pid,)


@pytest.mark.parametrize(
    ("working_set", "is_chosen"), [(FLOOR - 1, False), (FLOOR, True), (FLOOR + 1, True)]
)
def test_the_floor_itself_is_large_enough(
    chosen: Callable[..., tuple[int, ...]], working_set: int, *, is_chosen: bool
) -> None:
    assert bool(chosen(Row(8, working_set=working_set), floor=FLOOR)) == is_chosen


@pytest.mark.parametrize(
    ("later", "is_chosen", "why"),
    [
        (Row(8), True, "it slept"),
        (Row(8, cycles=11), False, "it ran for less than a tick of the clock"),
        (Row(8, cpu_time=1.5), False, "it ran"),
        (Row(8, started=2.0), False, "somebody else has its id now"),
        (Row(12), False, "it has exited"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_is_busy_while_watched_is_left_alone(
    chosen: Callable[..., tuple[int, ...]], later: Row, why: str, *, is_chosen: bool
) -> None:
    assert bool(chosen(Row(8), later=(later,), idle=0.001)) == is_chosen, why


@pytest.mark.parametrize(
    ("later", "trimmed"),
    [
        (Row(8, working_set=7, faults=12, hard_faults=3), Trimmed(8, "other.exe", FLOOR, 7, 12, 3)),
        (Row(12, faults=12, hard_faults=3), Trimmed(8, "other.exe", FLOOR, 0, 0, 0)),
    ],
    ids=["it faulted", "it has exited"],
)
def test_what_came_of_it_is_counted_from_the_first_look_to_the_last(
    monkeypatch: pytest.MonkeyPatch, later: Row, trimmed: Trimmed
) -> None:
    looks = [table(Row(8)), table(later)]
    monkeypatch.setattr(trimming, "list_processes", lambda: looks.pop(0))
    monkeypatch.setattr("ntpages._native.working_sets.empty_working_set", lambda *_: None)
    assert working_sets.trim_where(include="*").trimmed == (trimmed,)


def test_whoever_has_the_id_of_one_that_was_chosen_is_left_alone(lab: Lab) -> None:
    with Target() as target:
        [trimmed] = working_sets.trim_where(pids=[target.pid]).trimmed
        assert trimmed.pid == target.pid
        emptied = lab.count("K32EmptyWorkingSet")
        # Whoever is opened was created at another time than the one in the table.
        lab.fail("GetProcessTimes", value=1, code=0)
        report = working_sets.trim_where(pids=[target.pid])
    assert report.trimmed == ()
    [refused] = report.refused
    assert isinstance(refused.error, NoSuchProcessError)
    assert (lab.count("K32EmptyWorkingSet"), emptied) == (1, 1)


@pytest.mark.parametrize(
    ("sizes", "freed"),
    [
        ([], 0),
        ([(10, 4)], 6),
        ([(10, 4), (20, 5)], 21),
        ([(10, 30)], 0),
        ([(10, 4), (0, 100)], 0),
        ([(100, 0), (0, 40)], 60),
    ],
)
def test_what_was_freed_is_never_below_nothing(sizes: list[tuple[int, int]], freed: int) -> None:
    trimmed = tuple(Trimmed(8, "", before, after, 0, 0) for before, after in sizes)
    assert TrimReport(trimmed).freed == freed
