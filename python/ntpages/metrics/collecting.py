"""Looks at the machine, and what they found as samples."""

from __future__ import annotations

import heapq
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ntpages import __version__, arguments, memory_lists, numa, physical, privileges, system
from ntpages import processes as all_processes
from ntpages._native import physical as native
from ntpages.errors import NtError
from ntpages.guard.places import store_path
from ntpages.guard.store import read_totals
from ntpages.memory_lists.cleaning import PROFILE
from ntpages.metrics.families import FAMILIES, Family
from ntpages.owner import Unique

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ntpages.table import Column, Table

    Question = tuple[str, Callable[[list["Refusal"]], Iterable["Sample"]]]

__all__ = ["Collection", "Collector", "Refusal", "Sample", "collect"]

OTHERS = "(others)"
"""The label of what is below the first so many: no file and no tag can be called this."""
_MOST = 10_000  # series of a metric, beyond what any store likes


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a metric."""

    name: str
    """Of the metric: ``FAMILIES`` says what it means."""
    labels: tuple[str, ...]
    """Values of its labels, in their order."""
    value: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """A question that Windows did not answer."""

    question: str
    """What was asked for: ``"memory lists"``, ``"page files"`` and the like."""
    call: str
    code: int
    """Windows' error, or the NTSTATUS of a function that has no other."""
    message: str


@dataclass(frozen=True, slots=True)
class Collection:
    """What one look found."""

    time: float
    """When it began, in seconds since 1970."""
    seconds: float
    """What it took."""
    samples: tuple[Sample, ...]
    refused: tuple[Refusal, ...]

    def by_family(self) -> Iterator[tuple[Family, tuple[Sample, ...]]]:
        """Yield every metric that was found, with its samples, in the order of ``FAMILIES``."""
        found: dict[str, list[Sample]] = {}
        for sample in self.samples:
            found.setdefault(sample.name, []).append(sample)
        for family in FAMILIES:
            if samples := found.get(family.name):
                yield family, tuple(samples)


