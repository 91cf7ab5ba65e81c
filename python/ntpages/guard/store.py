"""The store: runs, notes and how rules stand, in a database that any kill leaves whole."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ntpages import arguments
from ntpages.guard.account import Account, Price, ProgramFaults, RunState
from ntpages.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Known", "Note", "Store", "Totals", "read_log", "read_totals"]

Answer = TypeVar("Answer")

_APPLICATION = 0x6E747067  # "ntpg": no other program's database is touched
_FORMAT = 1
_MOST = 10_000  # runs, and notes: 40 MB at most
_TABLES = """
create table runs (
    id integer primary key autoincrement,
    rule text not null,
    time real not null,
    state text not null,
    account text not null
);
create index runs_of_rule on runs (rule, time);
create table notes (
    id integer primary key autoincrement,
    time real not null,
    kind text not null,
    rule text not null,
    words text not null
);
create table rules (
    rule text primary key,
    words text not null,
    strikes integer not null,
    factor integer not null
);
create table totals (
    rule text primary key,
    runs integer not null,
    gained integer not null,
    saved real not null,
    waited real not null,
    backoffs integer not null
);
"""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a guard wrote down."""

    time: float
    """Seconds since 1970."""
    kind: str
    """``begins``, ``ran``, ``backs off`` and the like."""
    rule: str
    """Of which rule; empty where it is about none."""
    words: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a rule."""

    last: float | None = None
    """When it ran last, in seconds since 1970."""
    runs: tuple[float, ...] = ()
    """When it ran lately."""
    strikes: int = 0
    factor: int = 1


@dataclass(frozen=True, slots=True)
class Totals:
    """What the runs of a rule come to since the store was made, also those it has forgotten."""

    rule: str
    runs: int
    """To their end."""
    gained: int
    """Bytes."""
    saved: float
    """Seconds of waiting, at most."""
    waited: float
    """Seconds that it cost."""
    backoffs: int


class Store(Owner):
    """Where one guard writes."""

    __slots__ = ("_database", "path", "replaced")

    def __init__(self, path: str) -> None:
        """Open a store, or make it. What a guard that was killed left half done is marked so.

        Args:
            path: Of the database; its folder must be there. ``":memory:"`` for none.

        Raises:
            ValueError: Something else than a store is there.
            OSError: It can't be opened.
        """
        self.path = arguments.name("path", path)
        self.replaced: str | None = None
        try:
            self._database = self._open()
        except sqlite3.DatabaseError as wrong:
            if isinstance(wrong, sqlite3.OperationalError):
                msg = f"the store {path} can't be opened: {wrong}"
                raise OSError(msg) from None
            # No kill does this, a failing disk may: a guard begins anew rather than not at all.
            self.replaced = f"{path}.broken-{time.time():.0f}"
            for ending in ("-wal", "-shm"):
                Path(path + ending).unlink(missing_ok=True)
            Path(path).replace(self.replaced)
            self._database = self._open()
        self._mark_cut()

    def _open(self) -> sqlite3.Connection:
        # One thread at a time uses it, though not always the one that made it.
        database = sqlite3.connect(
            self.path, timeout=10, isolation_level=None, check_same_thread=False
        )
        try:
            _adopt(database, self.path)
        except BaseException:
            database.close()
            raise
        return database

    def _mark_cut(self) -> None:
        with self._all_or_nothing():
            for account in list(_accounts(self._database, "where state in ('acting', 'watching')")):
                self._write(replace(account, state=RunState.CUT))

    def _all_or_nothing(self) -> _Transaction:
        return _Transaction(self._database)

    def begin(self, account: Account) -> Account:
        """Write down that a rule begins to run; return the account with its number."""
        with self._all_or_nothing():
            row = self._database.execute(
                "insert into runs (rule, time, state, account) values (?, ?, ?, ?)",
                (account.rule, account.time, account.state.value, "{}"),
            )
            assert row.lastrowid is not None
            numbered = replace(account, id=row.lastrowid)
            self._write(numbered)
            self._database.execute("delete from runs where id <= ?", (numbered.id - _MOST,))
        return numbered

    def change(self, account: Account) -> None:
        """Write down how far a run has come; at its end, it counts."""
        with self._all_or_nothing():
            self._write(account)
            if account.state is RunState.DONE:
                waited = account.price.waited if account.price else 0.0
                sums = (1, account.gained or 0, account.saved or 0.0, waited, 0)
                self._add(account.rule, sums)

    def back_off(self, rule: str) -> None:
        """Count that a rule backs off."""
        with self._all_or_nothing():
            self._add(rule, (0, 0, 0.0, 0.0, 1))

    def _add(self, rule: str, sums: tuple[float, ...]) -> None:
        self._database.execute(
            "insert into totals values (?, ?, ?, ?, ?, ?) on conflict (rule) do update set"
            " runs = runs + excluded.runs, gained = gained + excluded.gained,"
            " saved = saved + excluded.saved, waited = waited + excluded.waited,"
            " backoffs = backoffs + excluded.backoffs",
            (rule, *sums),
        )

    def _write(self, account: Account) -> None:
        self._database.execute(
            "update runs set state = ?, account = ? where id = ?",
            (account.state.value, _written(account), account.id),
        )

    def note(self, when: float, kind: str, rule: str, words: str) -> None:
        """Write something down."""
        with self._all_or_nothing():
            row = self._database.execute(
                "insert into notes (time, kind, rule, words) values (?, ?, ?, ?)",
                (when, kind, rule, words),
            )
            assert row.lastrowid is not None
            self._database.execute("delete from notes where id <= ?", (row.lastrowid - _MOST,))

    def stand(self, rule: str, words: str, strikes: int, factor: int) -> None:
        """Write down how a rule stands."""
        with self._all_or_nothing():
            self._database.execute(
                "insert into rules values (?, ?, ?, ?) on conflict (rule) do update set"
                " words = excluded.words, strikes = excluded.strikes, factor = excluded.factor",
                (rule, words, strikes, factor),
            )

    def standing(self, rule: str, words: str, since: float) -> Known:
        """Return what is known of a rule; what it did under other words is not held against it."""
        runs = [
            row[0]
            for row in self._database.execute(
                "select time from runs where rule = ? order by time desc limit 4000", (rule,)
            )
        ]
        row = self._database.execute(
            "select strikes, factor from rules where rule = ? and words = ?", (rule, words)
        ).fetchone()
        strikes, factor = row or (0, 1)
        lately = tuple(sorted(each for each in runs if each >= since))
        return Known(runs[0] if runs else None, lately, strikes, factor)

    def accounts(self, *, limit: int = _MOST) -> list[Account]:
        """Return the last runs, the oldest first."""
        return _last_accounts(self._database, limit)

    def notes(self, *, limit: int = _MOST) -> list[Note]:
        """Return the last notes, the oldest first."""
        return _last_notes(self._database, limit)

    def close(self) -> None:
        """Close the database. Closing twice is harmless."""
        self._database.close()


class _Transaction:
    """All of a block is written, or nothing of it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("begin immediate")

    def __exit__(self, kind: object, *_: object) -> None:
        self._database.execute("rollback" if kind else "commit")


