"""``ntpages strings``."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import click

from ntpages.arguments import LAST_ADDRESS
from ntpages.cli.arguments import ADDRESS, COUNT, as_json, choose_one, csv_option
from ntpages.cli.exits import Exit
from ntpages.cli.processes.named import PROCESS
from ntpages.processes import Process
from ntpages.report import consoles, documents
from ntpages.report.cells import size
from ntpages.report.processes.strings import string_lines, verdict

if TYPE_CHECKING:
    from ntpages.processes import StringsResult

_SCREEN = 1000  # texts that somebody looks at


@click.command("strings")
@click.argument("pid", type=PROCESS, metavar="PROCESS")
@click.option(
    "--minimum", type=COUNT, default=5, show_default=True, help="Characters that make a text."
)
@click.option("--start", type=ADDRESS, default=0, help="Address to begin at.")
@click.option("--end", type=ADDRESS, default=LAST_ADDRESS, help="Address to end before.")
@click.option(
    "--limit", type=COUNT, help=f"Stop after so many; {_SCREEN} by default on a terminal."
)
@as_json
@csv_option
def strings_command(
    pid: int,
    *,
    minimum: int,
    start: int,
    end: int,
    limit: int | None,
    as_json: bool,
    csv_file: IO[str] | None,
) -> Exit:
    """List the text in the memory of PROCESS, in ASCII and UTF-16.

    What each address is used for is shown by `ntpages map PROCESS --regions`.
    """
    choose_one("as_json", "csv_file")
    if limit is None and not (as_json or csv_file) and consoles.is_watched():
        limit = _SCREEN
    with Process(pid) as process, consoles.words().status("looking ...") as status:
        result = process.strings(
            minimum=minimum,
            start=start,
            end=end,
            limit=limit,
            progress=lambda done: status.update(f"looked at {size(done)} ..."),
        )
    if as_json:
        documents.print_document(_document(pid, result))
    elif csv_file:
        documents.write_csv(csv_file, result.strings.names, result.strings)
    else:
        for line in string_lines(result.strings):
            click.echo(line)
        consoles.words().print(verdict(result))
    return Exit.OK


def _document(pid: int, result: StringsResult) -> dict[str, object]:
    return {
        "pid": pid,
        "strings": (row._asdict() for row in result.strings),
        "scanned": result.scanned,
        "complete": result.complete,
    }
