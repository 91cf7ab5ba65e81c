"""One harmless call of everything public, on the modelled machine."""

from __future__ import annotations

import threading
from collections import ChainMap
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property
from inspect import isgenerator
from typing import TYPE_CHECKING, Any, TypeVar

from house import (
    calls_doctor,
    calls_guard,
    calls_metrics,
    calls_partitions,
    calls_physical,
    calls_processes,
    calls_sections,
)
from ntpages import (
    awe,
    errors,
    heaps,
    memory_lists,
    numa,
    partitions,
    physical,
    privileges,
    processes,
    regions,
    sparse,
    system,
    table,
    working_sets,
    write_watch,
)
from ntpages.memory_lists import Step
from ntpages.regions import Protection
from ntpages.working_sets import MemoryPriority

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab
    from target import Target

    Calls = dict[str, Callable[["Stage"], object]]
    Stages = Callable[[], AbstractContextManager["Stage"]]

PAGE = 4096
MODELS = (
    *("awe", "events", "heaps", "memory_lists", "numa", "partitions", "physical", "pools"),
    *("processes", "processes_pages", "regions", "regions_app", "sections", "compression"),
    *("system", "volumes", "working_sets", "privileges"),
)
HELD = ("SeLockMemoryPrivilege", "SeDebugPrivilege", "SeProfileSingleProcessPrivilege")

ROOMS = (
    *(calls_doctor, calls_guard, calls_metrics, calls_partitions, calls_physical),
    *(calls_processes, calls_sections),
)

Thing = TypeVar("Thing")


class Stage(calls_guard.Kept, calls_metrics.Fleet, calls_sections.SharedMemory):
    """Objects to call methods of, each made when it is first asked for."""

    def __init__(self, lab: Lab, target: Target, ends: ExitStack) -> None:
        for name in MODELS:
            lab.model(name)
        for name in HELD:
            lab.model("privileges").hold(name)
        self.target: Target = target
        self._ends = ends

    def keep(self, thing: Thing) -> Thing:
        """Close something when all is over."""
        self._ends.callback(thing.close)  # type: ignore[attr-defined]
        return thing

    @cached_property
    def frames(self) -> awe.PhysicalPages:
        return self.keep(awe.PhysicalPages(8))

    @cached_property
    def window(self) -> awe.Window:
        return self.keep(awe.Window(8 * PAGE))

    @cached_property
    def shown(self) -> awe.Window:
        """The window, with frames in it."""
        self.window.map(self.frames)
        return self.window

    @cached_property
    def heap(self) -> heaps.Heap:
        return self.keep(heaps.Heap.create())

    @cached_property
    def block(self) -> heaps.Block:
        return self.heap.allocate(100)

    @cached_property
    def entries(self) -> table.Table:
        return self.heap.walk()

    @cached_property
    def memory(self) -> heaps.GlobalMemory:
        return self.keep(heaps.GlobalMemory(100))

    @cached_property
    def pool(self) -> heaps.Pool:
        return self.keep(heaps.Pool(24))

    @cached_property
    def process(self) -> processes.Process:
        return self.keep(processes.Process(self.target.pid))

    @cached_property
    def values(self) -> processes.Values:
        start, end = self.there, self.there + PAGE
        return self.keep(processes.Values(self.process, kind="uint8", start=start, end=end))

    @cached_property
    def there(self) -> int:
        """Committed pages in the process."""
        return self.process.allocate(8 * PAGE)

    @cached_property
    def reset_there(self) -> int:
        self.process.reset(self.there, PAGE)
        return self.there

    @cached_property
    def locked_there(self) -> int:
        self.process.lock(self.there, PAGE)
        return self.there

    @cached_property
    def partition(self) -> partitions.Partition:
        return self.keep(partitions.Partition())

    @cached_property
    def named_partition(self) -> str:
        name = r"\BaseNamedObjects\staged"
        self.keep(partitions.Partition(name))
        return name

    @cached_property
    def region(self) -> regions.Region:
        return self.keep(regions.Region(16 * PAGE, write_watch=True))

    @cached_property
    def plain(self) -> regions.Region:
        """A region that is not watched."""
        return self.keep(regions.Region(16 * PAGE))

    @cached_property
    def bare(self) -> regions.Region:
        """A region that nothing is behind."""
        return self.keep(regions.Region(16 * PAGE, commit=False))

    @cached_property
    def offered(self) -> regions.Region:
        self.plain.offer()
        return self.plain

    @cached_property
    def was_reset(self) -> regions.Region:
        self.plain.reset()
        return self.plain

    @cached_property
    def held(self) -> regions.Region:
        """A region that is locked."""
        self.plain.lock()
        return self.plain

    @cached_property
    def place(self) -> regions.Placeholder:
        return self.keep(regions.Placeholder(16 * PAGE))

    @cached_property
    def rest(self) -> regions.Placeholder:
        return self.keep(self.place.split(8 * PAGE))

    @cached_property
    def buffer(self) -> sparse.SparseBuffer:
        buffer = self.keep(sparse.SparseBuffer(1 << 30))
        buffer.commit(0, PAGE)
        return buffer

    @cached_property
    def growable(self) -> sparse.GrowableBuffer:
        return self.keep(sparse.GrowableBuffer(b"some bytes"))

    @cached_property
    def grid(self) -> sparse.SparseGrid:
        grid = self.keep(sparse.SparseGrid(64, 64))
        grid.write(1, 2, "words")
        return grid

    @cached_property
    def array(self) -> Any:
        array = sparse.array((1024, 1024), "u1")
        array[0] = 1
        return array

    @cached_property
    def rows(self) -> table.Table:
        return table.Table("Row", {"number": [3, 1, 2], "word": ["c", "a", "b"]})

    @cached_property
    def column(self) -> table.Column:
        return self.rows.column("word")

    @cached_property
    def snapshots(self) -> write_watch.Snapshots:
        snapshots = self.keep(write_watch.Snapshots(self.region))
        snapshots.take()
        snapshots.take()
        return snapshots

    @cached_property
    def counters(self) -> system.FaultCounters:
        return system.fault_counters()

    @cached_property
    def account(self) -> physical.MemoryAccount:
        return physical.account()

    @cached_property
    def lists(self) -> memory_lists.MemoryLists:
        return memory_lists.query()

    @cached_property
    def cleaned(self) -> memory_lists.CleanReport:
        return memory_lists.defrag()

    @cached_property
    def trimmed(self) -> working_sets.TrimReport:
        return working_sets.trim_where(pids=[self.target.pid])


