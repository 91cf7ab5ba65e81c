from dataclasses import dataclass
from enum import IntEnum

class MemoryListCommand(IntEnum):
    CAPTURE_ACCESSED_BITS = 0
    CAPTURE_AND_RESET_ACCESSED_BITS = 1
    EMPTY_WORKING_SETS = 2
    FLUSH_MODIFIED_LIST = 3
    PURGE_STANDBY_LIST = 4
    PURGE_LOW_PRIORITY_STANDBY_LIST = 5

@dataclass(frozen=True)
class MemoryLists:
    """The sizes of the page lists at one moment, in bytes."""

    zero: int
    """Free and already zeroed."""
    free: int
    """Free, content meaningless."""
    modified: int | None
    """Out of every working set, to be written before reuse; ``None`` where ``partial``."""
    modified_no_write: int | None
    """As modified, held back from writing by a file system; ``None`` where ``partial``."""
    modified_page_file: int | None
    """The part of ``modified`` that goes to page files; ``None`` where ``partial``."""
    bad: int | None
    """Taken out of use after memory errors; ``None`` where ``partial``."""
    standby: tuple[int, ...]
    """Out of every working set, content intact, reusable at once; by priority 0 to 7."""
    repurposed: tuple[int, ...]
    """Standby pages given to somebody else since the system started; by priority 0 to 7."""

    @property
    def partial(self) -> bool:
        """Whether only the system's memory partition answered, which anyone may ask.

        The token lacks the privilege, and what is modified or bad is not known.
        """
    @property
    def standby_total(self) -> int:
        """Bytes on all eight standby lists."""

    @property
    def ready(self) -> int:
        """Bytes ready for use: zero plus free."""

def query_memory_lists() -> MemoryLists: ...
def query_partial_memory_lists() -> MemoryLists: ...
def command_memory_lists(command: MemoryListCommand) -> None: ...
def query_file_cache() -> int: ...
def empty_file_cache() -> None: ...
def combine_pages() -> int: ...
def reconcile_registry() -> None: ...
def purge_file(path: str) -> None: ...
def flush_volumes() -> list[str]: ...
