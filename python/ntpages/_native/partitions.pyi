from dataclasses import dataclass
from typing import overload

@dataclass(frozen=True)
class PartitionMemory:
    """How much memory a partition has, and what of it is in use. Bytes, unless it says so."""

    id: int
    """Its number; 0 is the system's."""
    node: int
    """NUMA node that is told of; not bytes."""
    nodes: int
    """How many nodes it has memory of."""
    total: int
    """RAM that belongs to it."""
    available: int
    """Zero, free and standby pages."""
    resident_available: int
    """What can still be locked or taken for good."""
    committed: int
    """What its processes are charged for."""
    commit_limit: int
    """Most that they can be charged for, as the page files stand."""
    commit_peak: int
    """Most that they ever were."""
    commit_limit_maximum: int
    """What the limit can grow to."""
    zero: int
    """Free and already zeroed."""
    free: int
    """Free, content meaningless."""
    standby_total: int
    """Out of every working set, content intact, reusable at once."""
    standby: tuple[int, ...]
    """The same by priority 0 to 7."""
    repurposed: tuple[int, ...]
    """Standby pages given to somebody else since the system started; by priority 0 to 7."""

class Partition:
    @overload
    def __init__(self, name: str | None, node: int | None) -> None: ...
    @overload
    def __init__(self, name: str, *, modify: bool) -> None: ...
    def close(self) -> None:
        """Let go of the partition. Closing twice is harmless.

        With its last handle a partition ends, once no process has memory of it, and its pages go
        back to the system's.

        Source: ``CloseHandle`` (handleapi.h), Windows XP.
        """
    @property
    def closed(self) -> bool:
        """Whether it has been closed."""
    @property
    def handle(self) -> int:
        """Windows' handle, for ``Region(partition=)`` and for other libraries.

        Raises:
            ValueError: The partition is closed.
        """
    def memory(self) -> PartitionMemory:
        """Return how much memory the partition has, and what of it is in use.

        Raises:
            ValueError: The partition is closed.
            AccessDeniedError: It may not be asked.
            NtError: Windows refused, or tells it in another length.

        Source: ``NtManagePartition``, class ``SystemMemoryPartitionInformation`` (phnt
        ``ntmmapi.h``, undocumented), Windows 10 1703.
        """
    def _take(self, pages: int, node: int | None) -> None: ...

def system_memory() -> PartitionMemory: ...
def current_memory() -> PartitionMemory: ...
