"""What rules gained and cost, by day and in all."""

from __future__ import annotations

import time

import pytest

from ntpages.guard.account import Account, Price, RunState
from ntpages.guard.summary import RuleSummary, summarize

GIB = 1 << 30
NOON = time.mktime((2026, 11, 27, 12, 0, 0, 0, 0, -1))
DAY = 86400.0


def run(
    rule: str = "a",
    days: float = 0,
    *,
    gave: int = 3,
    kept: int = 2,
    read: int = 0,
    judged: bool = True,
) -> Account:
    before, after = {"free": 0}, {"free": gave * GIB}
    return Account(
        *(1, rule, NOON + days * DAY, "", RunState.DONE, ("x",)),
        before=before,
        after=after,
        later={"free": kept * GIB},
        price=Price(30.0, read * GIB, 5, 7, read * GIB),
        judged=judged,
    )  # fmt: skip


def test_runs_are_summed_up_by_rule_and_by_day() -> None:
    runs = [run(), run(days=1), run("b"), run(kept=0, read=3)]
    everything = summarize(runs)
    assert [(each.rule, each.day, each.runs) for each in everything] == [("a", "", 3), ("b", "", 1)]
    first = everything[0]
    assert (first.gained, first.kept, first.read_back) == (9 * GIB, 4 * GIB, 3 * GIB)
    assert (first.soft_faults, first.repurposed, first.judged, first.paid) == (15, 21, 3, 2)
    assert first.waited == pytest.approx(3 * GIB / 4096 * 100e-6 + 15e-6)
    assert first.saved == pytest.approx(sum(each.saved or 0 for each in runs if each.rule == "a"))
    days = summarize(runs, days=True)
    assert [(each.rule, each.day, each.runs) for each in days] == [
        *(("a", "2026-11-27", 2), ("a", "2026-11-28", 1), ("b", "2026-11-27", 1)),
    ]


def test_runs_without_a_price_count_as_runs() -> None:
    cut = Account(1, "a", NOON, "", RunState.CUT, refused=("no",))
    [only] = summarize([cut])
    assert (only.runs, only.refused, only.judged, only.waited) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("runs", "conclusion"),
    [
        ([run()] * 2, "too few runs were judged to say"),
        ([run(judged=False)] * 9, "too few runs were judged to say"),
        ([run()] * 3, "it pays"),
        ([run(gave=0)] * 3, "it does nothing for this machine"),
        ([run(kept=1, read=3)] * 3, "it costs more than it gains"),
        ([run(kept=3)] * 2 + [run(gave=0)] * 3, "most of its runs are not worth their price"),
    ],
)  # fmt: skip
def test_what_can_be_said_of_a_rule(runs: list[Account], conclusion: str) -> None:
    [only] = summarize(runs)
    assert only.conclusion() == conclusion


def test_nothing_has_no_summary() -> None:
    assert summarize([]) == ()
    with pytest.raises(TypeError, match=r"accounts\[0\] must be a Account, not 3"):
        summarize([3])  # type: ignore[list-item]
    assert isinstance(summarize([run()])[0], RuleSummary)
