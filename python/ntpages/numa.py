"""NUMA: which processors and which memory are near to one another.

A machine with several nodes has memory that some processors reach faster than others. Most
machines have one node, and everything here works on them too. ``Region(node=...)`` and
``PhysicalPages(node=...)`` prefer the memory of a node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import ntpages.errors  # noqa: F401 (what the compiled half raises)
from ntpages import arguments
from ntpages._native import numa as native
from ntpages._native.numa import GroupProcessors, Node
from ntpages._native.regions import Region

if TYPE_CHECKING:
    from collections.abc import Sized

    class Memory(Sized, Protocol):
        """Bytes at an address: a region, a sparse buffer, a window."""

        @property
        def address(self) -> int:
            """First byte."""


__all__ = ["GroupProcessors", "Node", "node_of", "nodes"]

__dir__ = __all__.copy


def nodes() -> list[Node]:
    """Return the nodes, by number.

    A node may have processors of several groups, as one with more than 64 must, or none, or no
    memory.

    Raises:
        NtError: Windows did not say which nodes there are.

    Source: ``GetLogicalProcessorInformationEx`` (sysinfoapi.h), ``GetNumaHighestNodeNumber``
    (systemtopologyapi.h), ``GetNumaAvailableMemoryNodeEx`` (winbase.h), Windows 7; all groups of a
    node with ``RelationNumaNodeEx``, Windows Server 2022.
    """
    return native.query_numa_nodes()


def node_of(region: Memory, offset: int = 0) -> int | None:
    """Return the node whose memory holds a byte.

    A page has memory from its first touch on, and may lose it to paging: read or write the byte
    first. The answer holds for the moment.

    Args:
        region: A ``Region``, or anything else with a length and an ``address``.
        offset: Bytes from its start.

    Returns:
        The node's number, or ``None`` while the page is not in RAM.

    Raises:
        TypeError: ``region`` has no length or no address.
        ValueError: ``region`` has no such byte, or is closed.
        NtError: Windows refused.

    Source: ``QueryWorkingSetEx`` (psapi.h), Windows Vista.
    """
    if isinstance(region, Region):  # asked in one step, in which it can't be closed
        if type(offset) is not int or offset:
            offset = arguments.integer("offset", offset, least=0, most=region.size - 1)
        return native.numa_node_in(region, offset)
    if not hasattr(type(region), "address"):
        msg = f"region must have an address, as a Region has, not {type(region).__name__}"
        raise TypeError(msg)
    if getattr(region, "closed", False):
        msg = f"{type(region).__name__} is closed"
        raise ValueError(msg)
    offset = arguments.integer("offset", offset, least=0, most=len(region) - 1)
    return native.numa_node_of(region.address + offset)
