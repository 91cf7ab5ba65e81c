"""Regions: reserving, committing, protecting, locking, and giving back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.regions import Placeholder, Protection, Region, prefetch
from reliability.operations import Shared, life, operation, shared
from reliability.operations.privileges import SWITCHING

if TYPE_CHECKING:
    from ntlab import Lab

MODELS = ("regions", "working_sets")
PAGE = 4096
LARGE = 2 << 20


def hold(lab: Lab) -> None:
    lab.model("privileges").hold("SeLockMemoryPrivilege")


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


LOCKS_AGAIN = {"VirtualLock": "the working set is made larger, and locking tried again"}


@operation(absorbs=LOCKS_AGAIN)
def locked_for_a_block() -> object:
    with Region(4 * PAGE) as region, region.locked():
        return region.committed


@operation()
def reset() -> None:
    with Region(4 * PAGE) as region:
        region.reset()


@operation()
def prefetch_a_region() -> None:
    with Region(4 * PAGE) as region:
        region.prefetch()


@operation()
def aligned() -> object:
    with Region(PAGE, alignment=1 << 20) as region:
        return region.address % (1 << 20)


@operation(models=MODELS, setup=hold)
def large_pages() -> object:
    with Region(LARGE, large_pages=True) as region:
        return region.page_size, region.committed


@operation(models=("regions_app", *MODELS))
def as_an_app() -> object:
    with Region(4 * PAGE, commit=False, from_app=True, alignment=1 << 20) as region:
        region.commit(0, PAGE)
        region.protect(Protection.READONLY, size=PAGE)
        return spans(region)


@operation()
def prefetch_what_lends_memory() -> None:
    prefetch(bytearray(PAGE), b"more")


@operation(models=MODELS)
def a_place_split_merged_and_replaced() -> object:
    with Placeholder(4 * PAGE) as place, place.split(PAGE) as rest:
        place.merge(rest)
        with place.replace() as region, Placeholder.of(region) as again:
            return again.size


@operation(models=MODELS)
def offered_and_reclaimed() -> object:
    with Region(2 * PAGE) as region:
        region.view(0, 1)[0] = 7
        region.offer(0, PAGE)
        kept = region.reclaim(0, PAGE)
        region.discard(PAGE, PAGE)
        return kept, region.view(0, 1)[0]


@operation(models=MODELS)
def reset_and_undone() -> object:
    with Region(2 * PAGE) as region:
        region.reset()
        return region.undo_reset()


@operation(
    models=MODELS,
    absorbs=LOCKS_AGAIN | SWITCHING,
)
def locked_beyond_the_minimum() -> object:
    with Region(100 * PAGE) as region, region.locked():
        return region.committed


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
