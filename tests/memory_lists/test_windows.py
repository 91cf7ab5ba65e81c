"""What only Windows can prove: that its pages really move between its lists."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ntpages import errors, memory_lists, system
from ntpages.memory_lists import MemoryLists, Step, StepResult
from ntpages.processes import Process
from ntpages.regions import Region

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.windows

MUCH = 256 << 20  # bytes; what else the machine does meanwhile is little beside it
PAGE = 4096


@pytest.fixture
def written() -> Iterator[None]:
    """Memory of this process that was written: in its working set, and nowhere else."""
    with Region(MUCH) as region:
        region.view()[::PAGE] = b"x" * (MUCH // PAGE)
        yield


def looks(step: StepResult) -> tuple[MemoryLists, MemoryLists]:
    """The lists before and after a step that was done."""
    assert step.error is None
    assert step.before
    assert step.after
    return step.before, step.after


def idle(lists: MemoryLists) -> int:
    """Bytes in no working set whose content somebody may want again."""
    return modified(lists) + lists.standby_total


def modified(lists: MemoryLists) -> int:
    assert lists.modified is not None
    return lists.modified


@pytest.mark.admin
@pytest.mark.usefixtures("written")
def test_emptied_working_sets_are_on_the_lists() -> None:
    with Process(os.getpid()) as me:
        had = me.counters().working_set
        [step] = memory_lists.clean([Step.EMPTY_WORKING_SETS]).steps
        has = me.counters().working_set
    before, after = looks(step)
    assert had - has > MUCH // 2
    assert idle(after) - idle(before) > MUCH // 2


@pytest.mark.admin
@pytest.mark.usefixtures("written")
def test_flushing_leaves_little_on_the_modified_list() -> None:
    if not system.pagefiles():
        pytest.skip("no page file: what was written can't be flushed to one")
    _, step = memory_lists.clean([Step.EMPTY_WORKING_SETS, Step.FLUSH_MODIFIED]).steps
    before, after = looks(step)
    assert modified(after) < modified(before) // 2


@pytest.mark.admin
def test_purging_makes_standby_pages_free_ones() -> None:
    [step] = memory_lists.clean([Step.PURGE_STANDBY]).steps
    before, after = looks(step)
    purged = before.standby_total - after.standby_total
    assert after.standby_total < before.standby_total // 2
    assert after.ready - before.ready > purged // 2


@pytest.mark.admin
def test_purging_what_is_least_likely_to_be_missed_spares_the_rest() -> None:
    [step] = memory_lists.clean([Step.PURGE_LOW_PRIORITY_STANDBY]).steps
    before, after = looks(step)
    assert after.standby[0] <= before.standby[0]
    assert sum(after.standby[1:]) > sum(before.standby[1:]) // 2


@pytest.mark.admin
@pytest.mark.usefixtures("written")
def test_defrag_makes_idle_memory_ready_for_use() -> None:
    report = memory_lists.defrag()
    report.raise_if_refused()
    assert report.verified
    assert report.before
    assert report.after
    assert report.after.standby_total < report.before.standby_total + MUCH
    assert report.after.ready > report.before.ready


@pytest.mark.admin
def test_an_administrator_flushes_the_volume_of_the_system() -> None:
    assert memory_lists.flush_volumes()


@pytest.mark.standard_user
@pytest.mark.parametrize("step", Step, ids=lambda step: step.value)
def test_a_standard_user_is_refused_and_told_why_but_for_one_step(step: Step) -> None:
    [result] = memory_lists.clean([step]).steps
    if step.privilege:
        assert isinstance(result.error, errors.PrivilegeNotHeldError)
        assert result.error.privilege == step.privilege
    elif step.elevated:
        assert isinstance(result.error, errors.AccessDeniedError)
    else:
        assert result.ok
