"""Accounts: gain, price, and what is held against what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ntpages.guard.account import Account, Counts, Price, ProgramFaults, Rates, RunState, price_of
from ntpages.guard.numbers import Program

GIB = 1 << 30
PAGE = 4096


def counts(clock: float, *, read: int = 0, soft: int = 0, repurposed: int = 0) -> Counts:
    return Counts(clock, {}, soft, read, repurposed)


def test_a_price_is_what_came_back_beyond_what_the_machine_does_anyway() -> None:
    usual = Rates.between(counts(0), counts(10, read=50, soft=100, repurposed=1000))
    assert usual == Rates(soft_faults=10, pages_read=5, repurposed=100)
    price = price_of(counts(10, read=50, soft=100), counts(40, read=300, soft=900), usual)
    assert price
    assert (price.watched, price.read_back, price.soft_faults) == (30, 100 * PAGE, 500)
    assert price.repurposed == 0
    assert price.came_back == (250 + 800) * PAGE  # what it does anyway is in there
    assert price.waited == pytest.approx(100 * 100e-6 + 500 * 1e-6)


def test_a_machine_that_does_less_than_usual_costs_nothing() -> None:
    usual = Rates(1000, 1000, 0)
    price = price_of(counts(0), counts(30, read=5, soft=5), usual)
    assert price
    assert price.waited == 0


def test_counters_that_begin_again_at_2_32_count_on() -> None:
    price = price_of(counts(0, read=2**32 - 5, soft=2**32 - 1), counts(1, read=5, soft=9), None)
    assert price
    assert (price.read_back, price.soft_faults) == (10 * PAGE, 10)


@pytest.mark.parametrize("unknown", ["soft_faults", "pages_read"])
def test_what_is_not_told_has_no_price(unknown: str) -> None:
    less = replace(counts(30), **{unknown: None})  # type: ignore[arg-type]
    assert price_of(counts(0), less, None) is None
    assert price_of(less, counts(60), None) is None
    assert Rates.between(counts(0), less) is None


def test_programs_are_told_by_what_they_faulted_since_the_hard_ones_first() -> None:
    before = {(8, 1.0): Program("a.exe", 100, 10), (12, 1.0): Program("b.exe", 5, 5)}
    after = {
        (8, 1.0): Program("a.exe", 150, 12),
        (12, 1.0): Program("b.exe", 5, 5),
        (16, 2.0): Program("new.exe", 30, 20),
    }
    price = price_of(
        replace(counts(0), processes=before), replace(counts(30), processes=after), None
    )
    assert price
    assert price.programs == (
        ProgramFaults("new.exe", 16, 20, 10),
        ProgramFaults("a.exe", 8, 2, 48),
    )


BEFORE = {"zero": 0, "free": GIB, "modified": 2 * GIB, "standby 5": 8 * GIB}
PRICE = Price(30.0, GIB, 1000, 0, GIB, (ProgramFaults("game.exe", 8, 212, 9),))


def account(after: dict[str, int], later: dict[str, int], price: Price | None = PRICE) -> Account:
    return Account(
        *(1, "a", 0.0, "cause", RunState.DONE, ("purge standby",)),
        before=BEFORE,
        after=after,
        later=later,
        price=price,
        judged=True,
    )


PURGED = {**BEFORE, "free": 9 * GIB, "standby 5": 0}
TRIMMED = {**BEFORE, "standby 5": 12 * GIB}


def test_a_purge_gains_what_is_free_and_a_trim_what_is_available() -> None:
    assert account(PURGED, PURGED).gained == 8 * GIB
    assert account(TRIMMED, TRIMMED).gained == 4 * GIB


def test_what_is_kept_is_what_was_left_later_and_never_more_than_came() -> None:
    assert account(PURGED, {**PURGED, "free": 3 * GIB}).kept == 2 * GIB
    assert account(PURGED, {**PURGED, "free": 20 * GIB}).kept == 8 * GIB
    assert account(PURGED, BEFORE).kept == 0
    assert account(BEFORE, BEFORE).gained == 0


CHEAP = Price(30.0, 64 << 20, 1000, 0, 64 << 20)


def test_what_others_took_is_what_neither_is_left_nor_came_back_to_its_owners() -> None:
    used = account(PURGED, {**PURGED, "free": 5 * GIB}).used
    assert used == 8 * GIB - 4 * GIB - GIB
    assert account(PURGED, PURGED).used == 0


def test_a_page_saves_its_next_owner_little_unless_memory_was_short() -> None:
    taken = account(PURGED, {**PURGED, "free": 5 * GIB})
    pages = GIB // PAGE
    assert taken.saved == pytest.approx((4 + 3) * pages * 1e-6)
    assert replace(taken, short=True).saved == pytest.approx(4 * pages * 1e-6 + 3 * pages * 100e-6)


def test_a_run_pays_where_it_saved_more_than_it_cost() -> None:
    assert account(PURGED, PURGED, CHEAP).paid is True  # a hundredth of it had to be read
    assert account(PURGED, PURGED).paid is False
    assert account(BEFORE, BEFORE, Price(30.0, 0, 0, 0)).paid is False  # it did nothing
    assert replace(account(PURGED, PURGED), judged=False).paid is None
    assert account(PURGED, PURGED, None).paid is None


@pytest.mark.parametrize(("available", "short"), [(4 * GIB, True), (5 * GIB, False)])
def test_memory_is_short_where_a_twentieth_of_it_is_available(
    available: int,
    short: bool,  # noqa: FBT001
) -> None:
    assert Counts(0.0, {"standby 0": available}, total=100 * GIB).short is short
    assert not Counts(0.0, {"standby 0": available}).short
    assert not Counts(0.0, total=GIB).short


def test_an_account_says_what_it_gave_back_and_whom_it_cost() -> None:
    assert account(PURGED, {**PURGED, "free": 3 * GIB}).words() == (
        "gave back 8 GiB, of which 2 GiB were left 30 s later; 1 GiB had to be read, 1,000 soft"
        " faults, +212 hard faults in game.exe"
    )


def test_what_was_refused_or_cut_is_said_instead() -> None:
    refused = replace(account(BEFORE, BEFORE), done=(), refused=("purge standby: no",))
    assert refused.words() == "refused: purge standby: no"
    assert "the guard ended" in replace(refused, state=RunState.CUT).words()
    partly = replace(account(PURGED, PURGED), refused=("b: no",))
    assert partly.words().endswith("; refused: b: no")
    assert "not known" in replace(account(PURGED, PURGED), before=None).words()
