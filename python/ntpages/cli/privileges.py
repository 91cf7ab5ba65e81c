"""``ntpages privileges``."""

from __future__ import annotations

import click

from ntpages import privileges, report
from ntpages.cli import Exit
from ntpages.report.privileges import privileges_table


@click.group("privileges", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def privileges_command(context: click.Context, *, as_json: bool) -> Exit | None:
    """Show the privileges of this token; grant one to an account."""
    if context.invoked_subcommand is not None:
        return None
    held = privileges.held()
    if as_json:
        report.print_json({"elevated": privileges.is_elevated(), "privileges": held})
        return Exit.OK
    report.data().print(privileges_table(held))
    elevated = "elevated" if privileges.is_elevated() else "not elevated"
    report.words().print(f"This process is {elevated}.")
    return Exit.OK


@privileges_command.command("grant")
@click.argument("name")
@click.option("--account", help="User, group or SID; the current user if left out.")
def _grant(*, name: str, account: str | None) -> Exit:
    """Give an account the privilege NAME. It holds it from its next logon on."""
    report.words().print(str(privileges.grant(name, account)))
    return Exit.OK
