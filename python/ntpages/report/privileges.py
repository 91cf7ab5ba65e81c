"""The token's privileges as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ntpages.privileges import Privilege


def privileges_table(held: Sequence[Privilege]) -> Table:
    """Return the token's privileges, the enabled ones first."""
    table = Table(title="Privileges", title_justify="left", box=None, pad_edge=False)
    table.add_column("privilege")
    table.add_column("state")
    table.add_column("at logon")
    for privilege in sorted(held, key=lambda one: (not one.enabled, one.name)):
        state = "removed" if privilege.removed else "enabled" if privilege.enabled else "disabled"
        table.add_row(
            privilege.name, state, "enabled" if privilege.enabled_by_default else "disabled"
        )
    return table
