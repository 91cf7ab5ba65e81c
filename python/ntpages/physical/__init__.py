"""Physical memory: where every page of the machine is, and who has it.

The kernel keeps a record of each page: the list it is on, what it is used for, whose it is. What
RAMMap shows in a window is data here: uses by lists, processes, files, priorities, single pages,
and ``account()``, whose parts sum up to all memory.

A look takes a second or so for each 64 GiB, and the pages go on changing meanwhile: no look is a
snapshot, and each says how far its sums are from the kernel's own. Security products may notice who
looks at every page.

Source: ``NtQuerySystemInformation`` class 79 (undocumented; phnt ``ntpfapi.h``), Windows Vista.
"""

from __future__ import annotations

from ntpages.physical.account import Group, MemoryAccount, Part, account
from ntpages.physical.census import (
    ProcessPagesRow,
    StandbyPriorityRow,
    Summary,
    UseRow,
    priorities,
    processes,
    summary,
)
from ntpages.physical.compression import (
    Compression,
    StoredRow,
    TrimmedCompression,
    compression,
    trim_compression,
)
from ntpages.physical.files import CachedFileRow, files
from ntpages.physical.pages import PageList, PageUse, PhysicalPageRow, of, pages
from ntpages.physical.pools import (
    BigAllocationRow,
    PoolRow,
    PoolTag,
    big_allocations,
    pool_tags,
    pools,
)
from ntpages.physical.ranges import RangeRow, RangeState, ranges

__all__ = [
    "BigAllocationRow",
    "CachedFileRow",
    "Compression",
    "Group",
    "MemoryAccount",
    "PageList",
    "PageUse",
    "Part",
    "PhysicalPageRow",
    "PoolRow",
    "PoolTag",
    "ProcessPagesRow",
    "RangeRow",
    "RangeState",
    "StandbyPriorityRow",
    "StoredRow",
    "Summary",
    "TrimmedCompression",
    "UseRow",
    "account",
    "big_allocations",
    "compression",
    "files",
    "of",
    "pages",
    "pool_tags",
    "pools",
    "priorities",
    "processes",
    "ranges",
    "summary",
    "trim_compression",
]

__dir__ = __all__.copy
