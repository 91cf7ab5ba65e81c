"""The policies that come with ntpages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.report.tables import line, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from ntpages.guard import Policy


def policies_table(policies: Iterable[Policy]) -> Table:
    """Return each policy, its rules, and the reasoning behind it."""
    shown = table(line("policy"), "rules", "why")
    for policy in policies:
        rules = "\n".join(rule.name for rule in policy.rules)
        shown.add_row(policy.name, rules, " ".join(policy.about.split()))
    return shown
