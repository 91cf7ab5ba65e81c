"""``ntpages lists``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from ntpages import memory_lists
from ntpages.cli.arguments import picture_option
from ntpages.cli.listing import Listing, Look, listing
from ntpages.report.memory_lists import lists as shown
from ntpages.report.memory_lists.picture import lists_picture

if TYPE_CHECKING:
    from ntpages.cli.exits import Exit


@click.command("lists")
@listing(rows=False, picture=picture_option)
def lists_command(*, listing: Listing) -> Exit:
    """Show the kernel's page lists, the standby list by priority.

    With --watch and --picture, they are drawn over time.
    """

    def look() -> Look:
        lists = memory_lists.query()
        return Look(
            names=shown.ListLine.__match_args__,
            rows=[shown.ListLine(name, size) for name, size in shown.each(lists)],
            document={"lists": lists},
            people=lambda _: shown.lists_table(lists),
            draw=partial(lists_picture, lists),
            series=dict(shown.each(lists)),
            title="Memory lists: where the pages are that no process has at hand",
            words=[shown.partial_note()] if lists.partial else [],
        )

    return listing.show(look)
