"""What Windows starts: a policy that is kept, followed when it changes, and never taken blindly."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from ntpages import privileges
from ntpages._native import guard as native
from ntpages.guard import Policy, read_log, serving, writers

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("all_trusted")

POLICY = 'every = "100ms"\n[[rule]]\nname = "a"\nwhen = { free = "< 1" }\ndo = "flush-modified"\n'


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY, encoding="utf-8")
    return path


class Keeper:
    """Stands in for a guard, and keeps what it was given."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.told: list[str] = []
        self.stopped = 0

    def take(self, policy: Policy) -> None:
        self.taken.append(policy.name)

    def note(self, kind: str, words: str) -> None:
        self.told.append(f"{kind}: {words}")

    def stop(self) -> None:
        self.stopped += 1


def test_a_policy_is_taken_up_when_it_changes_and_the_old_one_kept_where_it_is_wrong(
    policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = Keeper()
    follower = serving._Follower(keeper, str(policy), serving._stamp(str(policy)))  # type: ignore[arg-type]
    follower.look()
    assert (keeper.taken, keeper.told) == ([], [])
    policy.write_text(POLICY + "budget = 0\n", encoding="utf-8")
    follower.look()
    follower.look()  # what was wrong is told once
    [told] = keeper.told
    assert told.startswith("policy: the old one is kept: line 6, rule 'a', budget = 0")
    policy.write_text('name = "another"\n' + POLICY, encoding="utf-8")
    follower.look()
    assert keeper.taken == ["another"]
    monkeypatch.setattr(native, "writers_of", lambda path: [(path, "me", 2)])
    monkeypatch.setattr(privileges, "is_elevated", lambda: True)
    policy.write_text('name = "theirs"\n' + POLICY, encoding="utf-8")
    follower.look()
    assert "me may write to" in keeper.told[-1]
    policy.unlink()
    follower.look()
    assert keeper.taken == ["another"]
    assert len(keeper.told) == 3


class Never(threading.Event):
    """What does not happen, and takes no time."""

    def wait(self, timeout: float | None = None) -> bool:
        return timeout is None


def test_a_run_that_does_not_end_in_time_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    keeper, told = Keeper(), list[str]()
    monkeypatch.setattr(native, "wait_for_service_stop", lambda _: True)
    monkeypatch.setattr(native, "service_goes_on", lambda: told.append("goes on"))
    monkeypatch.setattr(native, "end_service", lambda code: told.append(f"ended with {code}"))
    monkeypatch.setattr(os, "_exit", lambda code: told.append(f"exit {code}"))
    serving._stop_in_time(keeper, Never())  # type: ignore[arg-type]
    assert keeper.stopped == 1
    assert told == [*["goes on"] * serving._STOPPING, "ended with 0", "exit 0"]
    assert serving._STOPPING < 5  # seconds, which a service has


def test_a_command_finds_nothing_in_the_folders_of_users() -> None:
    words = serving.command(sys.executable, "task", "a", "x.toml", "y.db")
    assert words[1] == "-I"
    assert serving.command("C:\\a\\ntpages.exe", "task", "a", "x", "y")[1] == "-m"
    done = subprocess.run([*words[:2], "-c", "import ntpages.guard.serving"], check=False)
    assert done.returncode == 0


def test_why_a_guard_could_not_begin_is_written_down(policy: Path) -> None:
    policy.write_text("colour = 1", encoding="utf-8")
    store = policy.parent / "new" / "guard.db"
    assert serving.keep("ntpages-none", str(policy), str(store), lambda _: None) == 1
    [note] = read_log(str(store))[1]
    assert note.kind == "fails"
    assert "colour = 1: there is no such key" in note.words


def test_an_administrator_goes_by_no_policy_that_others_may_change(
    policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "writers_of", lambda path: [(path, "me", 2)])
    monkeypatch.setattr(privileges, "is_elevated", lambda: True)
    with pytest.raises(writers.UntrustedError):
        serving.trusted(str(policy))
    monkeypatch.setattr(privileges, "is_elevated", lambda: False)
    assert serving.trusted(str(policy)).rules
