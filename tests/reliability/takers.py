"""Every public call that takes a number, and what methods are called on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ntpages import (
    awe,
    guard,
    heaps,
    metrics,
    numa,
    partitions,
    physical,
    regions,
    sections,
    sparse,
    working_sets,
    write_watch,
)
from ntpages.processes import Needle, Pattern, Process, Values
from ntpages.table import Table
from ntpages.working_sets import MemoryPriority

PAGE = 4096
ME = os.getpid()


class Things(NamedTuple):
    """What methods are called on."""

    region: regions.Region
    section: sections.Section
    view: sections.View
    ring: sections.Ring
    snapshots: write_watch.Snapshots
    buffer: sparse.SparseBuffer
    grid: sparse.SparseGrid
    growable: sparse.GrowableBuffer
    heap: heaps.Heap
    block: heaps.Block
    process: Process
    table: Table


@contextlib.contextmanager
def things() -> Iterator[Things]:
    with contextlib.ExitStack() as stack:
        region = stack.enter_context(regions.Region(4 * PAGE, write_watch=True))
        snapshots = stack.enter_context(write_watch.Snapshots(region))
        snapshots.take()
        heap = stack.enter_context(heaps.Heap.create())
        yield Things(
            region=region,
            section=(section := stack.enter_context(sections.Section(1 << 20))),
            view=stack.enter_context(section.view()),
            ring=stack.enter_context(sections.Ring(1 << 20)),
            snapshots=snapshots,
            buffer=stack.enter_context(sparse.SparseBuffer(4 * PAGE, chunk=PAGE)),
            grid=stack.enter_context(sparse.SparseGrid(4, 4)),
            growable=stack.enter_context(sparse.GrowableBuffer(bytes(PAGE))),
            heap=heap,
            block=heap.allocate(8),
            process=stack.enter_context(Process(os.getpid())),
            table=Table("Thing", {"number": [1, 2, 3]}),
        )


class Call(NamedTuple):
    """A public call with one number in question."""

    argument: str
    make: Callable[[Things, Any], object]
    good: int | None
    """A number that it takes; None where taking it would cost the machine too much."""
    refusal: type[Exception] = ValueError
    below_zero: bool = False
    """Whether it takes numbers below zero."""


def followed(name: str, good: int, **how: Any) -> Call:
    how = {"kind": "uint64", **how}
    return Call(name, lambda t, v: Values(t.process, **{**how, name: v}).close(), good)


CALLS = {
    "awe.PhysicalPages(count)": Call("count", lambda _, v: awe.PhysicalPages(v), None),
    "awe.PhysicalPages(node)": Call("node", lambda _, v: awe.PhysicalPages(1, node=v), None),
    "awe.Window": Call("size", lambda _, v: awe.Window(v), None),
    "guard.read_log": Call("limit", lambda _, v: guard.read_log("absent", limit=v), None),
    "heaps.Heap.create(initial)": Call("initial", lambda _, v: heaps.Heap.create(v).close(), 0),
    "heaps.Heap.create(maximum)": Call("maximum", lambda _, v: heaps.Heap.create(0, v).close(), 0),
    "heaps.Heap.at": Call("address", lambda _, v: heaps.Heap.at(v), heaps.Heap.default().address),
    "heaps.Heap.reallocate": Call("size", lambda t, v: t.heap.reallocate(t.block, v), 64),
    "heaps.Pool": Call("item_size", lambda _, v: heaps.Pool(v).close(), 64),
    "heaps.Pool(initial)": Call("initial", lambda _, v: heaps.Pool(8, initial=v).close(), 64),
    "heaps.Pool(maximum)": Call("maximum", lambda _, v: heaps.Pool(8, maximum=v).close(), 64),
    "heaps.GlobalMemory.resize": Call("size", lambda _, v: heaps.GlobalMemory(8).resize(v), 64),
    "heaps.GlobalMemory.handle_of": Call(
        "address", lambda _, v: heaps.GlobalMemory.handle_of(v), None
    ),
    "heaps.set_image_options": Call(
        "stack_database",
        lambda _, v: heaps.set_image_options("nobody.exe", stack_database=v, dry_run=True),
        8 << 20,
    ),
    "heaps.GlobalMemory": Call("size", lambda _, v: heaps.GlobalMemory(v).close(), 64),
    "heaps.GlobalMemory.adopt": Call("handle", lambda _, v: heaps.GlobalMemory.adopt(v), None),
    "heaps.walk_process": Call("pid", lambda _, v: heaps.walk_process(v), None),
    "metrics.Collector": Call("top", lambda _, v: metrics.Collector(top=v), 5),
    "metrics.Exporter": Call("port", lambda _, v: metrics.Exporter(v).close(), None),
    "metrics.Exporter(top)": Call("top", lambda _, v: metrics.Exporter(0, top=v).close(), 5),
    "metrics.collect": Call("top", lambda _, v: metrics.collect(top=v), 5),
    "numa.node_of": Call("offset", lambda t, v: numa.node_of(t.region, v), 1),
    "partitions.Partition": Call("node", lambda _, v: partitions.Partition(node=v), None),
    "physical.of": Call("address", lambda _, v: physical.of(address=v), None),
    "physical.pages(start)": Call("start", lambda _, v: physical.pages(start=v), None),
    "physical.pages(end)": Call("end", lambda _, v: physical.pages(end=v), None),
    "physical.pages(pid)": Call("pid", lambda _, v: physical.pages(pid=v), None),
    "physical.pages(file)": Call("file", lambda _, v: physical.pages(file=v), None),
    "physical.trim_compression": Call("size", lambda _, v: physical.trim_compression(v), None),
    "processes.Process": Call("pid", lambda _, v: Process(v).close(), ME),
    "processes.read(address)": Call(
        "address", lambda t, v: t.process.read(v, 1, partial=True), PAGE
    ),
    "processes.read(size)": Call("size", lambda t, v: t.process.read(t.region.address, v), 16),
    "processes.read_many(addresses)": Call(
        "addresses[0]", lambda t, v: t.process.read_many([v], 1), PAGE
    ),
    "processes.read_many(size)": Call(
        "size", lambda t, v: t.process.read_many([t.region.address], v), 8
    ),
    "processes.write": Call("address", lambda t, v: t.process.write(v, b""), PAGE),
    "processes.allocate(at)": Call("at", lambda t, v: t.process.allocate(PAGE, at=v), None),
    "processes.allocate(node)": Call("node", lambda t, v: t.process.allocate(PAGE, node=v), None),
    "processes.allocate(lowest)": Call(
        "lowest", lambda t, v: t.process.allocate(PAGE, lowest=v), None
    ),
    "processes.allocate(alignment)": Call(
        "alignment", lambda t, v: t.process.allocate(PAGE, alignment=v), None
    ),
    "processes.allocate(machine)": Call(
        "machine", lambda t, v: t.process.allocate(PAGE, machine=v), None
    ),
    "processes.reset(address)": Call("address", lambda t, v: t.process.reset(v, PAGE), None),
    "processes.reset(size)": Call("size", lambda t, v: t.process.reset(t.region.address, v), PAGE),
    "processes.undo_reset": Call("address", lambda t, v: t.process.undo_reset(v, PAGE), None),
    "processes.lock(address)": Call("address", lambda t, v: t.process.lock(v, 1), None),
    "processes.lock(size)": Call("size", lambda t, v: t.process.lock(t.region.address, v), None),
    "processes.unlock": Call("size", lambda t, v: t.process.unlock(t.region.address, v), None),
    "processes.read_value": Call("address", lambda t, v: t.process.read_value(v, "int8"), None),
    "processes.write_value(address)": Call(
        "address", lambda t, v: t.process.write_value(v, 1, "int8"), None
    ),
    "processes.write_value(value)": Call(
        "value", lambda t, v: t.process.write_value(t.region.address, v, "uint8"), 1
    ),
    "processes.read_struct": Call("address", lambda t, v: t.process.read_struct(v, "<i"), None),
    "processes.read_text(limit)": Call(
        "limit", lambda t, v: t.process.read_text(t.region.address, limit=v), 9
    ),
    "processes.resolve(base)": Call("base", lambda t, v: t.process.resolve(v), PAGE),
    "processes.describe": Call("address", lambda t, v: t.process.describe(v), PAGE),
    "processes.pointer_paths(depth)": Call(
        "depth", lambda t, v: t.process.pointer_paths(0, depth=v, among=None, threads=0), None
    ),
    "processes.prefetch": Call("ranges[0]", lambda t, v: t.process.prefetch([(v, PAGE)]), PAGE),
    "processes.allocate(size)": Call("size", lambda t, v: t.process.allocate(v), None),
    "processes.commit": Call("size", lambda t, v: t.process.commit(t.region.address, v), 1),
    "processes.decommit": Call("address", lambda t, v: t.process.decommit(v, 1), None),
    "processes.free": Call("address", lambda t, v: t.process.free(v), None),
    "processes.protect": Call(
        "protection", lambda t, v: t.process.protect(t.region.address, PAGE, v), 4
    ),
    "processes.scan(start)": Call("start", lambda t, v: t.process.scan(b"x", start=v, end=v), PAGE),
    "processes.scan(end)": Call("end", lambda t, v: t.process.scan(b"x", end=v), PAGE),
    "processes.search(longest)": Call(
        "longest", lambda t, v: t.process.search(b"x", end=1, longest=v), 64
    ),
    "processes.search(limit)": Call(
        "limit", lambda t, v: t.process.search(b"x", end=1, limit=v), 1
    ),
    "processes.strings(minimum)": Call(
        "minimum", lambda t, v: t.process.strings(minimum=v, end=1), 5
    ),
    "processes.strings(start)": Call("start", lambda t, v: t.process.strings(start=v, end=v), PAGE),
    "processes.strings(end)": Call("end", lambda t, v: t.process.strings(end=v), PAGE),
    "processes.strings(limit)": Call("limit", lambda t, v: t.process.strings(end=1, limit=v), 1),
    "processes.scan(limit)": Call("limit", lambda t, v: t.process.scan(b"x", end=1, limit=v), 1),
    "processes.Values(threads)": followed("threads", 1, end=1),
    "processes.Values(value)": followed("value", 1, end=1),
    "processes.Pieces": Call(
        "piece",
        lambda t, v: t.process.read_many([PAGE, PAGE], 1)[v],
        1,
        IndexError,
        below_zero=True,
    ),
    "processes.Needle": Call("alignment", lambda _, v: Needle(b"x", b"\xff", v), 16),
    "processes.Pattern.integer(value)": Call(
        "value", lambda _, v: Pattern.integer(v), 1, below_zero=True
    ),
    "processes.Pattern.integer(size)": Call("size", lambda _, v: Pattern.integer(1, size=v), 8),
    "processes.Pattern.integer(alignment)": Call(
        "alignment", lambda _, v: Pattern.integer(1, alignment=v), 16
    ),
    "regions.walk": Call("pid", lambda _, v: regions.walk(v, names=False, uses=False), ME),
    "regions.large_page_status": Call("size", lambda _, v: regions.large_page_status(v), None),
    "regions.Region.commit(offset)": Call("offset", lambda t, v: t.region.commit(v), PAGE),
    "regions.Region.commit(size)": Call("size", lambda t, v: t.region.commit(0, v), PAGE),
    "regions.Region.commit(protection)": Call(
        "protection", lambda t, v: t.region.commit(protection=v), 4
    ),
    "regions.Region.protect": Call("protection", lambda t, v: t.region.protect(v), 4),
    "regions.Region.prefetch": Call("offset", lambda t, v: t.region.prefetch([(v, 1)]), PAGE),
    "regions.Region.offer": Call("priority", lambda t, v: t.region.offer(priority=v), None),
    "sections.Ring": Call("size", lambda _, v: sections.Ring(v).close(), PAGE),
    "sections.Ring.pull": Call("size", lambda t, v: t.ring.pull(v), PAGE),
    "sections.Ring.peek": Call("size", lambda t, v: t.ring.peek(v), None),
    "sections.Ring.reserve": Call("size", lambda t, v: t.ring.reserve(v).release(), PAGE),
    "sections.Ring.publish": Call("size", lambda t, v: t.ring.publish(v), 1),
    "sections.Ring.consume": Call("size", lambda t, v: t.ring.consume(v), None),
    "sections.Section(size)": Call("size", lambda _, v: sections.Section(v).close(), PAGE),
    "sections.Section(node)": Call("node", lambda _, v: sections.Section(1, node=v).close(), 0),
    "sections.Section(protection)": Call(
        "protection", lambda _, v: sections.Section(1, protection=v).close(), 4
    ),
    "sections.Section.view(offset)": Call(
        "offset", lambda t, v: t.section.view(v, 1).close(), 65536
    ),
    "sections.Section.view(size)": Call("size", lambda t, v: t.section.view(0, v).close(), PAGE),
    "sections.Section.view(at)": Call("at", lambda t, v: t.section.view(at=v).close(), None),
    "sections.View.commit": Call("size", lambda t, v: t.view.commit(0, v), PAGE),
    "sections.View.flush": Call("offset", lambda t, v: t.view.flush(v), PAGE),
    "sections.View.protect": Call("protection", lambda t, v: t.view.protect(v), 4),
    "sections.View.spans": Call("size", lambda t, v: t.view.spans(0, v), PAGE),
    "sections.View.view": Call("offset", lambda t, v: t.view.view(v), PAGE),
    "sparse.SparseBuffer(size)": Call("size", lambda _, v: sparse.SparseBuffer(v).close(), PAGE),
    "sparse.SparseBuffer(chunk)": Call(
        "chunk", lambda _, v: sparse.SparseBuffer(PAGE, chunk=v).close(), PAGE
    ),
    "sparse.SparseBuffer(ahead)": Call(
        "ahead", lambda _, v: sparse.SparseBuffer(PAGE, ahead=v).close(), PAGE
    ),
    "sparse.SparseBuffer(limit)": Call(
        "limit", lambda _, v: sparse.SparseBuffer(PAGE, limit=v).close(), 65536
    ),
    "sparse.SparseBuffer.commit": Call("offset", lambda t, v: t.buffer.commit(v), PAGE),
    "sparse.SparseBuffer.decommit": Call("size", lambda t, v: t.buffer.decommit(0, v), PAGE),
    "sparse.SparseBuffer.peek": Call("size", lambda t, v: t.buffer.peek(0, v), PAGE),
    "sparse.SparseGrid": Call("columns", lambda _, v: sparse.SparseGrid(v, 1).close(), 4),
    "sparse.SparseGrid.cell": Call("cell", lambda t, v: t.grid.cell(v, 0).release(), 1, IndexError),
    "sparse.GrowableBuffer": Call(
        "maximum", lambda _, v: sparse.GrowableBuffer(maximum=v).close(), PAGE
    ),
    "sparse.GrowableBuffer.extend": Call("size", lambda t, v: t.growable.extend(v), 1),
    "sparse.GrowableBuffer.truncate": Call("size", lambda t, v: t.growable.truncate(v), 16),
    "sparse.array": Call("shape", lambda _, v: sparse.array(v, "u1"), 1 << 20),
    "sparse.array(rows)": Call("shape[1]", lambda _, v: sparse.array([2, v], "u1"), 1 << 20),
    "table.Table": Call("row", lambda t, v: t.table[v], 2, IndexError, below_zero=True),
    "table.Column": Call(
        "row", lambda t, v: t.table.column("number")[v], 2, IndexError, below_zero=True
    ),
    "working_sets.limits": Call("pid", lambda _, v: working_sets.limits(v), ME),
    "working_sets.resident": Call("pid", lambda _, v: working_sets.resident(v), ME),
    "working_sets.set_limits": Call(
        "minimum", lambda _, v: working_sets.set_limits(ME, minimum=v), None
    ),
    "working_sets.memory_priority": Call("pid", lambda _, v: working_sets.memory_priority(v), None),
    "working_sets.set_memory_priority(pid)": Call(
        "pid", lambda _, v: working_sets.set_memory_priority(v, MemoryPriority.NORMAL), None
    ),
    "working_sets.set_memory_priority(priority)": Call(
        "priority", lambda _, v: working_sets.set_memory_priority(ME, v), None
    ),
    "working_sets.thread_memory_priority": Call(
        "thread", lambda _, v: working_sets.thread_memory_priority(v), None
    ),
    "working_sets.set_thread_memory_priority": Call(
        "thread", lambda _, v: working_sets.set_thread_memory_priority(v, MemoryPriority.LOW), None
    ),
    "working_sets.set_page_priority(address)": Call(
        "address",
        lambda _, v: working_sets.set_page_priority(
            address=v, size=1, priority=MemoryPriority.NORMAL
        ),
        None,
    ),
    "working_sets.set_page_priority(size)": Call(
        "size",
        lambda _, v: working_sets.set_page_priority(
            address=PAGE, size=v, priority=MemoryPriority.NORMAL
        ),
        None,
    ),
    "working_sets.trim_range(address)": Call(
        "address", lambda _, v: working_sets.trim_range(address=v, size=1), None
    ),
    "working_sets.trim_range(size)": Call(
        "size", lambda _, v: working_sets.trim_range(address=PAGE, size=v), None
    ),
    "working_sets.trim": Call("pid", lambda _, v: working_sets.trim(v), None),
    "working_sets.trim_where(pids)": Call(
        "pids[0]", lambda _, v: working_sets.trim_where(pids=[v], dry_run=True), ME
    ),
    "working_sets.trim_where(floor)": Call(
        "floor", lambda _, v: working_sets.trim_where(floor=v, dry_run=True), PAGE
    ),
    "working_sets.pages(address)": Call(
        "address", lambda _, v: working_sets.pages(address=v, size=1), PAGE
    ),
    "working_sets.pages(size)": Call("size", lambda _, v: working_sets.pages(size=v), PAGE),
    "write_watch.dirty(offset)": Call(
        "offset", lambda t, v: write_watch.dirty(t.region, offset=v), PAGE
    ),
    "write_watch.dirty(size)": Call("size", lambda t, v: write_watch.dirty(t.region, size=v), PAGE),
    "write_watch.Snapshots": Call(
        "snapshot", lambda t, v: t.snapshots.restore(v), 0, IndexError, below_zero=True
    ),
}
