from dataclasses import dataclass

from ntpages._native.regions import Region

@dataclass(frozen=True)
class GroupProcessors:
    """Processors of one group: Windows counts them in groups of at most 64."""

    group: int
    """Number of the group."""
    processors: tuple[int, ...]
    """Their numbers in the group."""

    @property
    def affinity(self) -> int:
        """The processors as Windows writes them down: a bit for each."""

@dataclass(frozen=True)
class Node:
    """Processors and the memory near to them."""

    number: int
    """From 0; the numbers may have gaps."""
    groups: tuple[GroupProcessors, ...]
    """Its processors, group by group; empty for a node of memory alone."""
    available: int | None
    """Bytes of memory that are free at the moment; ``None`` where this Windows does not say."""

    @property
    def group(self) -> int:
        """Number of its first group, the one that Windows calls primary."""
    @property
    def affinity(self) -> int:
        """Its processors in ``group``, a bit for each."""
    @property
    def processors(self) -> tuple[int, ...]:
        """Numbers of its processors in ``group``: all it has, on most machines."""
    @property
    def processor_count(self) -> int:
        """How many processors it has, in all groups."""

def query_numa_nodes() -> list[Node]: ...
def numa_node_of(address: int) -> int | None: ...
def numa_node_in(region: Region, offset: int) -> int | None: ...
