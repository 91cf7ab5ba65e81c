"""Limits, trimming and pages, as far as any host can show them."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from typing import Any

import pytest

from ntpages import working_sets
from ntpages.errors import NoSuchProcessError
from ntpages.processes import Process
from ntpages.regions import Protection, Region, State, walk
from target import CROWD, Target, crowd

NOBODY = 0x7FFF_FFFC
PAGE = 4096


def test_limits_are_those_of_the_table() -> None:
    from ntpages.processes import list_processes  # noqa: PLC0415

    limits = working_sets.limits(os.getpid())
    [row] = [row for row in list_processes(limits=True) if row.pid == os.getpid()]
    assert (limits.minimum, limits.maximum) == (row.minimum, row.maximum)
    assert (limits.hard_minimum, limits.hard_maximum) == (row.hard_minimum, row.hard_maximum)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({}, "nothing to set"),
        ({"minimum": 0}, "minimum must be from 1 to .* bytes, not 0"),
        ({"maximum": -1}, "maximum must be from 1 to .* bytes, not -1"),
        (
            {"maximum": (1 << 64) - 1},
            "maximum must be from 1 to .* bytes, not 18446744073709551615",
        ),
        ({"minimum": 9 << 20, "maximum": 8 << 20}, "9437184 is above 8388608"),
    ],
)
def test_limits_that_cant_be_are_refused(limits: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        working_sets.set_limits(os.getpid(), **limits)


@pytest.mark.parametrize("pid", [0, -1, 1 << 32])
def test_ids_that_cant_be_are_refused(pid: int) -> None:
    for attempt in (
        lambda: working_sets.limits(pid),
        lambda: working_sets.set_limits(pid, hard_minimum=True),
        lambda: working_sets.trim(pid),
        lambda: working_sets.pages(pid),
        lambda: working_sets.resident(pid),
    ):
        with pytest.raises(ValueError, match=f"pid must be .* not {pid}"):
            attempt()


def test_nobody_has_no_working_set() -> None:
    for attempt in (
        lambda: working_sets.limits(NOBODY),
        lambda: working_sets.set_limits(NOBODY, hard_minimum=True),
        lambda: working_sets.trim(NOBODY),
        lambda: working_sets.trim(NOBODY, by_limits=True),
        lambda: working_sets.pages(NOBODY),
        lambda: working_sets.resident(NOBODY),
    ):
        with pytest.raises(NoSuchProcessError):
            attempt()


# ---- Choosing whom to trim -----------------------------------------------------------------------


def test_rules_choose_by_name_in_any_case() -> None:
    with crowd(3) as targets:
        pattern = CROWD.upper().replace("EXE", "*")
        chosen = working_sets.trim_where(include=[pattern], dry_run=True).matched
        assert set(chosen) == {target.pid for target in targets}


def test_rules_leave_out_names() -> None:
    with crowd(2) as targets:
        left = working_sets.trim_where(
            include=["crowd*"], exclude=[CROWD.replace("crowd", "CR?WD")], dry_run=True
        ).matched
        assert {target.pid for target in targets}.isdisjoint(left)


def test_one_name_is_one_name() -> None:
    with crowd(2) as targets:
        everybody = {target.pid for target in targets}
        chosen = working_sets.trim_where(include=CROWD.replace("exe", "*"), dry_run=True).matched
        assert set(chosen) == everybody
        spared = working_sets.trim_where(exclude=CROWD, dry_run=True).matched
        assert spared
        assert everybody.isdisjoint(spared)


@pytest.mark.parametrize("rules", [{}, {"exclude": ()}, {"floor": 0, "idle": 0, "settle": 0}])
def test_who_names_nobody_does_not_mean_everybody(rules: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"nobody is chosen: give .*include='\*' for all"):
        working_sets.trim_where(**rules, dry_run=True)


def test_no_ids_choose_nobody() -> None:
    assert working_sets.trim_where(pids=[]).matched == ()


def test_rules_leave_out_what_is_small() -> None:
    with Target(64) as large, Target() as small:
        chosen = working_sets.trim_where(
            include=["target.exe"], floor=64 << 20, dry_run=True
        ).matched
        assert large.pid in chosen
        assert small.pid not in chosen


def test_the_caller_is_never_chosen() -> None:
    assert os.getpid() not in working_sets.trim_where(include="*", dry_run=True).matched


def test_a_dry_run_trims_nobody() -> None:
    with crowd(1):
        report = working_sets.trim_where(include=[CROWD], dry_run=True)
        assert (report.trimmed, report.refused, report.freed) == ((), (), 0)


def test_idle_ones_are_chosen_and_busy_ones_are_not() -> None:
    spin = "print(flush=True)\nwhile True: pass"
    with (
        Target("idle") as idle,
        subprocess.Popen([sys.executable, "-c", spin], stdout=subprocess.PIPE) as busy,
    ):
        assert busy.stdout
        busy.stdout.readline()
        both = [idle.pid, busy.pid]
        watched = working_sets.trim_where(pids=both, idle=0.5, dry_run=True).matched
        unwatched = working_sets.trim_where(pids=both, dry_run=True).matched
        busy.kill()
    assert watched == (idle.pid,)
    assert set(unwatched) == set(both)


def test_what_was_trimmed_is_told() -> None:
    with crowd(2) as targets:
        report = working_sets.trim_where(include=[CROWD])
        assert {each.pid for each in report.trimmed} == {target.pid for target in targets}
        assert {each.name for each in report.trimmed} == {CROWD}
        assert all(each.before > 0 for each in report.trimmed)
        assert report.refused == ()


@pytest.mark.parametrize("rule", ["floor", "idle", "settle"])
def test_rules_below_zero_are_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=f"{rule} must be from 0 to .*, not -1"):
        working_sets.trim_where(**{rule: -1})  # type: ignore[arg-type]


# ---- Pages ---------------------------------------------------------------------------------------


def test_pages_that_were_touched_are_valid() -> None:
    with Process(os.getpid()) as me:
        address = me.allocate(8 * PAGE)
        me.write(address + 2 * PAGE, b"touched")
        me.write(address + 5 * PAGE, b"touched")
        pages = working_sets.pages(address=address, size=8 * PAGE)
        assert pages.column("address").tolist() == [address + i * PAGE for i in range(8)]
        assert [i for i, page in enumerate(pages) if page.valid] == [2, 5]
        touched = pages[2]
        assert touched.protection == Protection.READWRITE
        assert touched.location == "working set"
        me.free(address)


def test_pages_of_a_range_include_the_one_it_begins_in() -> None:
    with mmap.mmap(-1, 4 * PAGE) as memory:
        memory[:] = b"x" * len(memory)
        with Process(os.getpid()) as me:
            address = me.allocate(4 * PAGE)
        pages = working_sets.pages(address=address + 100, size=PAGE)
        assert pages.column("address").tolist() == [address, address + PAGE]


def test_only_valid_pages_if_asked() -> None:
    with Process(os.getpid()) as me:
        address = me.allocate(8 * PAGE)
        me.write(address + PAGE, b"touched")
        pages = working_sets.pages(address=address, size=8 * PAGE, valid_only=True)
        assert pages.column("address").tolist() == [address + PAGE]
        me.free(address)


@pytest.mark.parametrize("pages", [1, 16, 256, 1024])
def test_memory_that_is_taken_to_look_is_not_seen(pages: int) -> None:
    size = pages * PAGE
    regions = [Region(size) for _ in range(8)]
    freed = [region.address for region in regions]
    for region in regions:
        region.close()
    for address in freed:
        table = working_sets.pages(address=address, size=size)
        assert list(table) == []
    spans = list(walk(names=False, uses=False))
    for address in freed:
        rows = [row for row in spans if row.address <= address < row.address + row.size]
        assert [row.state for row in rows] == [State.FREE]


def test_reserved_space_has_no_pages() -> None:
    with Process(os.getpid()) as me:
        address = me.allocate(8 * PAGE, commit=False)
        me.commit(address + 3 * PAGE, PAGE)
        pages = working_sets.pages(address=address, size=8 * PAGE)
        assert pages.column("address").tolist() == [address + 3 * PAGE]
        me.free(address)


@pytest.mark.parametrize(
    ("range_", "words"),
    [
        ({"address": -1}, "address must be from 0"),
        ({"size": -1}, "size must be from 0 to .* bytes, not -1"),
    ],
)
def test_ranges_that_cant_be_are_refused(range_: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        working_sets.pages(**range_)
