"""``ntpages privileges``."""

from __future__ import annotations

import click

from ntpages import privileges
from ntpages.cli.arguments import as_json
from ntpages.cli.exits import Exit, told_if_interrupted
from ntpages.cli.nouns import NounCommand
from ntpages.report import consoles, documents
from ntpages.report.privileges import privileges_table


@click.command("grant")
@click.argument("name")
@click.option("--account", help="User, group or SID; the current user if left out.")
def _grant(*, name: str, account: str | None) -> Exit:
    """Give an account the privilege NAME. It holds it from its next logon on."""
    with told_if_interrupted(f"{name} may have been granted"):
        consoles.words().print(str(privileges.grant(name, account)))
    return Exit.OK


@click.command("privileges", cls=NounCommand, commands=[_grant])
@as_json
def privileges_command(*, as_json: bool) -> Exit:
    """Show the privileges of this token; grant one to an account."""
    held = privileges.held()
    elevated = privileges.is_elevated()
    if as_json:
        documents.print_document({"elevated": elevated, "privileges": held})
    else:
        consoles.data().print(privileges_table(held))
        consoles.words().print(f"This process is {'elevated' if elevated else 'not elevated'}.")
    return Exit.OK
