"""``ntpages numa``."""

from __future__ import annotations

import click

from ntpages import numa, report
from ntpages.cli import Exit
from ntpages.report.numa import nodes_text


@click.command("numa")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; sizes in bytes.")
def numa_command(*, as_json: bool) -> Exit:
    """Show the machine's NUMA nodes: their processors and their available memory."""
    nodes = numa.nodes()
    if as_json:
        report.print_json({"nodes": nodes})
    else:
        click.echo(nodes_text(nodes))
    return Exit.OK
