"""A guard on the modelled machine: its store, its lock, and its end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from ntpages.guard import Guard, Policy, RunState, read_log
from ntpages.guard.places import BusyError, holder_of

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

pytestmark = pytest.mark.lab

HEAD = 'every = "100ms"\nwatch = "100ms"\n'
RULE = '[[rule]]\nname = "a"\nwhen = { standby = "> 1" }\ndo = "flush-modified"\ncooldown = "1h"\n'
NEVER = RULE.replace("> 1", "< 1")


@pytest.fixture
def store(tmp_path: Path, lab: Lab) -> str:
    for model in ("events", "memory_lists", "processes", "system"):
        lab.model(model)
    return str(tmp_path / "folder" / "guard.db")


def guard(rule: str, store: str, *, dry_run: bool = False) -> Guard:
    return Guard(Policy.parse(HEAD + rule), store=store, dry_run=dry_run)


def test_a_second_guard_on_the_same_store_is_refused_and_told_who_has_it(store: str) -> None:
    assert holder_of(store) is None
    with guard(NEVER, store):
        assert (holder_of(store) or "").startswith("process ")
        with pytest.raises(BusyError, match=r"another guard runs on .*guard.db: process \d+"):
            guard(NEVER, store)
        with guard(NEVER, store, dry_run=True):  # which writes nothing
            pass
    assert holder_of(store) is None
    guard(NEVER, store).close()


def test_a_guard_that_can_not_begin_lets_go_of_the_store(store: str, lab: Lab) -> None:
    lab.fail("CreateEventW")
    with pytest.raises(OSError, match="CreateEvent"):
        guard(NEVER, store)
    assert holder_of(store) is None


def test_closing_twice_is_harmless(store: str) -> None:
    made = guard(NEVER, store)
    made.close()
    made.close()


def test_it_ends_by_itself_once_nothing_is_due(store: str) -> None:
    notes: list[str] = []
    with Guard(
        Policy.parse(HEAD + NEVER), store=store, on_note=lambda kind, *_: notes.append(kind)
    ) as made:
        made.run(once=True)
    assert notes == ["begins", "ends"]


def test_it_is_stopped_from_another_thread(store: str) -> None:
    with guard(NEVER, store) as made:
        thread = threading.Thread(target=made.run)
        thread.start()
        made.stop()
        thread.join(60)
        assert not thread.is_alive()


def test_once_does_what_is_due_and_counts_its_price(store: str, lab: Lab) -> None:
    modified = lab.model("memory_lists").pages.modified
    with guard(RULE, store) as made:
        made.run(once=True)
    [account], notes = read_log(store)
    assert account.state is RunState.DONE
    assert account.done == ("flush modified",)
    assert account.gained == pytest.approx(modified * 4096, rel=0.1)
    assert account.price
    assert [each.kind for each in notes] == ["begins", "ran", "ends"]


def test_a_stop_in_the_middle_leaves_an_account_with_the_price_so_far(store: str) -> None:
    text = HEAD.replace('watch = "100ms"', 'watch = "2s"') + RULE
    with Guard(Policy.parse(text), store=store) as made:

        def look() -> None:
            if made.watching:
                made.stop()

        made.run(on_look=look)
    [account], _ = read_log(store)
    assert account.state is RunState.DONE
    assert account.paid is None  # it was not watched to the end


def test_another_policy_is_taken_while_it_runs(store: str) -> None:
    with guard(NEVER, store) as made:
        made.take(Policy.parse(HEAD + NEVER.replace('"a"', '"b"')))
        assert [each.rule.name for each in made.standings] == ["b"]
        assert made.policy.rules[0].name == "b"


def test_a_damaged_store_is_told(store: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "guard.db").write_bytes(b"nonsense" * 999)
    with guard(NEVER, store):
        pass
    _, notes = read_log(store)
    assert any("begun anew" in each.words for each in notes)


@pytest.mark.parametrize("wrong", ["gaming", None, 3])
def test_what_is_no_policy_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match="policy must be a Policy, not "):
        Guard(wrong)  # type: ignore[arg-type]
