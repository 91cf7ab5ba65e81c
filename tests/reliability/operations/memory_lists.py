"""The kernel's page lists, on the modelled machine."""

from __future__ import annotations

from ntpages import memory_lists
from ntpages.memory_lists import CleanReport, MemoryLists, Step
from reliability.operations import operation
from reliability.operations.privileges import SWITCHING

LOOKS = dict.fromkeys(
    ("NtQuerySystemInformation", *SWITCHING),
    "the step is done; the report says that nobody could look",
)


def outcome(report: CleanReport) -> tuple[MemoryLists | None, MemoryLists | None]:
    report.raise_if_refused()
    return report.before, report.after


@operation(models=("memory_lists",))
def query() -> object:
    return memory_lists.query()


@operation(models=("memory_lists",), absorbs=LOOKS)
def defrag() -> object:
    return outcome(memory_lists.defrag())


@operation(models=("memory_lists", "volumes"), absorbs=LOOKS)
def clean_with_every_step() -> object:
    return outcome(memory_lists.clean(Step))


@operation(models=("memory_lists",))
def capture_accessed() -> None:
    memory_lists.capture_accessed(reset=True)


@operation(models=("volumes",))
def flush_volumes() -> object:
    return memory_lists.flush_volumes()