def finish(result: object) -> object:
    """End what a call has begun, and return what it gave: leave a block, release a view."""
    if isinstance(result, memoryview):
        result.release()
    elif isgenerator(result):
        return next(result, None)
    elif isinstance(result, AbstractContextManager) and not hasattr(result, "close"):
        with result as given:
            return given
    return result


# Where a class's object comes from: its properties are asked for there.
OBJECTS: dict[str, Callable[[Stage], object]] = {
    **ChainMap(*(room.OBJECTS for room in ROOMS)),
    "awe.PhysicalPages": lambda stage: stage.frames,
    "awe.Window": lambda stage: stage.window,
    "heaps.Block": lambda stage: stage.block,
    "heaps.Fragmentation": lambda stage: stage.heap.fragmentation(),
    "heaps.GlobalMemory": lambda stage: stage.memory,
    "heaps.Heap": lambda stage: stage.heap,
    "heaps.HeapSummary": lambda stage: stage.heap.summary(),
    "heaps.Pool": lambda stage: stage.pool,
    "memory_lists.CleanReport": lambda stage: stage.cleaned,
    "memory_lists.MemoryLists": lambda stage: stage.lists,
    "numa.GroupProcessors": lambda _: numa.nodes()[0].groups[0],
    "numa.Node": lambda _: numa.nodes()[0],
    "regions.LargePageStatus": lambda _: regions.large_page_status(),
    "regions.Placeholder": lambda stage: stage.place,
    "regions.Region": lambda stage: stage.region,
    "sparse.GrowableBuffer": lambda stage: stage.growable,
    "sparse.SparseBuffer": lambda stage: stage.buffer,
    "sparse.SparseGrid": lambda stage: stage.grid,
    "table.Column": lambda stage: stage.column,
    "table.Table": lambda stage: stage.rows,
    "working_sets.TrimReport": lambda stage: stage.trimmed,
    "write_watch.Snapshots": lambda stage: stage.snapshots,
}