def _adopt(database: sqlite3.Connection, path: str) -> None:
    """Make the tables in an empty database; refuse one of another program, or of a newer format."""
    application = database.execute("pragma application_id").fetchone()[0]
    made = database.execute("pragma user_version").fetchone()[0]
    if application not in {0, _APPLICATION} or (not application and _has_tables(database)):
        msg = f"{path} is a database of another program"
        raise ValueError(msg)
    if made > _FORMAT:
        msg = f"{path} was written by a newer ntpages: its format is {made}, not {_FORMAT}"
        raise ValueError(msg)
    database.execute("pragma journal_mode = wal")
    database.execute("pragma synchronous = full")  # a power cut takes no run that was written down
    database.execute("pragma journal_size_limit = 4194304")
    if not made:
        with _Transaction(database):
            for statement in filter(str.strip, _TABLES.split(";")):
                database.execute(statement)
            database.execute(f"pragma application_id = {_APPLICATION}")
            database.execute(f"pragma user_version = {_FORMAT}")


def _has_tables(database: sqlite3.Connection) -> bool:
    return database.execute("select 1 from sqlite_master").fetchone() is not None


def read_log(path: str, *, limit: int = _MOST) -> tuple[list[Account], list[Note]]:
    """Return the last runs and notes of a store, the oldest first, while a guard writes or not.

    Args:
        path: Of the database.
        limit: Number of each at most, from 1 to 10,000.

    Raises:
        ValueError: Something else than a store is there.
        OSError: It can't be read.
    """
    limit = arguments.integer("limit", limit, least=1, most=_MOST)
    return _read_from(
        arguments.name("path", path),
        lambda database: (_last_accounts(database, limit), _last_notes(database, limit)),
    )


