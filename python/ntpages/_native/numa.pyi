from dataclasses import dataclass

@dataclass(frozen=True)
class Node:
    """Processors and the memory near to them."""

    number: int
    """From 0; the numbers may have gaps."""
    processors: tuple[int, ...]
    """Numbers of its processors in ``group``. Empty for a node of memory alone."""
    group: int
    """Processor group: Windows counts processors in groups of at most 64."""
    available: int | None
    """Bytes of memory that are free at the moment; ``None`` where this Windows does not say."""

    @property
    def affinity(self) -> int:
        """The processors as Windows writes them down: a bit for each."""

def query_numa_nodes() -> list[Node]: ...
def numa_node_of(address: int) -> int | None: ...
