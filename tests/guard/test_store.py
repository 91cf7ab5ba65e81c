"""The store: what it keeps, for how long, and what is left of it wherever it is cut."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ntpages.guard import store as module
from ntpages.guard.account import Account, Price, ProgramFaults, RunState
from ntpages.guard.store import Note, Store, Totals, read_log, read_totals

LISTS = {"free": 1, "standby 5": 2}
PRICE = Price(30.0, 4096, 7, 5, 9, (ProgramFaults("a.exe", 8, 1, 2),))


def account(rule: str = "a", time: float = 100.0, state: RunState = RunState.ACTING) -> Account:
    return Account(0, rule, time, "cause", state, before=LISTS)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "guard.db")


def test_what_was_written_is_read_as_it_was(path: str) -> None:
    with Store(path) as store:
        begun = store.begin(account())
        done = Account(
            *(begun.id, "a", 100.0, "cause", RunState.DONE, ("x",), ("y",), ("SeDebugPrivilege",)),
            *(LISTS, LISTS, LISTS, PRICE, True, True),
        )
        store.change(done)
        store.note(101.0, "ran", "a", "words")
        assert store.accounts() == [done]
    assert read_log(path) == ([done], [Note(101.0, "ran", "a", "words")])


def test_it_is_read_while_it_is_written(path: str) -> None:
    with Store(path) as store:
        for number in range(3):
            store.begin(account(time=float(number)))
            accounts, _ = read_log(path)
            assert [each.time for each in accounts] == [*map(float, range(number + 1))]


def test_a_reader_that_never_ends_keeps_nobody_from_writing(path: str) -> None:
    with Store(path) as store:
        store.begin(account())
        with closing(sqlite3.connect(path)) as reader:
            rows = reader.execute("select * from runs")
            rows.fetchone()
            store.begin(account(time=101.0))
            store.note(1.0, "a", "", "")
        assert len(store.accounts()) == 2


def test_the_last_ones_are_told_the_oldest_first(path: str) -> None:
    with Store(path) as store:
        for number in range(5):
            store.begin(account(time=float(number)))
    assert [each.time for each in read_log(path, limit=2)[0]] == [3.0, 4.0]


def test_the_runs_of_a_rule_are_summed_up_also_those_that_are_forgotten(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST", 1)
    with Store(path) as store:
        for _ in range(3):
            begun = store.begin(account())
            store.change(replace(begun, state=RunState.WATCHING))
            store.change(replace(begun, state=RunState.DONE, price=PRICE, after={"free": 5}))
        store.back_off("a")
        store.back_off("b")
        assert len(store.accounts()) == 1
    first, second = read_totals(path)
    assert (first.rule, first.runs, first.gained, first.backoffs) == ("a", 3, 12, 1)
    assert first.waited == pytest.approx(3 * PRICE.waited)
    assert second == Totals("b", 0, 0, 0.0, 0.0, 1)


def test_it_is_bounded(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 5)
    with Store(path) as store:
        for number in range(20):
            store.begin(account(time=float(number)))
            store.note(float(number), "a", "", "")
        assert [each.time for each in store.accounts()] == [15.0, 16.0, 17.0, 18.0, 19.0]
        assert len(store.notes()) == 5


def test_a_full_one_takes_as_little_as_is_promised() -> None:
    """What the largest account takes, times as many as there may be."""
    programs = tuple(
        ProgramFaults("a name of a program.exe", 4096, 10**6, 10**9) for _ in range(10)
    )
    lists = {f"standby {each}": 1 << 40 for each in range(13)}
    price = Price(30.0, 1 << 40, 10**9, 1 << 40, 1 << 40, programs)
    done = Account(
        1, "a rule", 1.0, "w" * 200, RunState.DONE, ("x" * 50,), (), (), lists, lists, lists, price
    )
    note = 400  # of bytes
    assert (len(module._written(done)) + note) * module._MOST < 40 << 20


def test_how_a_rule_stands_is_kept_with_its_words(path: str) -> None:
    with Store(path) as store:
        store.begin(account(time=10.0))
        store.begin(account(time=50.0))
        store.stand("a", "words", 2, 4)
        known = store.standing("a", "words", since=20.0)
        assert (known.last, known.runs, known.strikes, known.factor) == (50.0, (50.0,), 2, 4)
        assert store.standing("a", "other words", since=0.0).factor == 1
        assert store.standing("b", "words", since=0.0) == module.Known()


def test_what_a_guard_left_half_done_is_marked_by_the_next(path: str) -> None:
    with Store(path) as store:
        store.begin(account(time=1.0))
        store.begin(account(time=2.0, state=RunState.WATCHING))
        done = store.begin(account(time=3.0, state=RunState.DONE))
    with Store(path) as again:
        states = [each.state for each in again.accounts()]
        assert states == [RunState.CUT, RunState.CUT, RunState.DONE]
        assert again.accounts()[-1] == done


# ---- Cut anywhere --------------------------------------------------------------------------------


def steps(store: Store) -> None:
    """What a run writes."""
    begun = store.begin(account())
    store.change(begun)
    store.note(1.0, "ran", "a", "words" * 500)
    store.stand("a", "words", 1, 1)


def test_a_log_that_is_cut_at_any_byte_leaves_a_whole_store(path: str, tmp_path: Path) -> None:
    """As a kill or a power cut leaves it: some of the log is written, and the rest is not."""
    store = Store(path)
    for _ in range(3):
        steps(store)
    log = Path(f"{path}-wal").read_bytes()
    main = Path(path).read_bytes()
    counts = []
    for number, length in enumerate([*range(0, len(log), max(1, len(log) // 60)), len(log)]):
        cut = tmp_path / f"cut{number}.db"
        cut.write_bytes(main)
        Path(f"{cut}-wal").write_bytes(log[:length])
        with Store(str(cut)) as left:
            assert left.replaced is None
            assert left._database.execute("pragma integrity_check").fetchone() == ("ok",)
            runs, notes = len(left.accounts()), len(left.notes())
        assert runs - notes in {0, 1}  # a run is written before its note
        counts.append(runs)
    store.close()
    assert counts == sorted(counts)
    assert counts[-1] == 3


def test_a_transaction_that_fails_in_the_middle_leaves_nothing_of_itself(path: str) -> None:
    with Store(path) as store:
        store.begin(account())
        transaction = store._all_or_nothing()
        transaction.__enter__()
        store._database.execute("delete from runs")
        transaction.__exit__(ZeroDivisionError)
        assert len(store.accounts()) == 1
        store.note(1.0, "and", "", "it goes on")


def test_a_damaged_one_is_put_aside_and_begun_anew(path: str) -> None:
    with Store(path) as store:
        steps(store)
    whole = Path(path).read_bytes()
    Path(path).write_bytes(b"nonsense" * 1000)
    with Store(path) as store:
        assert store.replaced
        assert Path(store.replaced).read_bytes() == b"nonsense" * 1000
        assert store.accounts() == []
        steps(store)
    assert len(whole) > 0


# ---- What is no store ----------------------------------------------------------------------------


def test_a_database_of_another_program_is_left_alone(path: str) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("create table theirs (a)")
    before = Path(path).read_bytes()
    with pytest.raises(ValueError, match="is a database of another program"):
        Store(path)
    assert Path(path).read_bytes() == before


def test_a_newer_format_is_refused(path: str) -> None:
    Store(path).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("pragma user_version = 2")
    with pytest.raises(ValueError, match="written by a newer ntpages: its format is 2, not 1"):
        Store(path)


def test_nothing_and_nonsense_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no guard has written anything"):
        read_log(str(tmp_path / "absent.db"))
    (tmp_path / "text").write_text("no database at all, but words" * 100)
    with pytest.raises(ValueError, match="is no store of a guard"):
        read_log(str(tmp_path / "text"))
    with pytest.raises(OSError, match="can't be opened"):
        Store(str(tmp_path / "no folder" / "guard.db"))


def test_one_that_nobody_has_open_is_read_where_nothing_can_be_written(
    path: str, tmp_path: Path
) -> None:
    with Store(path) as store:
        steps(store)
    folder = tmp_path / "copy"
    folder.mkdir()
    copied = shutil.copyfile(path, folder / "guard.db")
    copied.chmod(0o444)
    assert len(read_log(str(copied))[0]) == 1


def test_closing_twice_is_harmless(path: str) -> None:
    store = Store(path)
    store.close()
    store.close()
