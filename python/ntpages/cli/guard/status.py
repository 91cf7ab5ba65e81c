"""``ntpages guard status``."""

from __future__ import annotations

import click

from ntpages import guard
from ntpages.cli.arguments import as_json
from ntpages.cli.exits import Exit
from ntpages.cli.guard.log import plain
from ntpages.cli.guard.which import name_of, name_option, store_of, written_option
from ntpages.guard import service
from ntpages.guard.places import holder_of
from ntpages.report import consoles, documents
from ntpages.report.guard.log import status_lines


@click.command("status")
@name_option
@written_option
@as_json
def status_command(*, name: str | None, store: str | None, as_json: bool) -> Exit:
    """Say whether a guard runs, how its service stands, and how its last run went."""
    installed = service.state(name_of(name))
    path = store_of(name, store)
    holder = holder_of(path)
    try:
        accounts, notes = guard.read_log(path, limit=1)
    except FileNotFoundError:
        accounts, notes = [], []
    if as_json:
        last = plain(accounts[0]) if accounts else None
        documents.print_document(
            {
                "service": installed,
                "running": holder is not None,
                "process": holder,
                "store": path,
                "last": last,
                "note": notes[0] if notes else None,
            }
        )
        return Exit.OK
    for line in status_lines(path, holder, installed, accounts, notes):
        consoles.data().print(line)
    return Exit.OK
