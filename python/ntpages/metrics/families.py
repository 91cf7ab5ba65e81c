"""Every metric that there is: what it is called, what it means, and where Windows has it from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["FAMILIES", "Family", "Kind"]


class Kind(Enum):
    """What may be done with a metric."""

    GAUGE = "gauge"
    """A reading: it goes up and down."""
    COUNTER = "counter"
    """What there was so far: only how much it grows says something."""
    INFO = "info"
    """Always 1: its labels say it."""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric, by Prometheus' conventions."""

    name: str
    """What queries ask for, suffixes and all."""
    kind: Kind
    help: str
    """What it is, as a sentence without its full stop."""
    source: str
    """Windows' function, and class."""
    labels: tuple[str, ...] = ()
    """What tells its samples apart."""

    @property
    def unit(self) -> str:
        """Of its values: ``bytes``, ``seconds``, or nothing where they are counts."""
        plain = self.name.removesuffix("_total")
        return next((unit for unit in ("bytes", "seconds") if plain.endswith(f"_{unit}")), "")


_MEMORY = "GetPerformanceInfo"
_BASIC = "NtQuerySystemInformation, class 2"
_LISTS = "NtQuerySystemInformation, class 80; NtManagePartition, class 0"
_FILES = "NtQuerySystemInformation, class 144 or 18"
_STORE = "NtQuerySystemInformation, class 109"
_POOLS = "NtQuerySystemInformation, class 22"
_GUARD = "the store of the guard"
_PROCESSES = "NtQuerySystemInformation, class 5"


def _gauge(name: str, source: str, help: str, *labels: str) -> Family:  # noqa: A002 (its name)
    return Family(f"ntpages_{name}", Kind.GAUGE, help, source, labels)


def _counter(name: str, source: str, help: str, *labels: str) -> Family:  # noqa: A002
    return Family(f"ntpages_{name}_total", Kind.COUNTER, help, source, labels)


FAMILIES = (
    Family(
        "ntpages_host_info",
        Kind.INFO,
        "Which Windows this is, and which ntpages asked it",
        "RtlGetVersion",
        ("version", "build", "wine", "ntpages"),
    ),
    _gauge(
        "memory_installed_bytes",
        "GetPhysicallyInstalledSystemMemory",
        "Memory that the firmware reports",
    ),
    _gauge("memory_total_bytes", _MEMORY, "Memory that Windows can use"),
    _gauge("memory_available_bytes", _MEMORY, "Zero, free and standby pages: usable at once"),
    _gauge("memory_cache_bytes", _MEMORY, "The system cache's working set"),
    _gauge("memory_dirty_cache_bytes", "NtQuerySystemInformation, class 2", "File data to write"),
    _gauge("memory_committed_bytes", _MEMORY, "Commit charge: promised memory"),
    _gauge("memory_commit_limit_bytes", _MEMORY, "Commit charge that there can be"),
    _gauge("memory_commit_peak_bytes", _MEMORY, "Most commit charge since the system started"),
    _gauge("memory_shared_committed_bytes", _BASIC, "Commit charge of memory that is shared"),
    _gauge("memory_resident_available_bytes", _BASIC, "Memory that could be locked; may be < 0"),
    _gauge("memory_paged_pool_bytes", _MEMORY, "The kernel's pool that can be paged out"),
    _gauge("memory_nonpaged_pool_bytes", _MEMORY, "The kernel's pool that stays in memory"),
    _gauge("processes", _MEMORY, "Processes"),
    _gauge("threads", _MEMORY, "Threads, of all processes"),
    _gauge("handles", _MEMORY, "Open handles"),
    _counter("page_faults", _BASIC, "Page faults, hard and soft"),
    _counter("soft_faults", _BASIC, "Page faults that needed no disk, by kind", "kind"),
    _counter("page_reads", _BASIC, "Reads that hard faults took, from page and mapped files"),
    _counter("pages_read", _BASIC, "Pages that these reads brought in"),
    _gauge("list_bytes", _LISTS, "Pages in no working set, standby apart, by list", "list"),
    _gauge("standby_bytes", _LISTS, "Pages whose content is kept until needed", "priority"),
    _counter(
        "standby_repurposed_bytes",
        _LISTS,
        "Standby pages that were given to somebody else, by priority",
        "priority",
    ),
    _gauge("pagefile_size_bytes", _FILES, "Size of a page file", "file"),
    _gauge("pagefile_used_bytes", _FILES, "Of a page file, what is in use", "file"),
    _gauge("pagefile_peak_bytes", _FILES, "Of a page file, most that was in use", "file"),
    _gauge(
        "numa_available_bytes",
        "GetNumaAvailableMemoryNodeEx",
        "Of a node's memory, what is available",
        "node",
    ),
    _gauge("compression_stored_bytes", _STORE, "Memory that was compressed, as it was before"),
    _gauge("compression_used_bytes", _STORE, "What it takes, compressed"),
    _gauge("pool_bytes", _POOLS, "The kernel's pools, by driver's tag", "tag", "pool"),
    _gauge("program_processes", _PROCESSES, "Processes of a program", "program"),
    _gauge("program_working_set_bytes", _PROCESSES, "Memory they have at hand", "program"),
    _gauge(
        "program_private_working_set_bytes",
        _PROCESSES,
        "The part that no other process shares",
        "program",
    ),
    _gauge("program_private_bytes", _PROCESSES, "Memory that only they can use", "program"),
    _gauge("program_handles", _PROCESSES, "Their open handles", "program"),
    _counter("program_page_faults", _PROCESSES, "Their page faults, hard and soft", "program"),
    _counter("program_hard_faults", _PROCESSES, "Their page faults that read a disk", "program"),
    _counter("program_cpu_seconds", _PROCESSES, "Their processor time", "program"),
    _gauge("process_working_set_bytes", _PROCESSES, "Memory at hand", "program", "pid"),
    _gauge("process_private_bytes", _PROCESSES, "Memory that only it can use", "program", "pid"),
    _counter("process_hard_faults", _PROCESSES, "Faults that read a disk", "program", "pid"),
    _counter("guard_runs", _GUARD, "Runs of a guard's rule, to their end", "rule"),
    _counter("guard_gained_bytes", _GUARD, "Memory that they gave back", "rule"),
    _counter("guard_saved_seconds", _GUARD, "Waiting that they saved, at most", "rule"),
    _counter("guard_waited_seconds", _GUARD, "Waiting that they cost", "rule"),
    _counter("guard_backoffs", _GUARD, "How often it backed off: it did not pay", "rule"),
    _gauge(
        "scrape_refused",
        "the call that refused",
        "A question that Windows refused: what it would have told is absent",
        "question",
        "call",
        "code",
    ),
    _gauge("scrape_seconds", "QueryPerformanceCounter", "What all these questions took"),
)
"""In the order in which they are told."""
