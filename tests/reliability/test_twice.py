"""What a caller's own code changes while it is asked: an ``__index__`` that closes the object."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import sparse
from ntpages.heaps import Heap
from ntpages.processes import Process
from ntpages.regions import Protection, Region
from ntpages.sections import Ring, Section, View
from ntpages.table import Table
from ntpages.write_watch import Snapshots, dirty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = 4096


class Closing:
    """A number that closes something when it is looked at."""

    def __init__(self, value: int, thing: Any) -> None:
        self.value = value
        self.thing = thing

    def __index__(self) -> int:
        with contextlib.suppress(BufferError):
            self.thing.close()
        return self.value


def snapshots() -> Snapshots:
    taken = Snapshots(Region(4 * PAGE, write_watch=True))
    taken.take()
    return taken


def region() -> Region:
    return Region(4 * PAGE, write_watch=True)


def sparse_buffer() -> sparse.SparseBuffer:
    return sparse.SparseBuffer(4 * PAGE)


def growable() -> sparse.GrowableBuffer:
    return sparse.GrowableBuffer(bytes(4 * PAGE))


def grid() -> sparse.SparseGrid:
    made = sparse.SparseGrid(4, 4)
    made.write(0, 0, "words")
    return made


def section() -> Section:
    return Section(1 << 16)


def view() -> View:
    return Section(1 << 16).view()


def ring() -> Ring:
    return Ring(1 << 16)


def me() -> Process:
    return Process(os.getpid())


HERE = Region(PAGE)

CALLS: dict[str, tuple[Callable[[], Any], Callable[[Any, Any], object]]] = {
    "Region.commit": (region, lambda it, v: it.commit(v)),
    "Region.decommit": (region, lambda it, v: it.decommit(0, v)),
    "Region.protect": (region, lambda it, v: it.protect(Protection.READONLY, offset=v)),
    "Region.protect(to)": (region, lambda it, v: it.protect(v)),
    "Region.lock": (region, lambda it, v: it.lock(v)),
    "Region.unlock": (region, lambda it, v: it.unlock(v)),
    "Region.reset": (region, lambda it, v: it.reset(v)),
    "Region.prefetch": (region, lambda it, v: it.prefetch([(v, 1)])),
    "Region.spans": (region, lambda it, v: it.spans(v)),
    "Region.view": (region, lambda it, v: it.view(v)),
    "write_watch.dirty": (region, lambda it, v: dirty(it, offset=v)),
    "Snapshots.restore": (snapshots, lambda it, v: it.restore(v)),
    "Snapshots.changed": (snapshots, lambda it, v: it.changed(v)),
    "Snapshots.forget": (snapshots, lambda it, v: it.forget(v)),
    "SparseBuffer.commit": (sparse_buffer, lambda it, v: it.commit(v)),
    "SparseBuffer.decommit": (sparse_buffer, lambda it, v: it.decommit(v)),
    "SparseBuffer.peek": (sparse_buffer, lambda it, v: it.peek(v, 1)),
    "SparseBuffer.reading": (sparse_buffer, lambda it, v: it.reading(v, 1).__enter__()),
    "GrowableBuffer.extend": (growable, lambda it, v: it.extend(v)),
    "GrowableBuffer.truncate": (growable, lambda it, v: it.truncate(v)),
    "SparseGrid.read": (grid, lambda it, v: it.read(v, 0)),
    "SparseGrid.write": (grid, lambda it, v: it.write(v, 0, "other words")),
    "SparseGrid.cell": (grid, lambda it, v: it.cell(v, 0)),
    "SparseGrid.release": (grid, lambda it, v: it.release(v, 0)),
    "Section.view": (section, lambda it, v: it.view(v)),
    "View.commit": (view, lambda it, v: it.commit(v)),
    "View.flush": (view, lambda it, v: it.flush(v)),
    "View.protect": (view, lambda it, v: it.protect(Protection.READONLY, offset=v)),
    "View.view": (view, lambda it, v: it.view(v)),
    "Ring.pull": (ring, lambda it, v: it.pull(v)),
    "Heap.allocate": (Heap.create, lambda it, v: it.allocate(v)),
    "Heap.reallocate": (Heap.create, lambda it, v: it.reallocate(it.allocate(8), v)),
    "Process.read": (me, lambda it, v: it.read(v, 1)),
    "Process.read(size)": (me, lambda it, v: it.read(HERE.address, v)),
    "Process.read_into": (me, lambda it, v: it.read_into(v, bytearray(1))),
    "Process.read_many": (me, lambda it, v: it.read_many([v], 1)),
    "Process.write": (me, lambda it, v: it.write(v, b"x")),
    "Process.protect": (me, lambda it, v: it.protect(v, PAGE, Protection.READWRITE)),
    "Process.scan": (me, lambda it, v: it.scan(b"x", start=v, end=HERE.address + PAGE)),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_number_that_closes_the_object_meets_a_closed_one(name: str) -> None:
    make, call = CALLS[name]
    with contextlib.ExitStack() as ends:
        thing = ends.enter_context(make())
        value = 0
        if isinstance(thing, Process):
            value = 1 if name.endswith("(size)") else HERE.address
        with pytest.raises(
            ValueError, match=r"is closed|are closed|must be from|released memoryview"
        ):
            call(thing, Closing(value, thing))


def test_a_block_that_its_own_size_frees_is_freed_once() -> None:
    with Heap.create() as heap:
        block = heap.allocate(64)

        class Freeing:
            def __index__(self) -> int:
                block.free()
                return 128

        with pytest.raises(ValueError, match="Block is closed"):
            heap.reallocate(block, Freeing())  # type: ignore[arg-type]
        assert heap.validate()


def test_columns_that_change_while_they_are_read_are_read_once() -> None:
    columns: dict[str, Any] = {}

    class Growing:
        def __iter__(self) -> Iterator[int]:
            columns["late"] = [1, 2]
            return iter([1, 2])

    columns |= {"first": Growing(), "second": [3, 4]}
    assert Table("Row", columns).to_dict() == {"first": [1, 2], "second": [3, 4]}
