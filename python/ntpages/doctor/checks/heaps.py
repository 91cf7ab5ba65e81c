"""Checks of heaps, own and of other processes."""

from __future__ import annotations

import time

from ntpages.doctor.checks.check import Room, Seen
from ntpages.doctor.checks.child import child
from ntpages.heaps import GlobalMemory, Heap, ProcessHeaps, optimize, walk_process

_room = Room("heaps")
CHECKS = _room.checks


@_room.check()
def walk() -> Seen:
    """A walk finds every block that is in use, whatever the heap's kind."""
    with Heap.create() as heap:
        blocks = [heap.allocate(24) for _ in range(20_000)]
        addresses = {block.address for block in blocks}
        busy = {row.address for row in heap.walk() if row.kind == "busy"}
        kind = heap.kind.name.lower()
    return Seen(addresses <= busy, f"{len(addresses & busy)} of {len(addresses)} blocks, {kind}")


@_room.check()
def kind() -> Seen:
    """The default heap has a front end: low-fragmentation, or that of a segment heap."""
    kind = Heap.default().kind.name.lower()
    return Seen(kind != "nt", kind)


@_room.check()
def options() -> Seen:
    """A new heap gets its front end at once when asked to, and one or all can be optimized."""
    with Heap.create() as heap:
        heap.use_low_fragmentation()
        kind = heap.kind.name.lower()
        heap.optimize()
        optimize()
    return Seen(kind != "nt", kind)


@_room.check()
def details() -> Seen:
    """A walk tells the handle of a block that may move, and the memory of a region."""
    with GlobalMemory(100_000) as memory, memoryview(memory):
        handles = {row.handle for row in Heap.default().walk(details=True)}
        found = memory.handle in handles
    with Heap.create() as heap:
        heap.allocate(100)
        regions = [row for row in heap.walk(details=True) if row.kind == "region"]
    whole = all(row.committed + row.uncommitted == row.size for row in regions)
    return Seen(found and whole, f"handle {found}, {len(regions)} regions, whole {whole}")


def _told(found: ProcessHeaps, begin: float) -> Seen:
    blocks = sum(heap.blocks for heap in found.heaps)
    seconds = time.monotonic() - begin
    said = (
        f"{len(found.heaps)} heaps, {blocks} blocks, {len(found.entries)} entries, {seconds:.3f} s"
    )
    return Seen(len(found.heaps) > 0 and blocks > 0, said)


@_room.check()
def remote_by_query() -> Seen:
    """The heaps and blocks of a child, by the kernel's debugging aid."""
    begin = time.monotonic()
    with child() as pid:
        return _told(walk_process(pid), begin)


@_room.check()
def remote_by_clone() -> Seen:
    """The heaps and blocks of a child, from a clone of it."""
    begin = time.monotonic()
    with child() as pid:
        return _told(walk_process(pid, clone=True), begin)


@_room.check()
def remote_by_toolhelp() -> Seen:
    """The heaps and blocks of a child, by Toolhelp."""
    begin = time.monotonic()
    with child() as pid:
        return _told(walk_process(pid, method="toolhelp"), begin)
