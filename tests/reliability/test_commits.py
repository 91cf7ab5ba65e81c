"""Memory that Windows refuses for a moment, while it makes the page file larger: asked again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.errors import NtError, OutOfMemoryError
from ntpages.processes import Process
from ntpages.regions import Region
from ntpages.sparse import GrowableBuffer, SparseBuffer, SparseGrid
from ntpages.table import Table
from ntpages.write_watch import Snapshots
from sparse.touching import touch

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("no_stacks")]

PAGE, CHUNK, MIB = 4096, 64 * 1024, 1 << 20
COMMITMENT_LIMIT, NOT_ENOUGH_MEMORY, NO_SYSTEM_RESOURCES = 1455, 8, 1450
TRIES = 11  # the first, and ten more in half a second


def touched() -> object:
    buffer = SparseBuffer(1 << 30)
    return lambda: touch(buffer, 5)


def sparse_memory() -> object:
    buffer = SparseBuffer(1 << 30)
    return lambda: buffer.commit(5, CHUNK)


def lent_sparse_memory() -> object:
    buffer = SparseBuffer(1 << 30)

    def lend() -> int:
        with buffer.reading(5, CHUNK):
            return buffer.committed

    return lend


def cell() -> object:
    grid = SparseGrid(4, 4)
    return lambda: grid.write(1, 1, "text")


def appended() -> object:
    buffer = GrowableBuffer()
    return lambda: buffer.append(bytes(MIB))


def extended() -> object:
    buffer = GrowableBuffer()
    return lambda: buffer.extend(MIB)


def committed() -> object:
    region = Region(4 * PAGE, commit=False)
    return lambda: region.commit(PAGE, PAGE)


def new() -> object:
    return lambda: Region(4 * PAGE).committed


def new_on_a_node() -> object:
    return lambda: Region(4 * PAGE, node=0).committed


def new_within_bounds() -> object:
    return lambda: Region(4 * PAGE, alignment=1 << 20).committed


def allocated() -> object:
    process = Process(os.getpid())
    return lambda: process.free(process.allocate(PAGE))


def allocated_within_bounds() -> object:
    process = Process(os.getpid())
    return lambda: process.free(process.allocate(PAGE, alignment=1 << 20))


def new_of_an_app() -> object:
    return lambda: Region(4 * PAGE, from_app=True).committed


def committed_in_a_process() -> object:
    process = Process(os.getpid())
    address = process.allocate(PAGE, commit=False)
    return lambda: process.commit(address, PAGE)


def remembered() -> object:
    region = Region(4 * PAGE, write_watch=True)
    snapshots = Snapshots(region)
    memoryview(region)[0] = 1
    return snapshots.take


def tabled() -> object:
    numbers = memoryview(bytes(2 * MIB))
    return lambda: len(Table("numbers", {"number": numbers}))


# How each gets its memory, and how often it asks before it must have it.
WAYS: dict[Callable[[], Any], tuple[str, int]] = {
    touched: ("VirtualAlloc", 0),
    sparse_memory: ("VirtualAlloc", 0),
    lent_sparse_memory: ("VirtualAlloc", 0),
    cell: ("VirtualAlloc", 0),
    appended: ("VirtualAlloc", 1),  # with what is committed ahead
    extended: ("VirtualAlloc", 1),
    committed: ("VirtualAlloc", 0),
    new: ("VirtualAlloc", 0),
    new_on_a_node: ("VirtualAllocExNuma", 0),
    new_within_bounds: ("VirtualAlloc2", 0),
    allocated: ("VirtualAllocEx", 0),
    allocated_within_bounds: ("VirtualAlloc2", 0),
    new_of_an_app: ("VirtualAllocFromApp", 0),
    committed_in_a_process: ("VirtualAllocEx", 0),
    remembered: ("VirtualAlloc", 0),
    tabled: ("VirtualAlloc", 0),
}


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest, lab: Lab) -> tuple[Any, str, int]:
    lab.model("numa")
    call, wishes = WAYS[request.param]
    return request.param(), call, wishes


def test_a_refusal_that_passes_is_not_noticed(lab: Lab, way: tuple[Any, str, int]) -> None:
    get, call, wishes = way
    lab.fail(call, times=TRIES - 1 + wishes, code=COMMITMENT_LIMIT)
    get()
    assert lab.refused == TRIES - 1 + wishes


def test_a_refusal_that_stays_is_told_in_the_end(lab: Lab, way: tuple[Any, str, int]) -> None:
    get, call, wishes = way
    lab.fail(call, every=True, code=NOT_ENOUGH_MEMORY)
    with pytest.raises((OutOfMemoryError, OSError), match=f"{call}|access violation"):
        get()
    assert lab.refused == TRIES + wishes
    lab.reset()
    get()


def test_a_refusal_of_another_kind_is_told_at_once(lab: Lab, way: tuple[Any, str, int]) -> None:
    get, call, wishes = way
    lab.fail(call, times=1 + wishes, code=NO_SYSTEM_RESOURCES)
    with pytest.raises((NtError, OSError), match=f"{call}|access violation"):
        get()
    assert lab.refused == 1 + wishes


def test_address_space_is_not_waited_for(lab: Lab) -> None:
    lab.fail("VirtualAlloc", every=True, code=NOT_ENOUGH_MEMORY)
    for reserve in (
        lambda: Region(PAGE, commit=False),
        lambda: SparseBuffer(1 << 30),
        GrowableBuffer,
    ):
        with pytest.raises(OutOfMemoryError):
            reserve()
    assert lab.refused == 3


def test_the_limit_of_sparse_memory_is_not_waited_for(lab: Lab) -> None:
    with SparseBuffer(1 << 30, limit=CHUNK) as buffer, pytest.raises(OutOfMemoryError):
        buffer.commit(0, 2 * CHUNK)
    assert lab.count("Sleep") == 0
