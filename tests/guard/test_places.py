"""Where a guard writes: whose the folder is that it makes, and whose folders it keeps away from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ntpages import privileges
from ntpages._native import guard as native
from ntpages.errors import NtError
from ntpages.guard import Guard, Policy, read_log, service, serving, task
from ntpages.guard import guard as guards
from ntpages.guard.event_log import EventLog
from ntpages.guard.places import make_folder, ready_store
from ntpages.guard.writers import UntrustedError

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

ADD = 0x4
POLICY = '[[rule]]\nname = "a"\nwhen = { free = "< 1" }\ndo = "flush-modified"\n'


@pytest.fixture(autouse=True)
def elevated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges, "is_elevated", lambda: True)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "above" / "folder" / "guard.db"


@pytest.fixture
def theirs(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Paths that users may write to."""
    paths = set[str]()

    def writers_of(path: str) -> list[tuple[str, str, int]]:
        return [(path, r"BUILTIN\Users", ADD)] if path in paths else []

    monkeypatch.setattr(native, "writers_of", writers_of)
    return paths


# ---- The folder that is made ---------------------------------------------------------------------


def test_an_administrators_folder_lets_no_user_write(store: Path) -> None:
    make_folder(str(store))
    store.touch()
    for made in (store.parent, store):
        may = {who for place, who, rights in native.writers_of(str(made)) if rights}
        assert not may & {"Everyone", r"BUILTIN\Users", "everybody"}
    make_folder(str(store))  # one that is there stays as it is
    assert store.exists()


def test_a_folder_that_is_there_is_told_from_one_that_is_made(tmp_path: Path) -> None:
    folder = str(tmp_path / "folder")
    assert [native.make_folder(folder), native.make_folder(folder)] == [True, False]
    with pytest.raises(NtError, match=r"CreateDirectoryW failed \(.*absent.folder\)"):
        native.make_folder(str(tmp_path / "absent" / "folder"))


def test_users_make_their_own_as_they_are_made_everywhere(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privileges, "is_elevated", lambda: False)
    monkeypatch.delattr(native, "make_folder")
    make_folder(str(store))
    assert store.parent.is_dir()


# ---- The folder that is there --------------------------------------------------------------------


def test_a_folder_that_others_may_add_to_is_refused(store: Path, theirs: set[str]) -> None:
    ready_store(str(store))
    theirs.add(str(store.parent))
    with pytest.raises(UntrustedError) as refused:
        ready_store(str(store))
    assert rf"BUILTIN\Users may add to {store.parent}: move it away" in str(refused.value)


@pytest.mark.parametrize("ending", ["", "-journal", "-wal", ".lock"])
def test_a_file_that_others_may_write_is_refused(
    store: Path, theirs: set[str], ending: str
) -> None:
    make_folder(str(store))
    planted = store.with_name(store.name + ending)
    planted.touch()
    ready_store(str(store))
    theirs.add(str(planted))
    with pytest.raises(UntrustedError, match="may add to"):
        ready_store(str(store))


def test_users_ask_nobody_about_their_own(
    store: Path, monkeypatch: pytest.MonkeyPatch, theirs: set[str]
) -> None:
    monkeypatch.setattr(privileges, "is_elevated", lambda: False)
    theirs.add(str(store.parent))
    ready_store(str(store))
    assert store.parent.is_dir()


def test_whoever_runs_a_guard_may_change_what_it_writes(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_folder(str(store))
    mine = native.own_account()
    theirs = [mine]
    monkeypatch.setattr(native, "writers_of", lambda path: [(path, who, ADD) for who in theirs])
    ready_store(str(store), besides=mine)
    with pytest.raises(UntrustedError, match="may add to"):
        ready_store(str(store))  # as a service does
    theirs.append(r"BUILTIN\Users")
    with pytest.raises(UntrustedError) as refused:
        ready_store(str(store), besides=mine)
    assert mine not in str(refused.value)


# ---- Who asks ------------------------------------------------------------------------------------


@pytest.mark.lab
def test_a_guard_does_not_write_to_a_usual_place_that_others_may_change(
    store: Path, theirs: set[str], monkeypatch: pytest.MonkeyPatch, lab: Lab
) -> None:
    for model in ("events", "memory_lists", "processes", "system"):
        lab.model(model)
    monkeypatch.setattr(guards, "store_path", lambda: str(store))
    policy = Policy.parse(POLICY)
    Guard(policy).close()
    store.unlink()
    theirs.add(str(store.parent))
    with pytest.raises(UntrustedError, match="may add to"):
        Guard(policy)
    assert not store.exists()
    Guard(policy, store=str(store)).close()  # who says so has chosen
    assert store.exists()


def test_one_that_windows_starts_writes_nothing_where_others_may_change_it(
    store: Path, theirs: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(
        EventLog, "note", lambda _, kind, rule, words: told.append(f"{kind}{rule}: {words}")
    )
    policy = store.parent / "policy.toml"
    make_folder(str(store))
    policy.write_text("colour = 1", encoding="utf-8")
    assert serving.keep("ntpages-none", str(policy), str(store), lambda _: None) == 1
    assert [note.kind for note in read_log(str(store))[1]] == ["fails"]
    before = store.read_bytes()
    theirs.add(str(store))
    assert serving.keep("ntpages-none", str(policy), str(store), lambda _: None) == 1
    assert "fails: UntrustedError" in told[-1]
    assert store.read_bytes() == before


@pytest.mark.parametrize("kind", ["service", "task"])
def test_neither_service_nor_task_is_made_that_would_write_there(
    store: Path, theirs: set[str], kind: str
) -> None:
    meant = {"service": service, "task": task}[kind]
    make_folder(str(store))
    policy = store.parent / "policy.toml"
    policy.write_text(POLICY, encoding="utf-8")
    theirs.add(str(store.parent))
    with pytest.raises(UntrustedError, match="may add to"):
        meant.install(str(policy), store=str(store), name="ntpages-none")
