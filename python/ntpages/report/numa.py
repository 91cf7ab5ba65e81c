"""NUMA nodes as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ntpages.numa import GroupProcessors, Node


def nodes_text(nodes: Sequence[Node]) -> str:
    """Return how many nodes there are, then a line for each group and one for the memory."""
    return "\n".join(_lines(nodes))


def _lines(nodes: Sequence[Node]) -> Iterator[str]:
    yield f"NUMA nodes: {len(nodes)}"
    for node in nodes:
        yield f"Node {node.number}:\t{_processors(node)}"
        yield from (f"\t{_processors(more)}" for more in node.groups[1:])
        memory = "unknown" if node.available is None else f"{node.available >> 10} KB"
        yield f"\tAvailable memory: {memory}"


def _processors(of: Node | GroupProcessors) -> str:
    return f"Processor Group: {of.group:2}, Affinity: 0x{of.affinity:08X}"
