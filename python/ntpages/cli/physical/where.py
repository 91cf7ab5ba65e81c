"""``ntpages where``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click
from rich.console import Group

from ntpages import physical
from ntpages.cli.arguments import COUNT, picture_option, refuse_unused
from ntpages.cli.listing import Listing, Look, listing
from ntpages.errors import explain
from ntpages.report.cells import size
from ntpages.report.physical import where as shown
from ntpages.report.physical.looking import Looking, notes
from ntpages.report.physical.picture import account_picture

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ntpages.cli.exits import Exit
    from ntpages.physical import MemoryAccount

_TOP = 10


@click.command("where")
@click.option("--processes", is_flag=True, help="Add the processes with most memory of their own.")
@click.option("--files", is_flag=True, help="Add the files of which most is in memory.")
@click.option(
    "--top", type=COUNT, metavar="N", help=f"Only the first N of these; {_TOP} unless said."
)
@listing(rows=False, picture=picture_option)
def where_command(*, listing: Listing, processes: bool, files: bool, top: int | None) -> Exit:
    """Show where all memory of this machine is: parts that sum up to it.

    Administrators are told everything. For others, what Windows keeps to itself is one part. With
    --watch and --picture, the parts are drawn over time.
    """
    if listing.picture or listing.csv_file:
        refuse_unused("processes", "files", "top", where="with --picture or --csv")
    if not processes and not files:
        refuse_unused("top", where="without --processes or --files")

    def look() -> Look:
        with Looking() as looking:
            account = physical.account(processes=processes, files=files, progress=looking.goes_on)

        def people(_: object) -> RenderableType:
            parts: list[RenderableType] = [shown.heading(account), shown.account_table(account)]
            if account.summary and processes and account.summary.processes is not None:
                parts += ["", shown.processes_table(account.summary.processes[: top or _TOP])]
            if account.summary and account.summary.files is not None:
                parts += ["", shown.files_table(account.summary.files[: top or _TOP])]
            return Group(*parts)

        return Look(
            names=("group", "name", "size"),
            rows=account.parts,
            document=_document(account, top, processes=processes, files=files),
            people=people,
            draw=partial(account_picture, account),
            series={
                group.value: sum(part.size for part in parts)
                for group, parts in shown.groups(account.parts)
            },
            title=f"Where {size(account.total)} of memory are",
            words=[
                *(notes(account.summary) if account.summary else ()),
                *([explain(account.refused)] if account.refused else ()),
            ],
        )

    return listing.show(look)


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
