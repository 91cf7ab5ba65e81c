"""Regions: reserving, committing, protecting, locking, and giving back."""

from __future__ import annotations

from ntmem.regions import Protection, Region
from operations import Shared, life, operation, shared

PAGE = 4096


def spans(region: Region) -> list[tuple[object, ...]]:
    return [tuple(row) for row in region.spans()]


@operation()
def allocate() -> object:
    with Region(4 * PAGE) as region:
        return region.committed, bytes(region.view(0, 16))


@operation()
def commit_and_decommit() -> object:
    with Region(16 * PAGE, commit=False) as region:
        region.commit(PAGE, 2 * PAGE)
        before = spans(region)
        region.decommit(PAGE, PAGE)
        return before, spans(region)


@operation()
def protect() -> object:
    with Region(4 * PAGE) as region:
        region.protect(Protection.READONLY, offset=PAGE, size=PAGE)
        return spans(region)


@operation()
def protected_for_a_block() -> object:
    with Region(4 * PAGE) as region:
        with region.protected(Protection.READONLY):
            inside = spans(region)
        return inside, spans(region)


@operation(absorbs={"VirtualLock": "the working set is made larger, and locking tried again"})
def locked_for_a_block() -> object:
    with Region(4 * PAGE) as region, region.locked():
        return region.committed


@operation()
def reset() -> None:
    with Region(4 * PAGE) as region:
        region.reset()


@operation()
def prefetch() -> None:
    with Region(4 * PAGE) as region:
        region.prefetch()


@operation()
def aligned() -> object:
    with Region(PAGE, alignment=1 << 20) as region:
        return region.address % (1 << 20)


@life()
def region() -> None:
    with Region(4 * PAGE) as region, memoryview(region) as view:
        view[0] = 1


@shared()
def many_threads_on_a_region() -> Shared:
    return Shared(
        Region(16 * PAGE),
        (
            lambda region: region.protect(Protection.READWRITE, offset=0, size=PAGE),
            lambda region: region.commit(PAGE, PAGE),
            lambda region: region.decommit(2 * PAGE, PAGE),
            lambda region: region.spans(),
            lambda region: bytes(region.view(0, 8)),
        ),
        allowed=(BufferError,),
    )
