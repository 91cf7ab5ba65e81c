"""Guards that are killed: nothing is lost but the step that ran, and the file is whole."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ntpages.guard import RunState
from ntpages.guard.places import Lock, holder_of
from ntpages.guard.store import Store

if TYPE_CHECKING:
    from pathlib import Path

WRITES = """
import sys
from dataclasses import replace
from ntpages.guard import Account, RunState
from ntpages.guard.places import Lock
from ntpages.guard.store import Store

with Lock(sys.argv[1]), Store(sys.argv[1]) as store:
    for number in range(int(sys.argv[2]), 10**9):
        begun = store.begin(Account(0, str(number), float(number), "c" * 500, RunState.ACTING))
        store.change(replace(begun, state=RunState.WATCHING, done=("x" * 500,)))
        store.change(replace(begun, state=RunState.DONE))
        store.note(float(number), "ran", str(number), "w" * 500)
        print(number, flush=True)
"""
KILLS = 20


def writer(path: str, first: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITES, path, str(first)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_kill_at_any_moment_costs_the_running_step_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "guard.db")
    first, told = 0, set[int]()
    for kill in range(KILLS):
        with writer(path, first) as child:
            assert child.stdout
            for _ in range(1 + 7 * kill % 11):  # it goes on while this is read: any moment will do
                told.add(int(child.stdout.readline()))
            child.kill()
            told |= {int(line) for line in child.stdout if line.endswith("\n")}
        with Store(path) as store:
            assert store.replaced is None
            assert store._database.execute("pragma integrity_check").fetchone() == ("ok",)
            states = {int(each.rule): each.state for each in store.accounts()}
            noted = {int(each.rule) for each in store.notes()}
        assert {*states.values()} <= {RunState.DONE, RunState.CUT}
        assert told <= noted <= {run for run, state in states.items() if state is RunState.DONE}
        assert len(states) - len(told) <= kill + 1  # of each child, the last run at most
        first = max(states) + 1
    assert first > KILLS


def test_a_guard_that_is_killed_leaves_the_store_to_the_next(tmp_path: Path) -> None:
    path = str(tmp_path / "guard.db")
    with writer(path, 0) as child:
        assert child.stdout
        child.stdout.readline()
        assert holder_of(path) == f"process {child.pid}"
        child.kill()
        child.stdout.read()
    assert holder_of(path) is None
    with Lock(path), Store(path) as store:
        assert store.accounts()