def read_totals(path: str) -> list[Totals]:
    """Return what the runs of each rule come to, while a guard writes or not.

    Raises:
        ValueError: Something else than a store is there.
        OSError: It can't be read.
    """
    return _read_from(
        path,
        lambda database: [
            Totals(*row) for row in database.execute("select * from totals order by rule")
        ],
    )


def _read_from(path: str, ask: Callable[[sqlite3.Connection], Answer]) -> Answer:
    file = Path(path).absolute()
    if not file.is_file():
        raise FileNotFoundError(2, "no guard has written anything", str(file))
    uri = f"{file.as_uri()}?mode=ro"
    # Without the right to write beside it, a store that nobody has open is read as it lies there.
    ways = [uri] if Path(f"{file}-wal").exists() else [uri, f"{uri}&immutable=1"]
    refusal = ""
    for way in ways:
        try:
            with closing(sqlite3.connect(way, uri=True, timeout=10)) as database:
                return ask(database)
        except sqlite3.OperationalError as wrong:
            refusal = str(wrong)
        except sqlite3.DatabaseError as wrong:
            msg = f"{file} is no store of a guard: {wrong}"
            raise ValueError(msg) from None
    msg = f"the store {file} can't be read: {refusal}"
    raise OSError(msg)


def _last_accounts(database: sqlite3.Connection, limit: int) -> list[Account]:
    return list(_accounts(database, "order by id desc limit ?", limit))[::-1]


def _last_notes(database: sqlite3.Connection, limit: int) -> list[Note]:
    rows = database.execute(
        "select time, kind, rule, words from notes order by id desc limit ?", (limit,)
    )
    return [Note(*row) for row in rows][::-1]


def _accounts(database: sqlite3.Connection, where: str, *values: object) -> Iterator[Account]:
    for number, rule, when, state, written in database.execute(
        f"select id, rule, time, state, account from runs {where}", values
    ):
        yield _read(number, rule, when, RunState(state), json.loads(written))


def _written(account: Account) -> str:
    kept = asdict(account)
    for known in ("id", "rule", "time", "state"):
        del kept[known]
    return json.dumps(kept)


def _read(number: int, rule: str, when: float, state: RunState, kept: dict[str, Any]) -> Account:
    price = kept.get("price")
    if price:
        price = Price(**{**price, "programs": tuple(ProgramFaults(**p) for p in price["programs"])})
    return Account(
        id=number,
        rule=rule,
        time=when,
        state=state,
        cause=kept.get("cause", ""),
        done=tuple(kept.get("done", ())),
        refused=tuple(kept.get("refused", ())),
        lacking=tuple(kept.get("lacking", ())),
        before=kept.get("before"),
        after=kept.get("after"),
        later=kept.get("later"),
        price=price,
        short=kept.get("short", False),
        judged=kept.get("judged", False),
    )
