"""Memory lists: the kernel's page lists, and the commands that move pages between them.

Windows keeps every physical page on a list. Pages taken from a working set wait on the
*modified* list (they must be written first) or on the *standby* list (their content can be
given up at once), by priority 0 to 7; *free* and *zero* pages are ready for use. Emptying
working sets, flushing the modified list and purging the standby list, in this order, turns
all that is idle into free pages: what RAMMap's Empty menu does.

Freed pages are not free of cost: programs fault them back in. Measure with
``ntpages.system.fault_counters()`` whether a cleaning helped.
"""

from __future__ import annotations

from ntpages._native.memory_lists import MemoryLists
from ntpages.memory_lists.cleaning import (
    DEFRAG,
    CleanReport,
    Step,
    StepResult,
)
from ntpages.memory_lists.commands import (
    capture_accessed,
    clean,
    combine_pages,
    defrag,
    empty_file_cache,
    empty_working_sets,
    flush_modified,
    flush_volumes,
    purge_standby,
    query,
    reconcile_registry,
)
from ntpages.memory_lists.dropping import DroppedFile, drop_file

__all__ = [
    "DEFRAG",
    "CleanReport",
    "DroppedFile",
    "MemoryLists",
    "Step",
    "StepResult",
    "capture_accessed",
    "clean",
    "combine_pages",
    "defrag",
    "drop_file",
    "empty_file_cache",
    "empty_working_sets",
    "flush_modified",
    "flush_volumes",
    "purge_standby",
    "query",
    "reconcile_registry",
]

__dir__ = __all__.copy
