"""The token's privileges as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from ntpages.report.tables import line, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from ntpages.privileges import Account, Privilege


def privileges_table(held: Sequence[Privilege]) -> Table:
    """Return the token's privileges, the enabled ones first."""
    shown = table("privilege", "state", "at logon", title="Privileges")
    for privilege in sorted(held, key=lambda one: (not one.enabled, one.name)):
        state = "removed" if privilege.removed else "enabled" if privilege.enabled else "disabled"
        shown.add_row(
            privilege.name, state, "enabled" if privilege.enabled_by_default else "disabled"
        )
    return shown


def accounts_table(accounts: Sequence[Account]) -> Table:
    """Return users and groups."""
    shown = table("account", line("SID"))
    for account in accounts:
        shown.add_row(Text(account.name), account.sid)
    return shown
