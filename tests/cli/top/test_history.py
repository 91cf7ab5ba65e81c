"""What becomes of numbers from look to look."""

from __future__ import annotations

from types import SimpleNamespace as Some
from typing import Any

import pytest

from cli.top.made import GIB, MIB, Faults, Made, lists, memory, processes
from ntpages.report.top.history import KEPT, History, parts


def history(*tables: Any, **more: Any) -> History:
    machine = Made(*tables, **more)
    found = History()
    for _ in range(max(1, len(tables))):
        found.add(machine.sample())
    return found


def test_a_rate_is_by_the_second_and_counts_through_one_wrap() -> None:
    before = processes(hard_faults=[2**32 - 4, 10, 20, 30], cpu_time=[0.0, 1.0, 2.0, 3.0])
    after = processes(hard_faults=[6, 10, 25, 30], cpu_time=[0.25, 1.0, 2.0, 5.0])
    found = history(before, after)
    assert found.column("hard_faults_rate") == [10, 0, 5, 0]
    assert found.column("cpu") == [25, 0, 0, 200]


def test_what_a_working_set_grew_by_is_in_bytes() -> None:
    after = processes(working_set=[5 * MIB, 3 * MIB, MIB, MIB])
    assert history(processes(), after).column("working_set_change") == [MIB, 0, -MIB, 0]


def test_a_single_look_and_a_newcomer_have_no_rates() -> None:
    assert history(processes()).column("cpu") == [0, 0, 0, 0]
    found = history(processes(3), processes(4))
    assert found.place(3) is None
    assert found.column("faults_rate")[3] == 0


def test_an_id_that_was_given_again_is_a_newcomer() -> None:
    found = history(processes(), processes(started=[0.0, 50.0, 2.0, 3.0]))
    assert [found.place(row) for row in range(4)] == [0, None, 2, 3]


def test_a_trend_is_of_one_process() -> None:
    grown = processes(working_set=[8 * MIB, 3 * MIB, 2 * MIB, MIB])
    other = processes(started=[7.0, 1.0, 2.0, 3.0])
    found = history(processes(), grown, other)
    assert found.trend(100, 0.0, "working_set") == [4 * MIB, 8 * MIB, None]
    assert found.trend(999, 0.0, "working_set") == [None] * 3


def test_a_minute_is_kept() -> None:
    machine, found = Made(), History()
    for _ in range(KEPT + 5):
        found.add(machine.sample())
    assert len(found.points) == len(found.looks) == KEPT
    assert found.count == KEPT + 5
    assert found.last.time == KEPT + 5


def test_hard_faults_are_reads_from_the_disk() -> None:
    found = history(processes(), processes(), faults=lambda look: Faults(page_reads=30 * look))
    assert [point.hard_faults for point in found.points] == [None, 30]
    unknown = history(processes(), processes(), faults=None)
    assert unknown.points[-1].hard_faults is None


@pytest.mark.parametrize("name", ["MemCompression", "Memory Compression"])
def test_what_compressed_pages_take_is_a_working_set(name: str) -> None:
    found = history(processes(name=["a.exe", name, "b.exe", "c.exe"]))
    assert found.points[-1].store == 3 * MIB


def test_the_parts_of_memory_are_all_of_it() -> None:
    whole = parts(memory(), lists())
    assert [name for name, _ in whole] == ["In use", "Modified", "Standby", "Free"]
    assert dict(whole)["Modified"] == 2 * GIB + 3 * MIB
    partial = parts(memory(), lists(modified=None, modified_no_write=None))
    assert [name for name, _ in partial] == ["In use, modified", "Standby", "Free"]
    unknown = parts(memory(), None)
    assert [name for name, _ in unknown] == ["In use", "Available"]
    for each in (whole, partial, unknown):
        assert sum(size for _, size in each) == 64 * GIB


def test_lists_that_are_read_a_moment_later_do_not_make_parts_of_less_than_nothing() -> None:
    moved = lists(standby_total=70 * GIB)
    assert parts(Some(total=64 * GIB), moved)[0] == ("In use", 0)
