"""Limits that hold and working sets that empty: what Wine accepts and does not do."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import working_sets
from ntpages.errors import AccessDeniedError, NtError, PrivilegeNotHeldError
from ntpages.processes import Process, list_processes
from ntpages.regions import Protection
from ntpages.working_sets import Limits, trimming
from target import CROWD, Target, crowd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ntlab import Lab

PAGE = 4096
SET_QUOTA = 0x0100
QUERY_LIMITED = 0x1000


@pytest.fixture
def door(lab: Lab) -> Any:
    return lab.model("working_sets")


@pytest.fixture
def pid(door: Any) -> Iterator[int]:
    del door  # the model has to be there first
    with Target("idle") as target:
        yield target.pid


# ---- Limits --------------------------------------------------------------------------------------


def test_limits_are_soft_to_begin_with(pid: int) -> None:
    assert working_sets.limits(pid) == Limits(
        50 * PAGE, 345 * PAGE, hard_minimum=False, hard_maximum=False
    )


def test_limits_that_are_set_hold(pid: int) -> None:
    wanted = Limits(8 << 20, 64 << 20, hard_minimum=True, hard_maximum=True)
    assert (
        working_sets.set_limits(
            pid, minimum=8 << 20, maximum=64 << 20, hard_minimum=True, hard_maximum=True
        )
        == wanted
    )
    assert working_sets.limits(pid) == wanted


@pytest.mark.parametrize(("hard", "flag"), [(True, 1), (False, 2)])
def test_the_minimum_is_made_hard_and_soft(lab: Lab, pid: int, hard: bool, flag: int) -> None:  # noqa: FBT001
    lab.record("SetProcessWorkingSetSizeEx")
    limits = working_sets.set_limits(pid, hard_minimum=hard)
    assert limits == Limits(50 * PAGE, 345 * PAGE, hard_minimum=hard, hard_maximum=False)
    assert lab.calls("SetProcessWorkingSetSizeEx")[0].arguments[3] == flag


@pytest.mark.parametrize(("hard", "flag"), [(True, 4), (False, 8)])
def test_the_maximum_is_made_hard_and_soft(lab: Lab, pid: int, hard: bool, flag: int) -> None:  # noqa: FBT001
    lab.record("SetProcessWorkingSetSizeEx")
    limits = working_sets.set_limits(pid, hard_maximum=hard)
    assert limits == Limits(50 * PAGE, 345 * PAGE, hard_minimum=False, hard_maximum=hard)
    assert lab.calls("SetProcessWorkingSetSizeEx")[0].arguments[3] == flag


def test_what_is_not_given_stays(pid: int) -> None:
    working_sets.set_limits(pid, maximum=32 << 20, hard_minimum=True)
    after = working_sets.set_limits(pid, minimum=1 << 20)
    assert after == Limits(1 << 20, 32 << 20, hard_minimum=True, hard_maximum=False)


def test_what_windows_rounds_is_told(pid: int) -> None:
    assert working_sets.set_limits(pid, minimum=PAGE).minimum == 20 * PAGE


@pytest.mark.parametrize("limits", [{"maximum": 12 * PAGE}, {"minimum": 346 * PAGE}])
def test_limits_that_windows_refuses_are_an_error(pid: int, limits: dict[str, Any]) -> None:
    with pytest.raises(NtError) as refused:
        working_sets.set_limits(pid, **limits)
    assert (refused.value.call, refused.value.code) == ("SetProcessWorkingSetSizeEx", 87)
    tried = {"minimum": 50 * PAGE, "maximum": 345 * PAGE, **limits}
    words = "minimum {minimum} and maximum {maximum} bytes".format_map(tried)
    assert words in str(refused.value)
    assert working_sets.limits(pid).maximum == 345 * PAGE


def test_limits_that_are_equal_are_windows_to_judge(lab: Lab, pid: int) -> None:
    lab.fail("SetProcessWorkingSetSizeEx", code=87)
    with pytest.raises(NtError, match="minimum 2097152 and maximum 2097152 bytes"):
        working_sets.set_limits(pid, minimum=2 << 20, maximum=2 << 20)


def test_raising_the_maximum_takes_a_privilege(lab: Lab, pid: int) -> None:
    token = lab.model("privileges")
    assert working_sets.set_limits(pid, maximum=1 << 29).maximum == 1 << 29
    assert token.state("SeIncreaseWorkingSetPrivilege") is False
    token.drop("SeIncreaseWorkingSetPrivilege")
    assert working_sets.set_limits(pid, maximum=1 << 28).maximum == 1 << 28
    with pytest.raises(PrivilegeNotHeldError) as refused:
        working_sets.set_limits(pid, maximum=1 << 30)
    assert refused.value.privilege == "SeIncreaseWorkingSetPrivilege"


def test_limits_are_in_the_table(pid: int) -> None:
    working_sets.set_limits(pid, minimum=2 << 20, maximum=3 << 20, hard_maximum=True)
    [row] = [row for row in list_processes(limits=True) if row.pid == pid]
    assert (row.minimum, row.maximum) == (2 << 20, 3 << 20)
    assert (row.hard_minimum, row.hard_maximum) == (False, True)


# ---- Trimming ------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_limits", [False, True])
def test_trimming_empties_a_working_set(pid: int, by_limits: bool) -> None:  # noqa: FBT001
    trimmed = working_sets.trim(pid, by_limits=by_limits)
    assert trimmed.before > 8 * PAGE
    assert trimmed.after == 8 * PAGE
    assert (trimmed.faults, trimmed.hard_faults) == (3, None)


def test_faults_are_counted_through_the_end_of_their_counter(pid: int) -> None:
    def row(faults: int) -> SimpleNamespace:
        return SimpleNamespace(
            pid=pid, name="", started=0.0, working_set=1, faults=faults, hard_faults=faults
        )

    done = trimming._trimmed(row(2**32 - 2), row(5))
    assert (done.faults, done.hard_faults) == (7, 7)


def test_trimming_asks_for_no_more_than_it_needs(lab: Lab, pid: int) -> None:
    lab.record("OpenProcess")
    working_sets.trim(pid)
    asked = {call.arguments[0] & 0xFFFFFFFF for call in lab.calls("OpenProcess")}
    assert asked <= {SET_QUOTA | QUERY_LIMITED, QUERY_LIMITED, 0x0010_0000}


def test_a_crowd_is_trimmed_and_the_price_is_told(door: Any) -> None:
    del door
    with crowd(3) as targets:
        report = working_sets.trim_where(include=[CROWD])
        assert {each.pid for each in report.trimmed} == {target.pid for target in targets}
        for each in report.trimmed:
            assert (each.after, each.faults, each.hard_faults) == (8 * PAGE, 3, 0)
        assert report.freed == sum(each.before - 8 * PAGE for each in report.trimmed)


def test_those_who_refuse_are_told_and_the_others_trimmed(lab: Lab, door: Any) -> None:
    del door
    with crowd(3) as targets:
        lab.model("processes").deny(targets[1].pid, SET_QUOTA)
        report = working_sets.trim_where(include=[CROWD])
        [refused] = report.refused
        assert (refused.pid, refused.name) == (targets[1].pid, CROWD)
        assert isinstance(refused.error, AccessDeniedError)
        assert {each.pid for each in report.trimmed} == {targets[0].pid, targets[2].pid}


@pytest.mark.parametrize("by_limits", [False, True])
def test_a_look_that_fails_after_a_trim_says_so_and_no_more(
    lab: Lab, pid: int, *, by_limits: bool
) -> None:
    lab.fail("NtQueryInformationProcess", nth=2, code=0xC000009A)
    trimmed = working_sets.trim(pid, by_limits=by_limits)
    assert lab.refused == 1
    assert trimmed.before > 0
    assert (trimmed.after, trimmed.faults, trimmed.hard_faults) == (None, None, None)
    assert working_sets.trim(pid).before == 8 * PAGE  # it was done


@pytest.mark.parametrize("code", [0xC0000022, 0xC000009A, 0xC0000017])
def test_a_look_that_fails_after_many_trims_costs_nothing_of_the_report(
    lab: Lab, pid: int, code: int
) -> None:
    lab.fail("NtQuerySystemInformation", nth=2, code=code)
    report = working_sets.trim_where(pids=[pid])
    assert lab.refused == 1
    [trimmed] = report.trimmed
    assert (trimmed.pid, trimmed.after, trimmed.faults) == (pid, None, None)
    assert report.freed == 0


def test_processes_are_trimmed_by_id_and_strangers_told(pid: int) -> None:
    report = working_sets.trim_where(pids=[pid, 0x7FFF_FFFC])
    assert [each.pid for each in report.trimmed] == [pid]
    assert [each.pid for each in report.refused] == [0x7FFF_FFFC]


# ---- Pages ---------------------------------------------------------------------------------------


def bits(**fields: int) -> int:
    """Return PSAPI_WORKING_SET_EX_BLOCK. Source: psapi.h, and phnt ntmmapi.h for the invalid."""
    places = {
        "valid": 0,
        "share_count": 1,
        "protection": 4,
        "shared": 15,
        "node": 16,
        "locked": 22,
        "large": 23,
        "location": 22,
        "priority": 24,
        "bad": 31,
    }
    return sum(value << places[name] for name, value in fields.items())


def page_with(door: Any, **fields: int) -> Any:
    with Process(os.getpid()) as me:
        address = me.allocate(PAGE)
        door.page(address, bits(**fields))
        [page] = working_sets.pages(address=address, size=PAGE)
        me.free(address)
        return page


def test_every_bit_of_a_valid_page_is_told(door: Any) -> None:
    page = page_with(
        door, valid=1, share_count=5, protection=0x20, shared=1, node=41, locked=1, large=1,
        priority=6, bad=1,
    )  # fmt: skip
    assert page._asdict() | {"address": 0} == {
        "address": 0,
        "valid": True,
        "shared": True,
        "share_count": 5,
        "protection": Protection.EXECUTE_READ,
        "node": 41,
        "locked": True,
        "large": True,
        "priority": 6,
        "bad": True,
        "location": "working set",
    }


@pytest.mark.parametrize(
    ("number", "location"), [*enumerate(["nowhere", "memory", "page file", "reserved"])]
)
def test_pages_that_are_not_valid_are_somewhere(door: Any, number: int, location: str) -> None:
    page = page_with(door, location=number, shared=1, priority=2, bad=number % 2)
    assert (page.valid, page.location, page.shared, page.priority) == (False, location, True, 2)
    assert page.bad is (number % 2 == 1)
    assert (page.locked, page.large, page.node, page.protection) == (False, False, 0, 0)


def test_pages_are_asked_for_in_batches(lab: Lab, door: Any) -> None:
    del door
    with Process(os.getpid()) as me:
        address = me.allocate(150_000 * PAGE)
        pages = working_sets.pages(address=address, size=150_000 * PAGE)
        assert len(pages) == 150_000
        assert lab.count("K32QueryWorkingSetEx") == 3
        me.free(address)


def test_pages_of_another_process_are_told(pid: int) -> None:
    pages = working_sets.pages(pid)
    assert len(pages) > 100
    assert Protection.EXECUTE_READ in set(pages.column("protection"))


def test_pages_take_a_right(lab: Lab, pid: int) -> None:
    lab.model("processes").deny(pid, 0x0400)
    with pytest.raises(AccessDeniedError):
        working_sets.pages(pid)


def test_the_two_newest_counters_are_told_where_windows_has_them(pid: int) -> None:
    with Process(pid) as process:
        counters = process.counters()
        assert counters.private_working_set == counters.working_set // 2
        assert counters.shared_commit == counters.commit // 4


def test_the_most_that_each_pool_ever_was_is_told(pid: int) -> None:
    with Process(pid) as process:
        counters = process.counters()
        assert counters.peak_paged_pool == 2 * counters.paged_pool
        assert counters.peak_nonpaged_pool == 3 * counters.nonpaged_pool
