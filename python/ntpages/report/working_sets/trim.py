"""What trimming did, and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from ntpages.report.cells import count, size
from ntpages.report.tables import line, number, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from ntpages.working_sets import TrimReport


def trimmed_table(done: TrimReport) -> Table:
    """Return every process that was chosen, and how its working set changed."""
    numbers = map(number, ("before", "after", "change", "faults", "hard faults"))
    shown = table(number("pid"), line("name"), *numbers)
    for each in done.trimmed:
        shown.add_row(
            str(each.pid),
            Text(each.name),
            size(each.before),
            size(each.after),
            size(None if each.after is None else each.after - each.before, signed=True),
            count(each.faults),
            count(each.hard_faults),
        )
    for refused in done.refused:
        shown.add_row(str(refused.pid), Text(refused.name), "refused")
    return shown


def verdict(
    done: TrimReport,
    reasons: Iterable[str],
    *,
    settle: float,
    dry_run: bool,
    interrupted: bool = False,
) -> str:
    """Return what was done, in a sentence, and one more for each refusal, with its reason."""
    if dry_run:
        sentence = f"{len(done.matched)} would be trimmed."
    else:
        when = "until then" if interrupted else f"after {settle:g} s"
        sentence = f"{len(done.trimmed)} trimmed, {_outcome(done)} {when}."
        sentence = f"Interrupted: {sentence}" if interrupted else sentence
    refusals = [
        f"{each.name or 'nobody'}: {why}" for each, why in zip(done.refused, reasons, strict=True)
    ]
    return "\n".join([sentence, *refusals])


def _outcome(done: TrimReport) -> str:
    faults = [each.faults for each in done.trimmed if each.faults is not None]
    if len(faults) < len(done.trimmed):
        return "and nobody could look what came of it"
    return f"{size(done.freed)} less in working sets and {count(sum(faults))} page faults"
