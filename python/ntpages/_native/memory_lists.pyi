from enum import IntEnum
from typing import Final

class MemoryListCommand(IntEnum):
    CAPTURE_ACCESSED_BITS = 0
    CAPTURE_AND_RESET_ACCESSED_BITS = 1
    EMPTY_WORKING_SETS = 2
    FLUSH_MODIFIED_LIST = 3
    PURGE_STANDBY_LIST = 4
    PURGE_LOW_PRIORITY_STANDBY_LIST = 5

class MemoryListPages:
    # Pages.

    zero: Final[int]
    free: Final[int]
    modified: Final[int]
    modified_no_write: Final[int]
    modified_page_file: Final[int]
    bad: Final[int]
    standby: Final[list[int]]
    repurposed: Final[list[int]]

def query_memory_lists() -> MemoryListPages: ...
def command_memory_lists(command: MemoryListCommand) -> None: ...
def empty_file_cache() -> None: ...
def combine_pages() -> int: ...
def reconcile_registry() -> None: ...
def flush_volumes() -> list[str]: ...
