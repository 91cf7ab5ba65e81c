"""The table of all processes, and opening one."""

from __future__ import annotations

import os
import time
from array import array
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import processes, regions
from ntpages.errors import NoSuchProcessError
from ntpages.processes import Process
from ntpages.regions import Protection
from ntpages.table import Table
from target import CROWD, Target, crowd

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab

COLUMNS = (
    *("pid", "parent", "name", "working_set", "private_working_set", "peak_working_set"),
    *("private", "commit", "peak_commit", "virtual", "paged_pool", "nonpaged_pool"),
    *("faults", "hard_faults", "threads", "handles", "session", "started", "cpu_time", "cycles"),
)
LIMITS = ("accessible", "minimum", "maximum", "hard_minimum", "hard_maximum")
NOBODY = 0x7FFF_FFFC


def row_of(pid: int) -> Any:
    table = processes.list_processes(limits=True)
    rows = [row for row in table if row.pid == pid]
    assert len(rows) == 1
    return rows[0]


def test_the_table_has_the_documented_columns() -> None:
    assert processes.list_processes().names == COLUMNS


def test_limits_add_columns() -> None:
    assert processes.list_processes(limits=True).names == COLUMNS + LIMITS


def changed(table: Table, **columns: Any) -> Table:
    """The same table with other cells in these columns; without those that are None."""
    same = {name: table.column(name) for name in table.names}
    return Table("Process", {n: c for n, c in (same | columns).items() if c is not None})


def test_known_limits_are_taken_over_and_newcomers_are_asked(lab: Lab) -> None:
    with Target("idle") as before:
        known = processes.list_processes(limits=True)
        known = changed(known, minimum=array("Q", [12345] * len(known)))
        with Target("idle") as newcomer:
            lab.record("OpenProcess")
            table = processes.list_processes(limits=known)
            opened = {call.arguments[2] & 0xFFFFFFFF for call in lab.calls("OpenProcess")}
            assert newcomer.pid in opened
            assert before.pid not in opened
            assert table.names == COLUMNS + LIMITS
            rows = {row.pid: row for row in table}
            assert rows[before.pid].minimum == 12345
            assert rows[before.pid].maximum == row_of(before.pid).maximum
            assert rows[newcomer.pid].accessible
            assert rows[newcomer.pid].minimum not in {0, 12345}


def test_limits_of_another_process_with_the_same_id_are_not_taken_over() -> None:
    known = processes.list_processes(limits=True)
    starts = array("d", [moment - 1 for moment in known.column("started")])
    known = changed(known, started=starts, minimum=array("Q", [12345] * len(known)))
    assert 12345 not in processes.list_processes(limits=known).column("minimum").tolist()


@pytest.mark.parametrize("name", ["pid", "started", *LIMITS])
def test_a_table_without_limits_is_no_table_of_limits(name: str) -> None:
    known = processes.list_processes(limits=True)
    for wrong in (None, ["text"] * len(known)):
        with pytest.raises(ValueError, match="limits must be a bool, or a table of processes with"):
            processes.list_processes(limits=changed(known, **{name: wrong}))


def test_this_process_is_in_the_table() -> None:
    me = row_of(os.getpid())
    assert me.name.lower().startswith("python")
    assert me.threads >= 1
    assert me.handles > 0
    assert 0 < me.working_set <= me.peak_working_set
    assert 0 < me.commit <= me.peak_commit


def test_this_process_can_be_opened_for_its_limits() -> None:
    me = row_of(os.getpid())
    assert me.accessible
    assert 0 < me.minimum <= me.maximum


def test_a_child_names_its_parent_and_when_it_began() -> None:
    before = time.time()
    with Target("idle") as child:
        row = row_of(child.pid)
        assert row.parent == os.getpid()
        assert before - 5 < row.started < time.time() + 5
        assert row.name == "target.exe"


def test_cpu_time_is_in_seconds() -> None:
    before = row_of(os.getpid()).cpu_time
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    assert 0.2 < row_of(os.getpid()).cpu_time - before < 10


