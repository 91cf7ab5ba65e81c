"""Checks of heaps, own and of other processes."""

from __future__ import annotations

import time

from ntpages.doctor.checks.check import Room, Seen
from ntpages.doctor.checks.child import child
from ntpages.heaps import Heap, ProcessHeaps, walk_process

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
