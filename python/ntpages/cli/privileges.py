"""``ntpages privileges``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ntpages import privileges
from ntpages.cli.arguments import as_json
from ntpages.cli.exits import Exit, told_if_interrupted
from ntpages.cli.nouns import NounCommand
from ntpages.report import consoles, documents
from ntpages.report.privileges import accounts_table, privileges_table

if TYPE_CHECKING:
    from ntpages.privileges import Grant, Revocation


@click.command("grant")
@click.argument("name")
@click.option(
    "--account", metavar="ACCOUNT", help="User, group or SID; the current user if left out."
)
@as_json
def _grant(*, name: str, account: str | None, as_json: bool) -> Exit:
    """Give an account the privilege NAME. It holds it from its next logon on."""
    before = {each.name for each in privileges.accounts(name)} if as_json else set()
    with told_if_interrupted(f"{name} may have been granted"):
        done = privileges.grant(name, account)
        consoles.words().print(str(done))
    if as_json:
        _print_change(done, changed=done.account not in before)
    return Exit.OK


@click.command("revoke")
@click.argument("name")
@click.option(
    "--account", metavar="ACCOUNT", help="User, group or SID; the current user if left out."
)
@as_json
def _revoke(*, name: str, account: str | None, as_json: bool) -> Exit:
    """Take the privilege NAME from an account. It has it until it logs off."""
    with told_if_interrupted(f"{name} may have been revoked"):
        done = privileges.revoke(name, account)
        consoles.words().print(str(done))
    if as_json:
        _print_change(done, changed=done.held)
    return Exit.OK


def _print_change(done: Grant | Revocation, *, changed: bool) -> None:
    documents.print_document(
        {"changed": changed, "privilege": done.privilege, "account": done.account}
    )


@click.command("accounts")
@click.argument("name")
@as_json
def _accounts(*, name: str, as_json: bool) -> Exit:
    """List the users and groups that have been given the privilege NAME."""
    found = privileges.accounts(name)
    if as_json:
        documents.print_document({"privilege": name, "accounts": found})
    elif found:
        consoles.data().print(accounts_table(found))
    else:
        consoles.words().print(f"Nobody has been given {name}.")
    return Exit.OK


@click.command("privileges", cls=NounCommand, commands=[_accounts, _grant, _revoke])
@as_json
def privileges_command(*, as_json: bool) -> Exit:
    """Show the privileges of this token; list who has one, grant it, revoke it."""
    held = privileges.held()
    elevated = privileges.is_elevated()
    if as_json:
        documents.print_document({"elevated": elevated, "privileges": held})
    else:
        consoles.data().print(privileges_table(held))
        consoles.words().print(f"This process is {'elevated' if elevated else 'not elevated'}.")
    return Exit.OK
