"""The token's privileges as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.report.tables import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from ntpages.privileges import Privilege


def privileges_table(held: Sequence[Privilege]) -> Table:
    """Return the token's privileges, the enabled ones first."""
    shown = table("privilege", "state", "at logon", title="Privileges")
    for privilege in sorted(held, key=lambda one: (not one.enabled, one.name)):
        state = "removed" if privilege.removed else "enabled" if privilege.enabled else "disabled"
        shown.add_row(
            privilege.name, state, "enabled" if privilege.enabled_by_default else "disabled"
        )
    return shown
