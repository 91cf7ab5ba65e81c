"""What ``ntpages top`` asks of Windows, and how often."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ntpages.cli.top import machine
from ntpages.cli.top.machine import Machine, Sample
from ntpages.errors import NtError
from ntpages.memory_lists import Step

if TYPE_CHECKING:
    from ntlab import Lab

PROFILE = "SeProfileSingleProcessPrivilege"


def identities(look: Sample) -> set[tuple[int, float]]:
    return {(each.pid, each.started) for each in look.processes}


def test_a_look_tells_everything(lab: Lab) -> None:
    for name in ("memory_lists", "system", "compression", "physical"):
        lab.model(name)
    lab.model("privileges").hold(PROFILE)
    found = Machine().sample()
    assert len(found.processes)
    assert "minimum" in found.processes.names
    assert found.lists
    assert found.lists.modified == 40_000 * 4096
    assert found.compression
    assert found.compression.data == 1_500_000 * 4096
    assert found.faults
    assert found.memory.total > 0


def test_what_windows_refuses_is_missing_from_a_look(lab: Lab) -> None:
    lab.hide("NtManagePartition")
    lab.model("privileges").standard_user()
    lab.model("memory_lists")
    found = Machine().sample()
    assert found.lists is None
    assert len(found.processes)
    lab.fail("NtQuerySystemInformation", every=True, code=0xC0000022)
    with pytest.raises(NtError):
        Machine().sample()


def test_what_changes_seldom_is_not_asked_for_each_time(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = Machine()
    first = asker.sample()
    opened = lab.count("OpenProcess")
    second = asker.sample(first)
    newcomers = identities(second) - identities(first)
    assert lab.count("OpenProcess") - opened <= len(newcomers)
    assert second.slow == first.slow
    assert asker.sample(second, anew=True).slow > first.slow
    monkeypatch.setattr(machine, "_SLOWLY", 0.0)
    assert asker.sample(second).slow > first.slow


def test_the_token_is_switched_once_and_left_as_it_was(lab: Lab) -> None:
    lab.model("memory_lists")
    token = lab.model("privileges")
    token.hold(PROFILE)
    with Machine() as asker:
        assert token.state(PROFILE)
        first = asker.sample()
        switched = lab.count("AdjustTokenPrivileges")
        asker.sample(first)
        assert lab.count("AdjustTokenPrivileges") == switched
    assert token.state(PROFILE) is False


def test_a_look_asks_few_questions(lab: Lab) -> None:
    asker = Machine()
    first = asker.sample()
    before = lab.count("NtQuerySystemInformation")
    asker.sample(first)
    # The table of processes; totals (2, 182); faults (2); lists (80).
    assert lab.count("NtQuerySystemInformation") - before <= 6


def test_what_a_step_needs_is_held_or_not(lab: Lab) -> None:
    token = lab.model("privileges")
    token.standard_user()
    asker = Machine()
    held = [step for step in Step if asker.holds(step)]
    assert held == [Step.FLUSH_MODIFIED]
    token.hold(PROFILE)
    token.elevate()
    assert not asker.holds(Step.EMPTY_FILE_CACHE)
    assert all(asker.holds(step) for step in Step if step is not Step.EMPTY_FILE_CACHE)


def test_an_address_space_is_walked_with_what_is_in_the_working_set() -> None:
    found = Machine().space(os.getpid())
    assert len(found.regions) > 10
    assert sum(found.totals.column("resident").tolist()) > 0
    assert found.seconds > 0
