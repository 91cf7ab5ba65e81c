"""NUMA nodes as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ntpages.numa import Node


def nodes_text(nodes: Sequence[Node]) -> str:
    """Return how many nodes there are, then two lines for each."""
    return "\n".join(_lines(nodes))


def _lines(nodes: Sequence[Node]) -> Iterator[str]:
    yield f"NUMA nodes: {len(nodes)}"
    for node in nodes:
        yield (
            f"Node {node.number}:\tProcessor Group: {node.group:2}, Affinity: 0x{node.affinity:08X}"
        )
        memory = "unknown" if node.available is None else f"{node.available >> 10} KB"
        yield f"\tAvailable memory: {memory}"
