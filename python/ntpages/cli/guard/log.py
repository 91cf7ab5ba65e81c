"""``ntpages guard log`` and ``ntpages guard report``: what was written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ntpages import guard
from ntpages.cli.arguments import COUNT, as_json, choose_one, picture_option
from ntpages.cli.exits import Exit
from ntpages.cli.guard.which import name_option, store_of, written_option
from ntpages.report import consoles, documents
from ntpages.report.guard.log import conclusions, log_table, report_table
from ntpages.report.guard.picture import accounts_picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ntpages.guard import Account, Note

rule_option = click.option("--rule", metavar="NAME", help="Only this rule.")


def read(path: str, rule: str | None) -> tuple[list[Account], list[Note]]:
    """Return what was written down, of one rule or of all."""
    try:
        accounts, notes = guard.read_log(path)
    except FileNotFoundError:
        msg = f"no guard has written to {path}: start one with `ntpages guard run`"
        raise click.ClickException(msg) from None
    if rule is None:
        return accounts, notes
    names = sorted({*(each.rule for each in accounts), *(each.rule for each in notes)} - {""})
    if rule not in names:
        known = ", ".join(map(repr, names)) or "none"
        msg = f"no rule {rule!r} has run; there are {known}"
        raise click.ClickException(msg)
    return (
        [each for each in accounts if each.rule == rule],
        [each for each in notes if each.rule == rule],
    )


def plain(account: Account) -> dict[str, Any]:
    """Return an account with what follows from it, for a document."""
    return {
        **documents.fields(account),
        "gained": account.gained,
        "kept": account.kept,
        "used": account.used,
        "saved": account.saved,
        "waited": account.price.waited if account.price else None,
        "paid": account.paid,
        "words": account.words(),
    }


@click.command("log")
@click.option("--limit", type=COUNT, default=20, show_default=True, help="The last so many runs.")
@rule_option
@name_option
@written_option
@as_json
def log_command(
    *, limit: int, rule: str | None, name: str | None, store: str | None, as_json: bool
) -> Exit:
    """Show the last runs: what each gave back, and what it cost. A guard may run meanwhile."""
    accounts, notes = read(store_of(name, store), rule)
    if as_json:
        documents.print_document(
            {"runs": map(plain, accounts[-limit:]), "notes": iter(notes[-limit:])}
        )
    else:
        consoles.data().print(log_table(accounts[-limit:], notes[-limit:]))
    return Exit.OK


def _document(accounts: Sequence[Account]) -> dict[str, object]:
    def row(each: guard.RuleSummary) -> dict[str, object]:
        return {**documents.fields(each), "conclusion": each.conclusion()}

    return {
        "rules": [row(each) for each in guard.summarize(accounts)],
        "days": map(row, guard.summarize(accounts, days=True)),
    }


@click.command("report")
@rule_option
@name_option
@written_option
@picture_option
@as_json
def report_command(
    *,
    rule: str | None,
    name: str | None,
    store: str | None,
    picture: Path | None,
    as_json: bool,
) -> Exit:
    """Show what each rule gained and cost, by day and in all, and whether it is worth it."""
    choose_one("as_json", "picture")
    accounts, _ = read(store_of(name, store), rule)
    if as_json:
        documents.print_document(_document(accounts))
    elif picture:
        accounts_picture(accounts, picture)
    else:
        consoles.data().print(report_table(guard.summarize(accounts, days=True)))
    for words in conclusions(guard.summarize(accounts)):
        consoles.words().print(words, markup=False)
    return Exit.OK
