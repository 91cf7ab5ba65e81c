"""Checks of NUMA nodes."""

from __future__ import annotations

from ntpages import numa
from ntpages.doctor.checks.check import NotHereError, Room, Seen
from ntpages.regions import Region

_room = Room("numa")
CHECKS = _room.checks

_PAGE = 4096


@_room.check()
def placement() -> Seen:
    """Memory that prefers the last node comes from it once it is touched."""
    nodes = [node.number for node in numa.nodes()]
    if len(nodes) == 1:
        msg = "there is one node"
        raise NotHereError(msg)
    with Region(16 * _PAGE, node=nodes[-1]) as region:
        region.view()[0] = 1
        found = numa.node_of(region)
    return Seen(found == nodes[-1], f"node {found} of {nodes}")


@_room.check()
def topology() -> Seen:
    """Every node has a number of its own, and every processor is in one node."""
    nodes = numa.nodes()
    distinct = len({node.number for node in nodes}) == len(nodes)
    all_of_them = [
        (part.group, one) for node in nodes for part in node.groups for one in part.processors
    ]
    counted = len(all_of_them) == len(set(all_of_them)) > 0
    said = "; ".join(
        f"{node.number}: groups {[part.group for part in node.groups]}, "
        f"{node.processor_count} processors"
        for node in nodes
    )
    return Seen(distinct and counted, said)