class Collector(Unique):
    """Looks again and again, and remembers what programs counted before their processes ended.

    A counter must not fall. Windows counts by process, and forgets what has ended; so the sum over
    a program's processes falls with each that does. One that looks again keeps what it saw. What a
    process counts after the last look at it is lost.
    """

    __slots__ = ("_counting", "_ended", "_living", "_pids", "_top")

    def __init__(self, *, top: int = 20, pids: bool = False) -> None:
        """Prepare to look.

        Args:
            top: How many programs, by working set, and how many tags of the kernel's pools, by
                size, have series of their own, from 0 to 10,000; the others are one series.
            pids: Whether processes have series of their own, too: ``top`` of them. A process id
                is a label without bounds: each new process begins new series in the store.

        Raises:
            ValueError: ``top`` breaks its rule.
        """
        self._top = arguments.integer("top", top, least=0, most=_MOST)
        self._pids = arguments.boolean("pids", pids)
        self._counting = threading.Lock()
        self._living: dict[tuple[int, float], tuple[str, tuple[float, ...]]] = {}
        self._ended: dict[str, tuple[float, ...]] = {}

    def collect(self) -> Collection:
        """Ask Windows everything. What it refuses is absent, and said.

        Returns:
            What there is. No refusal of one question costs the answer to another.

        Needs: nothing; ``SeProfileSingleProcessPrivilege``, where it is held, for all lists.

        Source: as ``system.memory()``, as ``system.fault_counters()``, as ``system.pagefiles()``,
        as ``system.windows()``, as ``memory_lists.query()``, as ``numa.nodes()``, as
        ``physical.pools()``, as ``physical.compression()``, as ``processes.list_processes()``, as
        ``privileges.is_elevated()``, which says where a guard keeps its accounts;
        ``FAMILIES`` says which metric is whose.
        """
        began, clock = time.time(), time.perf_counter()
        samples: list[Sample] = []
        refused: list[Refusal] = []
        for question, answers in (*_OF_THE_MACHINE, *self._of_many):
            try:
                samples += answers(refused)
            except NtError as error:
                code = error.code or error.status
                refused.append(Refusal(question, error.call, code, str(error)))
        for each in refused:
            labels = (each.question, each.call, str(each.code))
            samples.append(Sample("ntpages_scrape_refused", labels, 1))
        seconds = time.perf_counter() - clock
        samples.append(Sample("ntpages_scrape_seconds", (), seconds))
        return Collection(began, seconds, tuple(samples), tuple(refused))

    @property
    def _of_many(self) -> tuple[Question, ...]:
        return ("pools", self._pools), ("processes", self._processes)

    # ---- the kernel's pools ------------------------------------------------------------------

    def _pools(self, _: list[Refusal]) -> Iterator[Sample]:
        tags = list(physical.pools())
        for pool in ("paged", "nonpaged"):
            sizes = {each.tag: getattr(each, pool) for each in tags}
            for tag, size in self._first(sizes).items():
                yield Sample("ntpages_pool_bytes", (tag, pool), size)

    def _first(self, sizes: dict[str, int]) -> dict[str, int]:
        """Return the largest by name, and the rest as one, so that all of it sums up."""
        first = {name: sizes[name] for name in heapq.nlargest(self._top, sizes, sizes.__getitem__)}
        rest = sum(sizes.values()) - sum(first.values())
        return {**first, OTHERS: rest} if len(first) < len(sizes) else first

    # ---- processes ---------------------------------------------------------------------------

    def _processes(self, _: list[Refusal]) -> Iterator[Sample]:
        rows = all_processes.list_processes()
        names = rows["name"].tolist()
        with self._counting:
            counted = self._counted(rows, names)
        sums = {gauge: _by_program(names, rows[column]) for gauge, column in _GAUGES.items()}
        sums = {"ntpages_program_processes": Counter(names), **sums}
        sizes = sums["ntpages_program_working_set_bytes"]
        first = heapq.nlargest(self._top, sizes, sizes.__getitem__)
        for gauge, values in sums.items():
            for program in first:
                yield Sample(gauge, (program,), values[program])
            if len(first) < len(values):
                rest = sum(values.values()) - sum(values[program] for program in first)
                yield Sample(gauge, (OTHERS,), rest)
        # What is not among the first has no counters: a sum over changing programs would fall.
        for program in first:
            for name, value in zip(_COUNTERS, counted[program], strict=True):
                yield Sample(name, (program,), value)
        if self._pids:
            for row in rows.sort("working_set", descending=True)[: self._top]:
                labels = (row.name, str(row.pid))
                yield Sample("ntpages_process_working_set_bytes", labels, row.working_set)
                yield Sample("ntpages_process_private_bytes", labels, row.private)
                yield Sample("ntpages_process_hard_faults_total", labels, row.hard_faults)

    def _counted(self, rows: Table[Any], names: list[str]) -> dict[str, tuple[float, ...]]:
        """Return what each program counted, with those of its processes that have ended."""
        ids = zip(rows["pid"].tolist(), rows["started"].tolist(), strict=True)
        numbers = zip(*(rows[column].tolist() for column in _COUNTERS.values()), strict=True)
        living = dict(zip(ids, zip(names, numbers, strict=True), strict=True))
        for process, (program, counts) in self._living.items():
            if process not in living:
                self._ended[program] = _sum(self._ended.get(program), counts)
        self._living = living
        totals = dict(self._ended)
        for program, counts in living.values():
            totals[program] = _sum(totals.get(program), counts)
        return totals


_GAUGES = {
    "ntpages_program_working_set_bytes": "working_set",
    "ntpages_program_private_working_set_bytes": "private_working_set",
    "ntpages_program_private_bytes": "private",
    "ntpages_program_handles": "handles",
}
_COUNTERS = {
    "ntpages_program_page_faults_total": "faults",
    "ntpages_program_hard_faults_total": "hard_faults",
    "ntpages_program_cpu_seconds_total": "cpu_time",
}


def _by_program(names: list[str], column: Column) -> Counter[str]:
    sums: Counter[str] = Counter()
    for name, value in zip(names, column.tolist(), strict=True):
        sums[name] += value
    return sums


def _sum(first: tuple[float, ...] | None, second: tuple[float, ...]) -> tuple[float, ...]:
    return second if first is None else tuple(map(sum, zip(first, second, strict=True)))


def collect(*, top: int = 20, pids: bool = False) -> Collection:
    """Return what one look finds: ``Collector(top=top, pids=pids).collect()``.

    What programs counted is the sum over those of their processes that live now.

    Args:
        top: As for ``Collector``.
        pids: As for ``Collector``.

    Raises:
        ValueError: ``top`` breaks its rule.

    Needs: as ``Collector.collect()``.

    Source: as ``Collector.collect()``.
    """
    return Collector(top=top, pids=pids).collect()


def _named(name: str, value: float | None, *labels: str) -> Iterator[Sample]:
    """Yield a sample, or none where Windows does not say."""
    if value is not None:
        yield Sample(f"ntpages_{name}", labels, value)


