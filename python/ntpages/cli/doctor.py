"""``ntpages doctor``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ntpages import doctor
from ntpages.cli.arguments import as_json, refuse_unused
from ntpages.cli.exits import Exit
from ntpages.errors import Interrupted
from ntpages.report import consoles, documents
from ntpages.report import doctor as shown

if TYPE_CHECKING:
    from ntpages.doctor import Verification


@click.command("doctor")
@click.option("--verify", is_flag=True, help="Ask Windows for what only Windows can prove.")
@click.option("--effects", is_flag=True, help="With --verify: checks too that change the machine.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With --verify: write it to FILE as Markdown, and as JSON beside it.",
)
@as_json
def doctor_command(*, verify: bool, effects: bool, report: Path | None, as_json: bool) -> Exit:
    """Say what does not work here, why, and what to do.

    With --verify, say whether this Windows does what ntpages counts on. Nothing is emptied, and no
    process is looked into but children that are started for it. The report holds numbers alone: no
    names, no paths, no contents. It ends with 2 where Windows did something else.
    """
    if not verify:
        refuse_unused("effects", "report", where="without --verify")
        return _examine(as_json=as_json)
    try:
        found = doctor.verify(effects=effects, on_check=_announce)
    except Interrupted as stopped:
        found = stopped.report
        consoles.words().print("Interrupted: this is what was found until then.")
    if report:
        _write(found, report)
    if as_json:
        documents.print_document(documents.fields(found))
    else:
        consoles.data().print(shown.verification_table(found))
        consoles.data().print(shown.summary(found))
    return Exit.PARTLY if found.surprises or found.interrupted else Exit.OK


def _examine(*, as_json: bool) -> Exit:
    findings = doctor.examine()
    if as_json:
        documents.print_document({"findings": findings})
    else:
        consoles.data().print(shown.findings_table(findings))
    return Exit.OK


def _announce(check: doctor.Check) -> None:
    if check.changes:
        consoles.words().print(f"{check.name}: {check.changes}")


def _write(found: Verification, report: Path) -> None:
    beside = report.with_suffix(".json")
    report.write_text(shown.verification_markdown(found), encoding="utf-8")
    whole = json.dumps(documents.dated(documents.fields(found)), default=documents.plain, indent=2)
    beside.write_text(whole, encoding="utf-8")
    consoles.words().print(f"written: {report} and {beside}")
