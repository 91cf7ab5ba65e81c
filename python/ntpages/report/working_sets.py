"""What trimming did, and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table as RichTable
from rich.text import Text

from ntpages.errors import explain
from ntpages.report import size

if TYPE_CHECKING:
    from ntpages.working_sets import TrimReport


def trimmed_table(done: TrimReport) -> RichTable:
    """Return every process that was chosen, and how its working set changed."""
    shown = RichTable(box=None, pad_edge=False)
    shown.add_column("pid", justify="right")
    shown.add_column("name", no_wrap=True)
    for heading in ("before", "after", "change", "faults", "hard faults"):
        shown.add_column(heading, justify="right")
    for each in done.trimmed:
        shown.add_row(
            str(each.pid),
            Text(each.name),
            size(each.before),
            size(each.after),
            size(each.after - each.before, signed=True),
            str(each.faults),
            str(each.hard_faults),
        )
    for refused in done.refused:
        shown.add_row(str(refused.pid), Text(refused.name), "refused")
    return shown


def verdict(done: TrimReport, *, settle: float, dry_run: bool) -> str:
    """Return what was done, in a sentence, and one more for each refusal."""
    if dry_run:
        sentence = f"{len(done.matched)} would be trimmed."
    else:
        faults = sum(each.faults for each in done.trimmed)
        sentence = (
            f"{len(done.trimmed)} trimmed, {size(done.freed)} less in working sets "
            f"after {settle:g} s and {faults} page faults."
        )
    refusals = [f"{each.name or 'nobody'}: {explain(each.error)}" for each in done.refused]
    return "\n".join([sentence, *refusals])
