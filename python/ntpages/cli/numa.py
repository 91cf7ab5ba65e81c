"""``ntpages numa``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ntpages import numa
from ntpages.cli.listing import Listing, Look, listing
from ntpages.report.numa import nodes_text

if TYPE_CHECKING:
    from ntpages.cli.exits import Exit

_NAMES = ("number", "group", "affinity", "processor_count", "available")


@click.command("numa")
@listing(names=_NAMES)
def numa_command(*, listing: Listing) -> Exit:
    """Show the machine's NUMA nodes: their processors and their available memory.

    In columns, group and affinity are of a node's first group, and processors of all of them.
    """
    return listing.show(
        lambda: Look(names=_NAMES, rows=numa.nodes(), key="nodes", people=nodes_text)
    )