CALLS: Calls = {
    **ChainMap(*(room.CALLS for room in ROOMS)),
    "awe.PhysicalPages": lambda stage: stage.keep(awe.PhysicalPages(2)),
    "awe.PhysicalPages.close": lambda stage: stage.frames.close(),
    "awe.Window": lambda stage: stage.keep(awe.Window(PAGE)),
    "awe.Window.close": lambda stage: stage.window.close(),
    "awe.Window.map": lambda stage: stage.window.map(stage.frames),
    "awe.Window.map_scatter": lambda stage: stage.window.map_scatter(stage.frames, {0: 1}),
    "awe.Window.unmap": lambda stage: stage.shown.unmap(),
    "awe.Window.view": lambda stage: stage.shown.view(),
    "errors.explain": lambda _: errors.explain(errors.NtError("why")),
    "heaps.Block.free": lambda stage: stage.block.free(),
    "heaps.GlobalMemory": lambda stage: stage.keep(heaps.GlobalMemory(100)),
    "heaps.GlobalMemory.adopt": lambda _: heaps.GlobalMemory.adopt(heaps.GlobalMemory(10).detach()),
    "heaps.GlobalMemory.close": lambda stage: stage.memory.close(),
    "heaps.GlobalMemory.detach": lambda stage: stage.memory.detach(),
    "heaps.GlobalMemory.handle_of": lambda _: heaps.GlobalMemory.handle_of(
        heaps.GlobalMemory(10, movable=False).detach()
    ),
    "heaps.GlobalMemory.resize": lambda stage: stage.memory.resize(200),
    "heaps.Heap.allocate": lambda stage: stage.heap.allocate(10),
    "heaps.Heap.at": lambda stage: heaps.Heap.at(stage.heap.address),
    "heaps.Heap.close": lambda stage: stage.heap.close(),
    "heaps.Heap.compact": lambda stage: stage.heap.compact(),
    "heaps.Heap.create": lambda _: heaps.Heap.create(),
    "heaps.Heap.default": lambda _: heaps.Heap.default(),
    "heaps.Heap.fragmentation": lambda stage: stage.heap.fragmentation(),
    "heaps.Heap.free": lambda stage: stage.heap.free(stage.block),
    "heaps.Heap.histogram": lambda stage: stage.heap.histogram(),
    "heaps.Heap.optimize": lambda stage: stage.heap.optimize(),
    "heaps.Heap.use_low_fragmentation": lambda stage: stage.heap.use_low_fragmentation(),
    "heaps.Heap.locked": lambda stage: stage.heap.locked(),
    "heaps.Heap.reallocate": lambda stage: stage.heap.reallocate(stage.block, 5000),
    "heaps.Heap.size": lambda stage: stage.heap.size(stage.block),
    "heaps.Heap.summary": lambda stage: stage.heap.summary(),
    "heaps.Heap.validate": lambda stage: stage.heap.validate(),
    "heaps.Heap.walk": lambda stage: stage.heap.walk(),
    "heaps.Pool": lambda stage: stage.keep(heaps.Pool(24)),
    "heaps.Pool.allocate": lambda stage: stage.pool.allocate(),
    "heaps.Pool.close": lambda stage: stage.pool.close(),
    "heaps.diff": lambda stage: heaps.diff(stage.entries, stage.entries),
    "heaps.fragmentation": lambda stage: heaps.fragmentation(stage.entries),
    "heaps.heaps": lambda _: heaps.heaps(),
    "heaps.histogram": lambda stage: heaps.histogram(stage.entries),
    "heaps.image_options": lambda _: heaps.image_options("nobody.exe"),
    "heaps.machine_segment_heap": lambda _: heaps.machine_segment_heap(),
    "heaps.optimize": lambda _: heaps.optimize(),
    "heaps.set_machine_segment_heap": lambda _: heaps.set_machine_segment_heap("on", dry_run=True),
    "heaps.set_image_options": lambda _: heaps.set_image_options(
        "nobody.exe", segment_heap="on", dry_run=True
    ),
    "heaps.walk_process": lambda stage: heaps.walk_process(stage.target.pid),
    "memory_lists.CleanReport.raise_if_refused": lambda stage: stage.cleaned.raise_if_refused(),
    "memory_lists.clean": lambda _: memory_lists.clean(Step),
    "numa.node_of": lambda stage: numa.node_of(stage.plain),
    "numa.nodes": lambda _: numa.nodes(),
    "privileges.disable": lambda _: privileges.disable("SeDebugPrivilege"),
    "privileges.enable": lambda _: privileges.enable("SeDebugPrivilege"),
    "privileges.enabled": lambda _: privileges.enabled("SeDebugPrivilege"),
    "privileges.enabled_if_held": lambda _: privileges.enabled_if_held("SeDebugPrivilege"),
    "privileges.accounts": lambda _: privileges.accounts("SeLockMemoryPrivilege"),
    "privileges.grant": lambda _: privileges.grant("SeLockMemoryPrivilege"),
    "privileges.held": lambda _: privileges.held(),
    "privileges.is_elevated": lambda _: privileges.is_elevated(),
    "privileges.revoke": lambda _: privileges.revoke("SeLockMemoryPrivilege"),
    "privileges.state": lambda _: privileges.state("SeDebugPrivilege"),
    "regions.Placeholder": lambda stage: stage.keep(regions.Placeholder(PAGE)),
    "regions.Placeholder.close": lambda stage: stage.place.close(),
    "regions.Placeholder.merge": lambda stage: stage.place.merge(stage.rest),
    "regions.Placeholder.of": lambda stage: regions.Placeholder.of(stage.place.replace()),
    "regions.Placeholder.replace": lambda stage: stage.place.replace(),
    "regions.Placeholder.split": lambda stage: stage.place.split(PAGE),
    "regions.Region": lambda stage: stage.keep(regions.Region(PAGE)),
    "regions.Region.close": lambda stage: stage.plain.close(),
    "regions.Region.commit": lambda stage: stage.bare.commit(),
    "regions.Region.decommit": lambda stage: stage.plain.decommit(),
    "regions.Region.discard": lambda stage: stage.plain.discard(),
    "regions.Region.lock": lambda stage: stage.plain.lock(),
    "regions.Region.locked": lambda stage: stage.plain.locked(),
    "regions.Region.offer": lambda stage: stage.plain.offer(),
    "regions.Region.prefetch": lambda stage: stage.plain.prefetch(),
    "regions.Region.protect": lambda stage: stage.plain.protect(Protection.READONLY),
    "regions.Region.protected": lambda stage: stage.plain.protected(Protection.READONLY),
    "regions.Region.reclaim": lambda stage: stage.offered.reclaim(),
    "regions.Region.reset": lambda stage: stage.plain.reset(),
    "regions.Region.spans": lambda stage: stage.plain.spans(),
    "regions.Region.undo_reset": lambda stage: stage.was_reset.undo_reset(),
    "regions.Region.unlock": lambda stage: stage.held.unlock(),
    "regions.Region.view": lambda stage: stage.plain.view(),
    "regions.large_page_status": lambda _: regions.large_page_status(2 << 20),
    "regions.prefetch": lambda stage: regions.prefetch(stage.plain),
    "regions.walk": lambda _: regions.walk(resident=True),
    "sparse.GrowableBuffer": lambda stage: stage.keep(sparse.GrowableBuffer()),
    "sparse.GrowableBuffer.append": lambda stage: stage.growable.append(bytes(4 << 20)),
    "sparse.GrowableBuffer.close": lambda stage: stage.growable.close(),
    "sparse.GrowableBuffer.extend": lambda stage: stage.growable.extend(4 << 20),
    "sparse.GrowableBuffer.truncate": lambda stage: stage.growable.truncate(),
    "sparse.SparseBuffer": lambda stage: stage.keep(sparse.SparseBuffer(1 << 20)),
    "sparse.SparseBuffer.close": lambda stage: stage.buffer.close(),
    "sparse.SparseBuffer.commit": lambda stage: stage.buffer.commit(1 << 20, PAGE),
    "sparse.SparseBuffer.decommit": lambda stage: stage.buffer.decommit(),
    "sparse.SparseBuffer.peek": lambda stage: stage.buffer.peek(0, 10),
    "sparse.SparseBuffer.reading": lambda stage: stage.buffer.reading(0, 10),
    "sparse.SparseBuffer.spans": lambda stage: stage.buffer.spans(),
    "sparse.SparseBuffer.trim": lambda stage: stage.buffer.trim(),
    "sparse.SparseGrid": lambda stage: stage.keep(sparse.SparseGrid(64, 64)),
    "sparse.SparseGrid.address_of": lambda stage: stage.grid.address_of(1, 2),
    "sparse.SparseGrid.cell": lambda stage: stage.grid.cell(1, 2),
    "sparse.SparseGrid.close": lambda stage: stage.grid.close(),
    "sparse.SparseGrid.read": lambda stage: stage.grid.read(1, 2),
    "sparse.SparseGrid.read_bytes": lambda stage: stage.grid.read_bytes(1, 2),
    "sparse.SparseGrid.release": lambda stage: stage.grid.release(1, 2),
    "sparse.SparseGrid.release_all": lambda stage: stage.grid.release_all(),
    "sparse.SparseGrid.write": lambda stage: stage.grid.write(3, 4, "words"),
    "sparse.array": lambda _: sparse.array((10, 10)),
    "sparse.buffer_of": lambda stage: sparse.buffer_of(stage.array),
    "sparse.touched": lambda stage: sparse.touched(stage.array),
    "system.FaultCounters.since": lambda stage: stage.counters.since(stage.counters),
    "system.allocation_granularity": lambda _: system.allocation_granularity(),
    "system.fault_counters": lambda _: system.fault_counters(),
    "system.large_page_size": lambda _: system.large_page_size(),
    "system.memory": lambda _: system.memory(),
    "system.page_size": lambda _: system.page_size(),
    "system.pagefiles": lambda _: system.pagefiles(),
    "system.wait_for_memory": lambda _: system.wait_for_memory("low", timeout=0),
    "system.windows": lambda _: system.windows(),
    "table.Column.tolist": lambda stage: stage.column.tolist(),
    "table.Table": lambda _: table.Table("Row", {"number": [1]}),
    "table.Table.column": lambda stage: stage.rows.column("number"),
    "table.Table.sort": lambda stage: stage.rows.sort("number"),
    "table.Table.take": lambda stage: stage.rows.take([0, 2]),
    "table.Table.to_arrow": lambda stage: stage.rows.to_arrow(),
    "table.Table.to_dict": lambda stage: stage.rows.to_dict(),
    "table.Table.to_pandas": lambda stage: stage.rows.to_pandas(),
    "table.Table.to_polars": lambda stage: stage.rows.to_polars(),
    "table.Table.where": lambda stage: stage.rows.where([True, False, True]),
    "working_sets.memory_priority": lambda stage: working_sets.memory_priority(stage.target.pid),
    "working_sets.set_memory_priority": lambda stage: working_sets.set_memory_priority(
        stage.target.pid, MemoryPriority.LOW
    ),
    "working_sets.set_page_priority": lambda stage: working_sets.set_page_priority(
        address=stage.region.address, size=PAGE, priority=MemoryPriority.LOW
    ),
    "working_sets.set_thread_memory_priority": lambda _: working_sets.set_thread_memory_priority(
        threading.get_native_id(), MemoryPriority.NORMAL
    ),
    "working_sets.thread_memory_priority": lambda _: working_sets.thread_memory_priority(
        threading.get_native_id()
    ),
    "working_sets.trim_range": lambda stage: working_sets.trim_range(
        address=stage.region.address, size=PAGE
    ),
    "working_sets.limits": lambda stage: working_sets.limits(stage.target.pid),
    "working_sets.pages": lambda stage: working_sets.pages(
        stage.target.pid, address=stage.there, size=8 * PAGE
    ),
    "working_sets.set_limits": lambda stage: working_sets.set_limits(
        stage.target.pid, hard_minimum=True
    ),
    "working_sets.trim": lambda stage: working_sets.trim(stage.target.pid),
    "working_sets.trim_where": lambda stage: working_sets.trim_where(pids=[stage.target.pid]),
    "write_watch.Snapshots": lambda stage: stage.keep(write_watch.Snapshots(stage.region)),
    "write_watch.Snapshots.changed": lambda stage: stage.snapshots.changed(0),
    "write_watch.Snapshots.close": lambda stage: stage.snapshots.close(),
    "write_watch.Snapshots.forget": lambda stage: stage.snapshots.forget(0),
    "write_watch.Snapshots.restore": lambda stage: stage.snapshots.restore(0),
    "write_watch.Snapshots.take": lambda stage: stage.snapshots.take(),
    "write_watch.dirty": lambda stage: write_watch.dirty(stage.region),
}

# What is not called, and why.
SPARED = {
    "heaps.terminate_on_corruption": "can't be undone in this process",
    "sections.View": "refuses: views come from Section.view()",
    "heaps.Heap": "refuses: heaps come from Heap.create()",
}
