"""``ntpages system``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Group
from rich.text import Text

from ntpages import system
from ntpages.cli.arguments import timeline_option
from ntpages.cli.listing import Listing, Look, listing
from ntpages.errors import UnavailableError
from ntpages.report import system as shown
from ntpages.report.cells import size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from ntpages.cli.exits import Exit
    from ntpages.system import PageFile, SystemMemory


@click.command("system")
@listing(rows=False, csv=False, picture=timeline_option, still=False)
def system_command(*, listing: Listing) -> Exit:
    """Show the machine's memory totals, page sizes and page files.

    With --watch and --picture, what is in use and what is committed is drawn over time.
    """

    def look() -> Look:
        memory = system.memory()
        try:
            files = system.pagefiles()
        except UnavailableError:
            files = None
        return Look(
            document={
                "memory": memory,
                "page_size": system.page_size(),
                "allocation_granularity": system.allocation_granularity(),
                "large_page_size": system.large_page_size(),
                "pagefiles": files,
            },
            people=lambda _: Group(*_parts(memory, files)),
            series={
                "commit limit": memory.commit_limit,
                "committed": memory.committed,
                "physical memory": memory.total,
                "physical memory that is taken": memory.total - memory.available,
            },
            title="Memory of the machine",
            words=[]
            if listing.as_json or files is not None
            else ["Page files: this Windows does not say."],
        )

    return listing.show(look)


def _parts(memory: SystemMemory, files: Sequence[PageFile] | None) -> Iterator[RenderableType]:
    yield Text(str(system.windows()))
    yield (
        f"page {size(system.page_size())}, "
        f"large page {size(system.large_page_size())}, "
        f"allocation granularity {size(system.allocation_granularity())}"
    )
    yield shown.memory_table(memory)
    if files:
        yield shown.pagefiles_table(files)
    elif files is not None:
        yield "No page file."
