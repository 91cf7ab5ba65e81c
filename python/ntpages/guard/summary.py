"""Summary: what the rules of a store gained and cost, day by day and in all."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ntpages import arguments
from ntpages.guard.account import Account, RunState

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RuleSummary", "summarize"]

_FEW = 3  # judged runs below which nothing is concluded


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """The runs of a rule, on one day or on all. Sizes are bytes."""

    rule: str
    day: str
    """As ``2026-11-27``; empty for all days."""
    runs: int
    gained: int
    """What came free, or became available."""
    kept: int
    """How much of it was left when the price had been counted."""
    saved: float
    """Seconds of waiting, at most."""
    waited: float
    """Seconds that programs waited for what came back."""
    read_back: int
    """What had to be read."""
    soft_faults: int
    repurposed: int
    refused: int
    """Runs of which something was refused."""
    judged: int
    """Runs of which gain and price could be compared."""
    paid: int
    """Those of them that were worth their price."""

    def conclusion(self) -> str:
        """Return what can be said of the rule, in words."""
        if self.judged < _FEW:
            return "too few runs were judged to say"
        if not self.saved:
            return "it does nothing for this machine"
        if self.waited > self.saved:
            return "it costs more than it gains"
        if self.paid * 2 < self.judged:
            return "most of its runs are not worth their price"
        return "it pays"


def summarize(accounts: Iterable[Account], *, days: bool = False) -> tuple[RuleSummary, ...]:
    """Return what each rule gained and cost.

    Args:
        accounts: Runs, as ``read_log()`` returns them.
        days: Keep the days apart, instead of summing them up.

    Returns:
        One for each rule, or for each of its days, in the order in which they ran first.
    """
    days = arguments.boolean("days", days)
    grouped: dict[tuple[str, str], list[Account]] = {}
    for number, each in enumerate(arguments.several("accounts", accounts)):
        arguments.instance(f"accounts[{number}]", each, Account)
        day = time.strftime("%Y-%m-%d", time.localtime(each.time)) if days else ""
        grouped.setdefault((each.rule, day), []).append(each)
    return tuple(_summary(rule, day, runs) for (rule, day), runs in grouped.items())


def _summary(rule: str, day: str, runs: list[Account]) -> RuleSummary:
    prices = [each.price for each in runs if each.price]
    verdicts = [each.paid for each in runs if each.state is RunState.DONE and each.paid is not None]
    return RuleSummary(
        rule=rule,
        day=day,
        runs=len(runs),
        gained=sum(each.gained or 0 for each in runs),
        kept=sum(each.kept or 0 for each in runs),
        saved=sum(each.saved or 0.0 for each in runs),
        waited=sum(each.waited for each in prices),
        read_back=sum(each.read_back for each in prices),
        soft_faults=sum(each.soft_faults for each in prices),
        repurposed=sum(each.repurposed for each in prices),
        refused=sum(bool(each.refused) for each in runs),
        judged=len(verdicts),
        paid=sum(verdicts),
    )
