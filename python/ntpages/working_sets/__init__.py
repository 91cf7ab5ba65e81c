"""Working sets: the physical memory that processes have at hand, how much of it, and which pages.

Trimming takes pages out of a working set. They stay in memory, on the modified or the standby
list, until something else needs the room; a process that touches one again pays a page fault.
So trimming helps when memory is short and a process sits idle, and costs when it does not:
``trim_where()`` counts the faults that follow. Which pages go first where memory is short is told
beforehand by their memory priority, of a process, of a thread or of some pages.

Source: ``SetProcessWorkingSetSizeEx`` (``memoryapi.h``), Windows Vista; ``EmptyWorkingSet``,
``QueryWorkingSetEx`` (``psapi.h``), Windows XP and Vista.
"""

from __future__ import annotations

from ntpages._native.working_sets import Limits, MemoryPriority, Resident, TrimmedRange
from ntpages.working_sets.limits import limits, set_limits
from ntpages.working_sets.pages import PageRow, pages
from ntpages.working_sets.priority import (
    memory_priority,
    set_memory_priority,
    set_page_priority,
    set_thread_memory_priority,
    thread_memory_priority,
)
from ntpages.working_sets.resident import resident
from ntpages.working_sets.trimming import (
    Refused,
    Trimmed,
    TrimReport,
    trim,
    trim_range,
    trim_where,
)

__all__ = [
    "Limits",
    "MemoryPriority",
    "PageRow",
    "Refused",
    "Resident",
    "TrimReport",
    "Trimmed",
    "TrimmedRange",
    "limits",
    "memory_priority",
    "pages",
    "resident",
    "set_limits",
    "set_memory_priority",
    "set_page_priority",
    "set_thread_memory_priority",
    "thread_memory_priority",
    "trim",
    "trim_range",
    "trim_where",
]

__dir__ = __all__.copy
