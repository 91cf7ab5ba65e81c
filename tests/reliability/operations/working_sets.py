"""Working sets, on the modelled machine."""

from __future__ import annotations

import threading

from ntpages import working_sets
from ntpages.working_sets import MemoryPriority
from reliability.operations import operation
from reliability.operations.privileges import SWITCHING
from reliability.operations.processes import NAMES, OPENING, PROCESSES, place, victim

MODELS = ("working_sets",)


@operation(models=MODELS, absorbs=OPENING)
def limits() -> object:
    return working_sets.limits(victim().pid)


# The trim is done by then; the report says that nobody could look what came of it.
AFTERWARDS = "a look that fails costs nothing of what was done"


@operation(models=MODELS, absorbs={**OPENING, **SWITCHING})
def set_limits() -> object:
    return working_sets.set_limits(victim().pid, minimum=1 << 20, hard_minimum=True)


@operation(models=MODELS, absorbs={**OPENING, "NtQueryInformationProcess": AFTERWARDS})
def trim() -> object:
    return working_sets.trim(victim().pid).after


@operation(models=MODELS, absorbs={**OPENING, "NtQueryInformationProcess": AFTERWARDS})
def trim_by_limits() -> object:
    return working_sets.trim(victim().pid, by_limits=True).after


@operation(
    models=MODELS,
    absorbs={
        **OPENING,
        **NAMES,
        "K32EmptyWorkingSet": "a refusal is told in the report, not raised",
        "GetProcessTimes": "a refusal is told in the report, not raised",
        "NtQuerySystemInformation": AFTERWARDS,
    },
    varies=PROCESSES,
)
def trim_where() -> object:
    report = working_sets.trim_where(pids=[victim().pid])
    return len(report.trimmed) + len(report.refused)


SMALLER = "a table that finds no smaller memory stays in the larger"


@operation(
    models=MODELS,
    absorbs={**OPENING, "VirtualAlloc #3": SMALLER, "VirtualAlloc #6": SMALLER},
)
def trim_range() -> object:
    return working_sets.trim_range(victim().pid, address=place(), size=8 * 4096).locked


@operation(models=MODELS, absorbs=OPENING)
def memory_priority() -> object:
    pid, thread = victim().pid, threading.get_native_id()
    return (
        working_sets.set_memory_priority(pid, MemoryPriority.NORMAL),
        working_sets.memory_priority(pid),
        working_sets.set_thread_memory_priority(thread, MemoryPriority.NORMAL),
        working_sets.thread_memory_priority(thread),
    )


@operation(models=MODELS, absorbs=OPENING)
def page_priority() -> object:
    pid, address = victim().pid, place()
    working_sets.set_page_priority(pid, address=address, size=4096, priority=MemoryPriority.LOW)
    return address


@operation(models=MODELS, absorbs=OPENING)
def resident() -> object:
    return working_sets.resident(victim().pid)


@operation(models=MODELS, absorbs={**OPENING, "VirtualAlloc #3": SMALLER})
def pages() -> object:
    pages = working_sets.pages(victim().pid, address=place(), size=8 * 4096)
    return pages.column("valid").tolist()