def _host(_: list[Refusal]) -> Iterator[Sample]:
    windows = system.windows()
    labels = (windows.version, str(windows.build), windows.wine or "", __version__)
    yield from _named("host_info", 1, *labels)


def _memory(_: list[Refusal]) -> Iterator[Sample]:
    memory = system.memory()
    for name, value in (
        ("memory_installed_bytes", memory.installed),
        ("memory_total_bytes", memory.total),
        ("memory_available_bytes", memory.available),
        ("memory_cache_bytes", memory.cache),
        ("memory_dirty_cache_bytes", memory.dirty_cache),
        ("memory_committed_bytes", memory.committed),
        ("memory_commit_limit_bytes", memory.commit_limit),
        ("memory_commit_peak_bytes", memory.commit_peak),
        ("memory_shared_committed_bytes", memory.shared_committed),
        ("memory_resident_available_bytes", memory.resident_available),
        ("memory_paged_pool_bytes", memory.kernel_paged),
        ("memory_nonpaged_pool_bytes", memory.kernel_nonpaged),
        ("processes", memory.processes),
        ("threads", memory.threads),
        ("handles", memory.handles),
    ):
        yield from _named(name, value)


def _faults(_: list[Refusal]) -> Iterator[Sample]:
    faults = system.fault_counters()
    yield from _named("page_faults_total", faults.page_faults)
    yield from _named("soft_faults_total", faults.transition_faults, "transition")
    yield from _named("soft_faults_total", faults.demand_zero_faults, "demand zero")
    yield from _named("soft_faults_total", faults.copy_on_write_faults, "copy on write")
    yield from _named("page_reads_total", faults.page_reads)
    yield from _named("pages_read_total", faults.pages_read)


def _lists(refused: list[Refusal]) -> Iterator[Sample]:
    lists = memory_lists.query()
    yield from _named("list_bytes", lists.zero, "zero")
    yield from _named("list_bytes", lists.free, "free")
    if lists.modified is not None and lists.modified_page_file is not None:
        mapped = lists.modified - lists.modified_page_file
        yield from _named("list_bytes", lists.modified_page_file, "modified, page file")
        yield from _named("list_bytes", mapped, "modified, mapped file")
    yield from _named("list_bytes", lists.modified_no_write, "modified, no write")
    yield from _named("list_bytes", lists.bad, "bad")
    if lists.partial:
        words = f"{PROFILE} is not held: what is modified and bad is not told"
        refused.append(Refusal("memory lists", "NtQuerySystemInformation", _NOT_HELD, words))
    for priority, (standby, repurposed) in enumerate(
        zip(lists.standby, lists.repurposed, strict=True)
    ):
        yield from _named("standby_bytes", standby, str(priority))
        yield from _named("standby_repurposed_bytes_total", repurposed, str(priority))


_NOT_HELD = 1314  # ERROR_PRIVILEGE_NOT_HELD


def _page_files(_: list[Refusal]) -> Iterator[Sample]:
    for file in system.pagefiles():
        path = file.path.removeprefix("\\??\\")
        yield from _named("pagefile_size_bytes", file.size, path)
        yield from _named("pagefile_used_bytes", file.used, path)
        yield from _named("pagefile_peak_bytes", file.peak, path)


def _nodes(_: list[Refusal]) -> Iterator[Sample]:
    for node in numa.nodes():
        yield from _named("numa_available_bytes", node.available, str(node.number))


def _store(_: list[Refusal]) -> Iterator[Sample]:
    with privileges.enabled_if_held(PROFILE):
        store = native.query_store()
    yield from _named("compression_stored_bytes", store.data)
    yield from _named("compression_used_bytes", store.compressed)


def _guard(refused: list[Refusal]) -> Iterator[Sample]:
    try:
        totals = read_totals(store_path())
    except FileNotFoundError:
        return  # no guard has run here
    except (OSError, ValueError) as wrong:
        refused.append(Refusal("guard", "sqlite3.connect", 0, str(wrong)))
        return
    for each in totals:
        yield from _named("guard_runs_total", each.runs, each.rule)
        yield from _named("guard_gained_bytes_total", each.gained, each.rule)
        yield from _named("guard_saved_seconds_total", each.saved, each.rule)
        yield from _named("guard_waited_seconds_total", each.waited, each.rule)
        yield from _named("guard_backoffs_total", each.backoffs, each.rule)


_OF_THE_MACHINE: tuple[Question, ...] = (
    ("host", _host),
    ("memory", _memory),
    ("faults", _faults),
    ("memory lists", _lists),
    ("page files", _page_files),
    ("NUMA nodes", _nodes),
    ("compression", _store),
    ("guard", _guard),
)
