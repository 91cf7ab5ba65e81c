"""``ntpages system``."""

from __future__ import annotations

import click

from ntpages import report, system
from ntpages.cli import Exit
from ntpages.errors import UnavailableError
from ntpages.report import system as tables


@click.command("system")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; sizes in bytes.")
def system_command(*, as_json: bool) -> Exit:
    """Show the machine's memory totals, page sizes and page files."""
    windows = system.windows()
    memory = system.memory()
    try:
        files = system.pagefiles()
    except UnavailableError:
        files = None
    if as_json:
        report.print_json(
            {
                "host": windows,
                "memory": memory,
                "page_size": system.page_size(),
                "allocation_granularity": system.allocation_granularity(),
                "large_page_size": system.large_page_size(),
                "pagefiles": files,
            }
        )
        return Exit.OK
    out = report.data()
    out.print(str(windows))
    out.print(
        f"page {report.size(system.page_size())}, "
        f"large page {report.size(system.large_page_size())}, "
        f"allocation granularity {report.size(system.allocation_granularity())}"
    )
    out.print(tables.memory_table(memory))
    if files is None:
        report.words().print("Page files: this Windows does not say.")
    elif files:
        out.print(tables.pagefiles_table(files))
    else:
        out.print("No page file.")
    return Exit.OK