def test_memory_that_is_touched_counts_to_the_working_set() -> None:
    before = row_of(os.getpid()).working_set
    touched = bytearray(b"\x01") * (64 << 20)
    after = row_of(os.getpid()).working_set
    assert len(touched) * 0.9 < after - before


def test_everybody_in_a_crowd_is_listed_once_and_gone_after() -> None:
    with crowd(20) as targets:
        everybody = {target.pid for target in targets}
        listed = [pid for pid in processes.list_processes().column("pid") if pid in everybody]
        assert sorted(listed) == sorted(everybody)
    assert everybody.isdisjoint(processes.list_processes().column("pid"))


def test_the_table_outlives_the_next_one() -> None:
    first = processes.list_processes()
    names = list(first.column("name"))
    processes.list_processes()
    assert list(first.column("name")) == names


# ---- Opening one ---------------------------------------------------------------------------------


@pytest.mark.parametrize("pid", [0, -4, 1 << 32])
def test_what_cant_be_an_id_is_refused(pid: int) -> None:
    with pytest.raises(ValueError, match=f"pid must be from 1 to 4294967295, not {pid}"):
        Process(pid)


def test_nobody_can_be_opened() -> None:
    with pytest.raises(NoSuchProcessError, match=f"pid {NOBODY}") as refused:
        Process(NOBODY)
    assert refused.value.call == "OpenProcess"
    assert isinstance(refused.value, ProcessLookupError)


def test_an_id_that_windows_would_round_down_names_nobody() -> None:
    with Target("idle") as target, pytest.raises(NoSuchProcessError):
        Process(target.pid + 1)


def test_a_program_is_found_by_its_name_where_it_is_the_only_one() -> None:
    with crowd(1) as [target]:
        for name in (CROWD, CROWD.upper(), CROWD.replace(".exe", ".*"), CROWD.removesuffix(".exe")):
            with Process(name) as process:
                assert process.pid == target.pid


def test_a_name_that_several_have_or_nobody_is_told_whose_it_is() -> None:
    with crowd(2) as targets:
        with pytest.raises(ValueError, match="pid must name one process") as refused:
            Process(CROWD)
        for target in targets:
            assert f"{target.pid} {CROWD}" in str(refused.value)
        with pytest.raises(NoSuchProcessError, match=f"did you mean '{CROWD}'"):
            Process(CROWD.replace("crowd", "crowed"))
    with pytest.raises(NoSuchProcessError, match=r"no process is called 'nobody at all'$"):
        Process("nobody at all")


def test_one_that_has_exited_can_not_be_opened() -> None:
    with Target("idle") as target:
        pass
    with pytest.raises(NoSuchProcessError):
        Process(target.pid)


def test_counters_agree_with_the_table() -> None:
    with Target() as target, Process(target.pid) as process:
        counters = process.counters()
        row = row_of(target.pid)
        assert counters.working_set == pytest.approx(row.working_set, rel=0.2)
        assert counters.commit == pytest.approx(row.commit, rel=0.2)
        assert counters.working_set <= counters.peak_working_set
        assert counters.commit <= counters.peak_commit


def test_counters_of_the_dead_are_no_such_process() -> None:
    with Target() as target, Process(target.pid) as process:
        target.end()
        with pytest.raises(NoSuchProcessError, match=f"pid {target.pid}"):
            process.counters()


def test_closing_twice_is_harmless() -> None:
    process = Process(os.getpid())
    assert not process.closed
    process.close()
    process.close()
    assert process.closed


