"""This Windows as a machine: what it says, what is done to it, and what it refuses."""

from __future__ import annotations

import re
import sys
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import processes, working_sets
from ntpages.guard.conditions import Need
from ntpages.guard.deeds import Clean, Command, Limit, Prioritize, Trim, TrimStore
from ntpages.guard.host import EVENTS, Host
from ntpages.memory_lists import Step
from ntpages.working_sets import MemoryPriority
from target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ntlab import Lab

pytestmark = pytest.mark.lab

PAGE = 4096
MODELS = (
    *("compression", "events", "memory_lists", "physical", "processes", "system"),
    *("working_sets", "working_sets_priority", "privileges"),
)


@pytest.fixture
def host(lab: Lab) -> Iterator[Host]:
    for model in MODELS:
        lab.model(model)
    lab.model("privileges").hold("SeDebugPrivilege")
    with Host() as made:
        yield made


def test_it_says_what_is_asked_and_asks_for_nothing_else(host: Host, lab: Lab) -> None:
    before = lab.count("NtQuerySystemInformation")
    look = host.look(frozenset())
    assert lab.count("NtQuerySystemInformation") == before
    assert (look.free, look.processes, look.kernel, look.refused) == (None, None, None, ())
    full = host.look(frozenset(Need))
    assert full.refused == ()
    assert None not in {full.total, full.free, full.standby, full.committed, full.page_reads}
    assert full.processes
    assert all(pid for pid, _ in full.processes)  # without the idle process


def test_its_numbers_are_those_of_the_lists(host: Host, lab: Lab) -> None:
    pages = lab.model("memory_lists").pages
    look = host.look(frozenset({Need.LISTS}))
    assert look.free == (pages.zero + pages.free) * PAGE
    assert look.standby == tuple(each * PAGE for each in pages.standby)
    assert look.repurposed == tuple(each * PAGE for each in pages.repurposed)
    lists = host.count(processes=False).lists
    assert lists
    assert lists["standby 5"] == pages.standby[5] * PAGE
    assert lists["modified"] == pages.modified * PAGE


def test_what_is_refused_is_told_and_costs_no_other_answer(host: Host, lab: Lab) -> None:
    lab.fail("K32GetPerformanceInfo", every=True)
    look = host.look(frozenset({Need.COMMIT, Need.FAULTS}))
    assert look.committed is None
    assert look.page_reads is not None
    assert look.refused[0].startswith("commit: GetPerformanceInfo failed")


def test_without_a_privilege_it_says_so_and_counts_what_it_can(host: Host, lab: Lab) -> None:
    lab.model("privileges").standard_user()
    counts = host.count(processes=True)
    assert counts.pages_read is not None
    assert counts.processes
    outcome = host.do(Clean((Step.PURGE_STANDBY,)))
    assert outcome.done == ""
    assert outcome.lacking == {"SeProfileSingleProcessPrivilege"}
    assert outcome.refused[0].startswith("purge standby: SeProfileSingleProcessPrivilege is not")


# ---- Conditions of the kernel --------------------------------------------------------------------


def test_conditions_are_those_that_hold_now(host: Host, lab: Lab) -> None:
    host.listen(EVENTS)
    lab.model("events").hold("HighCommitCondition")
    kernel = host.look(frozenset({Need.KERNEL})).kernel
    assert kernel == {**dict.fromkeys(EVENTS, False), "high-commit": True}


def test_a_condition_that_can_not_be_opened_is_told_and_not_known(host: Host, lab: Lab) -> None:
    lab.fail("NtOpenEvent", code=0xC0000022)
    host.listen(["low-memory", "high-memory"])
    look = host.look(frozenset({Need.KERNEL}))
    assert look.kernel == {"high-memory": False}
    assert look.refused[0].startswith("low-memory: NtOpenEvent failed")


def test_a_wait_ends_when_a_condition_begins_to_hold_and_not_while_it_goes_on(
    host: Host, lab: Lab
) -> None:
    events = lab.model("events")
    host.listen(["low-memory"])
    host.look(frozenset({Need.KERNEL}))
    events.hold("LowMemoryCondition")
    before = lab.count("WaitForMultipleObjects")
    host.wait(60.0)  # or this test takes a minute
    assert lab.count("WaitForMultipleObjects") == before + 1
    host.look(frozenset({Need.KERNEL}))
    host.wait(0.05)
    assert lab.count("WaitForMultipleObjects") == before + 2  # one wait, that took all its time


def test_a_condition_that_comes_between_a_look_and_a_wait_is_not_missed(
    host: Host, lab: Lab
) -> None:
    host.listen(["low-memory"])
    host.look(frozenset({Need.KERNEL}))
    lab.model("events").hold("LowMemoryCondition")
    assert host._vigil.wait(0)


