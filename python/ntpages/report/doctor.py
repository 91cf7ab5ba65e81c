"""What doctor found, as tables for people and as Markdown to attach."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ntpages.report.tables import line, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.table import Table

    from ntpages.doctor import Checked, Finding, Verification

_MARKS = {"fine": "ok", "note": "note", "obstacle": "NO"}


def findings_table(findings: Sequence[Finding]) -> Table:
    """Return a row for each finding: what stands in the way first."""
    order = ("obstacle", "note", "fine")
    shown = table(line(), line("subject"), "found", "what to do")
    for finding in sorted(findings, key=lambda each: order.index(each.health.value)):
        shown.add_row(_MARKS[finding.health.value], finding.subject, finding.said, finding.remedy)
    return shown


def verification_table(found: Verification) -> Table:
    """Return a row for each check: surprises first."""
    order = ("otherwise", "as expected", "not here", "not run")
    shown = table(line("check"), line("verdict"), "expected", "came")
    for each in sorted(found.checks, key=lambda each: order.index(each.verdict.value)):
        shown.add_row(each.name, each.verdict.value, each.expects, each.came)
    return shown


def summary(found: Verification) -> str:
    """Return how many checks ended in which way, on what."""
    counts = Counter(each.verdict.value for each in found.checks)
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    elevated = "elevated" if found.elevated else "not elevated"
    note = (
        " This is Wine: what came otherwise says nothing of Windows." if found.windows.wine else ""
    )
    return (
        f"ntpages {found.version}, Python {found.python}, {found.windows}, {found.processor}, "
        f"{elevated}: {said}.{note}"
    )


def verification_markdown(found: Verification) -> str:
    """Return the whole report: numbers alone."""
    return "\n".join(_markdown(found)) + "\n"


def _markdown(found: Verification) -> Iterator[str]:
    yield "# What ntpages doctor --verify found"
    yield ""
    yield summary(found)
    yield f"Checks that change the machine were {'run' if found.effects else 'left out'}."
    yield ""
    yield "| check | verdict | expected | came |"
    yield "|---|---|---|---|"
    for each in found.checks:
        yield f"| {each.name} | {each.verdict.value} | {each.expects} | {each.came} |"
    yield from _answers(found.surprises)


def _answers(surprises: Sequence[Checked]) -> Iterator[str]:
    """The bytes of answers whose length nobody knows yet."""
    for each in surprises:
        if each.answer:
            yield ""
            yield f"`{each.name}` answered {len(each.answer)} bytes:"
            yield ""
            yield f"    {each.answer.hex(' ', 8)}"
