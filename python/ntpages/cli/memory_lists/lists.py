"""``ntpages lists``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ntpages import memory_lists
from ntpages.cli.arguments import as_json, choose_one, picture_option
from ntpages.cli.exits import Exit
from ntpages.report import consoles, documents
from ntpages.report.memory_lists.lists import lists_table, partial_note
from ntpages.report.memory_lists.picture import lists_picture

if TYPE_CHECKING:
    from pathlib import Path


@click.command("lists")
@picture_option
@as_json
def lists_command(*, picture: Path | None, as_json: bool) -> Exit:
    """Show the kernel's page lists, the standby list by priority."""
    choose_one("as_json", "picture")
    lists = memory_lists.query()
    if picture:
        lists_picture(lists, picture)
    elif as_json:
        documents.print_document({"lists": lists})
    else:
        consoles.data().print(lists_table(lists))
    if lists.partial:
        consoles.words().print(partial_note())
    return Exit.OK