USES: dict[str, Callable[[Process], object]] = {
    "allocate": lambda process: process.allocate(1),
    "commit": lambda process: process.commit(0x10000, 1),
    "counters": Process.counters,
    "decommit": lambda process: process.decommit(0x10000, 1),
    "free": lambda process: process.free(0x10000),
    "address_of": lambda process: process.address_of("ntdll.dll"),
    "describe": lambda process: process.describe(0x10000),
    "lock": lambda process: process.lock(0x10000, 1),
    "modules": Process.modules,
    "name": lambda process: process.name,
    "pointer_paths": lambda process: process.pointer_paths(0x10000, among=()),
    "strings": lambda process: process.strings(end=0x20000),
    "prefetch": lambda process: process.prefetch([(0x10000, 1)]),
    "protect": lambda process: process.protect(0x10000, 1, Protection.READONLY),
    "protected": lambda process: process.protected(0x10000, 1, Protection.READONLY).__enter__(),
    "read": lambda process: process.read(0x10000, 1),
    "read_into": lambda process: process.read_into(0x10000, bytearray(1)),
    "read_many": lambda process: process.read_many([0x10000], 1),
    "read_struct": lambda process: process.read_struct(0x10000, "<i"),
    "read_text": lambda process: process.read_text(0x10000),
    "read_value": lambda process: process.read_value(0x10000, "int8"),
    "regions": Process.regions,
    "reset": lambda process: process.reset(0x10000, 4096),
    "resolve": lambda process: process.resolve(0x10000, [0]),
    "search": lambda process: process.search(b"anything", end=0x20000),
    "scan": lambda process: process.scan(b"anything"),
    "undo_reset": lambda process: process.undo_reset(0x10000, 4096),
    "unlock": lambda process: process.unlock(0x10000, 1),
    "write": lambda process: process.write(0x10000, b"1"),
    "write_value": lambda process: process.write_value(0x10000, 1, "int8"),
}
NO_USE = {"close", "closed", "pid"}


def test_every_way_to_use_a_process_is_tried_below() -> None:
    public = {name for name in dir(Process) if not name.startswith("_")}
    assert public == {*USES} | NO_USE


@pytest.mark.parametrize("name", USES)
def test_a_closed_process_does_nothing(lab: Lab, name: str) -> None:
    with Process(os.getpid()) as process:
        pass
    lab.record("OpenProcess")
    with pytest.raises(ValueError, match="process is closed"):
        USES[name](process)
    assert lab.calls("OpenProcess") == []


def test_a_closed_process_scans_nothing_again() -> None:
    with Process(os.getpid()) as process:
        found = process.scan(b"MZ", limit=1)
    with pytest.raises(ValueError, match="process is closed"):
        process.scan(b"MZ", within=found)


# ---- Whose id it is now --------------------------------------------------------------------------


def test_who_refused_at_first_is_asked_again_and_known_again(lab: Lab) -> None:
    with Target() as target:
        lab.fail("OpenProcess", nth=1, code=5)
        with Process(target.pid) as process:
            assert lab.refused == 1
            assert process.read(target["private"], len(target.mark)) == target.mark


@pytest.mark.parametrize("name", USES)
def test_an_id_that_was_given_to_another_process_meanwhile_is_not_followed(
    lab: Lab, name: str
) -> None:
    with Target() as target:
        lab.fail("OpenProcess", nth=1, code=5)
        with Process(target.pid) as process:
            # Whoever has the id now was created at another time.
            lab.fail("GetProcessTimes", every=True, value=1, code=0)
            with pytest.raises(NoSuchProcessError, match=f"pid {target.pid}"):
                USES[name](process)


def test_a_closed_process_is_not_even_looked_for() -> None:
    with Target() as target, Process(target.pid) as process:
        pass
    with pytest.raises(ValueError, match="process is closed"):
        process.regions()


def test_regions_are_not_those_of_whoever_has_the_number_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Process(os.getpid()) as process:
        monkeypatch.setattr(regions, "walk", lambda _: process.close())
        with pytest.raises(ValueError, match="process is closed"):
            process.regions()


def test_its_repr_names_it() -> None:
    process = Process(os.getpid())
    assert repr(process) == f"<Process {os.getpid()}: python.exe>"
    process.close()
    assert repr(process) == f"<Process {os.getpid()}: closed>"