def test_stopping_ends_a_wait_of_another_thread_and_all_that_come(host: Host) -> None:
    thread = threading.Thread(target=host.wait, args=(600.0,))
    thread.start()
    host.stop()
    thread.join(60)
    assert not thread.is_alive()
    host.wait(600.0)
    host.listen(["low-memory"])
    host.wait(600.0)


# ---- Deeds ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with Target() as running:
        yield running


def name_of(target: Target) -> str:
    [name] = {each.name for each in processes.list_processes() if each.pid == target.pid}
    return str(name)


def test_steps_are_run_and_told(host: Host, lab: Lab) -> None:
    outcome = host.do(Clean((Step.FLUSH_MODIFIED, Step.PURGE_STANDBY)))
    assert (outcome.done, outcome.refused) == ("flush modified, purge standby", ())
    assert sum(lab.model("memory_lists").pages.standby) > 0  # the machine lives on


def test_a_program_is_trimmed_by_its_name(host: Host, target: Target) -> None:
    outcome = host.do(Trim((name_of(target),), foreground=True))
    assert re.match(r"trimmed [1-9]\d* processes by ", outcome.done)  # others have that name, too


@pytest.mark.parametrize(
    "deed", [{"floor": 1 << 40}, {"exclude": ("*",)}], ids=["too small", "excluded"]
)
def test_nobody_is_trimmed_whom_the_rule_spares(
    host: Host, lab: Lab, target: Target, deed: dict[str, int]
) -> None:
    before = lab.count("K32EmptyWorkingSet")
    outcome = host.do(Trim((name_of(target),), foreground=True, **deed))  # type: ignore[arg-type]
    assert outcome.done.endswith("nobody fits")
    assert lab.count("K32EmptyWorkingSet") == before


def test_the_foreground_is_spared_or_nobody_is_trimmed(host: Host, lab: Lab) -> None:
    lab.fail("NtQuerySystemInformation", every=True, code=0xC0000022)
    outcome = host.do(Trim(("*",)))
    assert outcome.done == ""
    assert "who is in the foreground is not known, so nobody is trimmed" in outcome.refused[0]


def row(pid: int, started: float, cycles: int) -> Any:
    return SimpleNamespace(
        pid=pid, name="a.exe", started=started, working_set=PAGE, cycles=cycles, cpu_time=0.0
    )


def test_who_ran_meanwhile_or_is_another_by_now_is_not_trimmed(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [row(8, 1.0, 5), row(12, 1.0, 5), row(16, 1.0, 5)]
    second = [row(8, 1.0, 5), row(12, 1.0, 6), row(16, 2.0, 5)]
    looks = iter([first, second])
    monkeypatch.setattr(processes, "list_processes", lambda: next(looks))
    trimmed: list[int] = []

    def trim(*, pids: list[int], **_: object) -> working_sets.TrimReport:
        trimmed.extend(pids)
        return working_sets.TrimReport()

    monkeypatch.setattr(working_sets, "trim_where", trim)
    host.do(Trim(("a.exe",), idle=0.01, foreground=True))
    assert trimmed == [8]


def test_limits_and_priorities_are_set(host: Host, target: Target) -> None:
    name = name_of(target)
    done = host.do(Limit((name,), maximum=1 << 30, hard=True)).done
    assert re.search(r"[1-9]\d* processes$", done)
    limits = working_sets.limits(target.pid)
    assert (limits.maximum, limits.hard_maximum) == (1 << 30, True)
    host.do(Prioritize((name,), MemoryPriority.LOW))
    assert working_sets.memory_priority(target.pid) is MemoryPriority.LOW


def test_the_store_is_trimmed_by_whole_pages(host: Host) -> None:
    assert host.do(TrimStore(5000)).done.startswith("trimmed the compression store by ")


def test_a_program_is_run_and_its_end_is_told(host: Host, tmp_path: Path) -> None:
    made = tmp_path / "made"
    outcome = host.do(Command((sys.executable, "-c", f"open({str(made)!r}, 'w').close()")))
    assert outcome.refused == ()
    assert made.exists()
    failed = host.do(Command((sys.executable, "-c", "raise SystemExit(3)")))
    assert failed.refused[0].endswith("it ended with 3")
    absent = host.do(Command((str(tmp_path / "absent.exe"),)))
    assert absent.done == ""
    assert absent.refused


def test_a_program_that_takes_too_long_is_ended_and_so_it_is_with_the_guard(host: Host) -> None:
    line = (sys.executable, "-c", "import time; time.sleep(600)")
    late = host.do(Command(line, timeout=0.5))
    assert late.refused[0].endswith("ended after 0.5 s, before it was done")
    host.stop()
    stopped = host.do(Command(line, timeout=600.0))
    assert stopped.refused[0].endswith("ended when the guard was stopped, before it was done")
