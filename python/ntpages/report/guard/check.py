"""What a policy would do, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.report import consoles
from ntpages.report.tables import line, table

if TYPE_CHECKING:
    from ntpages.guard import PolicyCheck

_HOLDS = {True: "holds", False: "does not hold", None: "not known"}


def print_check(checked: PolicyCheck) -> None:
    """Print each rule, what its conditions are held against, and what it would do."""
    out = consoles.data()
    out.print(f"{checked.policy}: {len(checked.rules)} rules")
    for rule in checked.rules:
        out.print()
        out.print(f"{rule.name}")
        out.print(f"  {rule.words}")
        shown = table("  condition", "now", line())
        for each in rule.conditions:
            shown.add_row(f"  {each.condition}", each.now, _HOLDS[each.holds])
        out.print(shown)
        out.print(f"  {rule.would}")
