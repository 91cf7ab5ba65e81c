"""``ntpages system``."""

from __future__ import annotations

import click

from ntpages import system
from ntpages.cli.arguments import as_json
from ntpages.cli.exits import Exit
from ntpages.errors import UnavailableError
from ntpages.report import consoles, documents
from ntpages.report import system as shown
from ntpages.report.cells import size


@click.command("system")
@as_json
def system_command(*, as_json: bool) -> Exit:
    """Show the machine's memory totals, page sizes and page files."""
    memory = system.memory()
    try:
        files = system.pagefiles()
    except UnavailableError:
        files = None
    if as_json:
        documents.print_document(
            {
                "memory": memory,
                "page_size": system.page_size(),
                "allocation_granularity": system.allocation_granularity(),
                "large_page_size": system.large_page_size(),
                "pagefiles": files,
            }
        )
        return Exit.OK
    out = consoles.data()
    out.print(str(system.windows()))
    out.print(
        f"page {size(system.page_size())}, "
        f"large page {size(system.large_page_size())}, "
        f"allocation granularity {size(system.allocation_granularity())}"
    )
    out.print(shown.memory_table(memory))
    if files is None:
        consoles.words().print("Page files: this Windows does not say.")
    elif files:
        out.print(shown.pagefiles_table(files))
    else:
        out.print("No page file.")
    return Exit.OK
