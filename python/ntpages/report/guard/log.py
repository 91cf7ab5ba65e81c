"""What guards wrote down: runs with their accounts, notes, and sums by rule and day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group

from ntpages.report.cells import count, moment, size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

    from ntpages.guard import Account, Note, RuleSummary
    from ntpages.guard.service import ServiceState

_PAID = {True: "paid", False: "did not pay", None: "-"}


def runs_table(accounts: Sequence[Account]) -> Table:
    """Return runs with gain and price."""
    shown = table(
        line("time"),
        "rule",
        number("gave back"),
        number("left"),
        number("read back"),
        number("soft faults"),
        line("verdict"),
        "account",
    )
    for each in accounts:
        price = each.price
        state = _PAID[each.paid] if each.state.value == "done" else each.state.value
        shown.add_row(
            moment(each.time),
            each.rule,
            size(each.gained),
            size(each.kept),
            size(price.read_back if price else None),
            count(price.soft_faults if price else None),
            state,
            each.words(),
        )
    return shown


def log_table(accounts: Sequence[Account], notes: Sequence[Note]) -> Group:
    """Return the runs, and below them what else happened."""
    told = table(line("time"), line("what"), "rule", "words")
    for each in notes:
        if each.kind != "ran":  # those stand above
            told.add_row(moment(each.time), each.kind, each.rule, each.words)
    return Group(runs_table(accounts), "", told)


def report_table(days: Sequence[RuleSummary]) -> Table:
    """Return what each rule gained and cost, day by day."""
    shown = table(
        line("day"),
        "rule",
        number("runs"),
        number("gave back"),
        number("left"),
        number("read back"),
        number("soft faults"),
        number("saved"),
        number("waited"),
        number("paid"),
        number("refused"),
    )
    for each in days:
        paid = f"{each.paid} of {each.judged}" if each.judged else "-"
        shown.add_row(
            each.day,
            each.rule,
            count(each.runs),
            size(each.gained),
            size(each.kept),
            size(each.read_back),
            count(each.soft_faults),
            f"{each.saved:.1f} s",
            f"{each.waited:.1f} s",
            paid,
            count(each.refused),
        )
    return shown


def conclusions(rules: Sequence[RuleSummary]) -> Iterator[str]:
    """Yield a sentence on each rule."""
    for each in rules:
        yield f"{each.rule}: {each.conclusion()}"
    if not rules:
        yield "no rule has run yet"


def status_lines(
    store: str,
    holder: str | None,
    service: ServiceState | None,
    accounts: Sequence[Account],
    notes: Sequence[Note],
) -> Iterator[str]:
    """Yield whether a guard runs, and what it did last."""
    yield f"a guard runs ({holder})" if holder is not None else "no guard runs"
    if service is None:
        yield "service: not installed"
    elif service.process:
        yield f"service: {service.state} (process {service.process}), keeps to {service.policy}"
    else:
        yield f"service: {service.state}{f', it ended with {service.code}' if service.code else ''}"
    yield f"store: {store}"
    for account in accounts:
        yield f"last run: {moment(account.time)}, {account.rule}: {account.words()}"
    for note in notes:
        yield f"last note: {moment(note.time)}, {note.kind}: {note.words}"
