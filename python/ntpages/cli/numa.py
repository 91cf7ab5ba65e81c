"""``ntpages numa``."""

from __future__ import annotations

import click

from ntpages import numa
from ntpages.cli.arguments import as_json
from ntpages.cli.exits import Exit
from ntpages.report import documents
from ntpages.report.numa import nodes_text


@click.command("numa")
@as_json
def numa_command(*, as_json: bool) -> Exit:
    """Show the machine's NUMA nodes: their processors and their available memory."""
    nodes = numa.nodes()
    if as_json:
        documents.print_document({"nodes": nodes})
    else:
        click.echo(nodes_text(nodes))
    return Exit.OK
