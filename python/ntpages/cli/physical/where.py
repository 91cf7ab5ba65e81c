"""``ntpages where``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ntpages import physical
from ntpages.cli.arguments import COUNT, as_json, choose_one, picture_option, refuse_unused
from ntpages.cli.exits import Exit
from ntpages.errors import explain
from ntpages.report import consoles, documents
from ntpages.report.physical import where as shown
from ntpages.report.physical.looking import Looking, notes
from ntpages.report.physical.picture import account_picture

if TYPE_CHECKING:
    from pathlib import Path

    from ntpages.physical import MemoryAccount

_TOP = 10


@click.command("where")
@click.option("--processes", is_flag=True, help="Add the processes with most memory of their own.")
@click.option("--files", is_flag=True, help="Add the files of which most is in memory.")
@click.option(
    "--top", type=COUNT, metavar="N", help=f"Only the first N of these; {_TOP} unless said."
)
@picture_option
@as_json
def where_command(
    *, processes: bool, files: bool, top: int | None, picture: Path | None, as_json: bool
) -> Exit:
    """Show where all memory of this machine is: parts that sum up to it.

    Administrators are told everything. For others, what Windows keeps to itself is one part.
    """
    choose_one("as_json", "picture")
    if picture:
        refuse_unused("processes", "files", "top", where="with --picture")
    if not processes and not files:
        refuse_unused("top", where="without --processes or --files")
    with Looking() as looking:
        account = physical.account(processes=processes, files=files, progress=looking.goes_on)
    if picture:
        account_picture(account, picture)
    elif as_json:
        documents.print_document(_document(account, top, processes=processes, files=files))
    else:
        out = consoles.data()
        out.print(shown.heading(account))
        out.print(shown.account_table(account))
        if account.summary and processes and account.summary.processes is not None:
            out.print()
            out.print(shown.processes_table(account.summary.processes[: top or _TOP]))
        if account.summary and account.summary.files is not None:
            out.print()
            out.print(shown.files_table(account.summary.files[: top or _TOP]))
    if account.summary:
        for sentence in notes(account.summary):
            consoles.words().print(sentence)
    if account.refused:
        consoles.words().print(explain(account.refused))
    return Exit.OK


def _document(
    account: MemoryAccount, top: int | None, *, processes: bool, files: bool
) -> dict[str, Any]:
    found = account.summary
    document: dict[str, Any] = {
        "total": account.total,
        "parts": account.parts,
        "look": shown.look(found) if found else None,
        "refused": account.refused,
    }
    if found and processes and found.processes is not None:
        document["processes"] = found.processes[:top]
    if found and files and found.files is not None:
        document["files"] = found.files[:top]
    return document
