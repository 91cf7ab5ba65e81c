"""Write watch: asking what was written, taking snapshots, restoring them."""

from __future__ import annotations

from ntpages.regions import Region
from ntpages.write_watch import Snapshots, dirty
from reliability.operations import Shared, life, operation, shared

PAGE = 4096


def watched() -> Region:
    return Region(16 * PAGE, write_watch=True)


@operation()
def written_pages() -> object:
    with watched() as region:
        with memoryview(region) as view:
            view[PAGE] = view[5 * PAGE] = 1
        return dirty(region).to_dict(), dirty(region, reset=True).to_dict(), len(dirty(region))


@operation()
def take_and_restore() -> object:
    with watched() as region, Snapshots(region) as snapshots, memoryview(region) as view:
        snapshots.take()
        view[2 * PAGE] = 1
        snapshots.take()
        view[3 * PAGE] = 1
        return snapshots.restore(0), snapshots.changed(1).to_dict(), view[2 * PAGE]


@operation()
def forget_one_between() -> object:
    with watched() as region, Snapshots(region) as snapshots, memoryview(region) as view:
        for page in (1, 2, 3):
            view[PAGE] = view[page * PAGE] = page
            snapshots.take()
        freed = snapshots.forget(1)
        return freed, snapshots.restore(0), snapshots.restore(2), snapshots.numbers


@operation()
def follow_pages_that_were_written_and_decommitted() -> object:
    with watched() as region:
        with memoryview(region) as view:
            view[PAGE] = 1
        region.decommit(PAGE, PAGE)
        with Snapshots(region) as snapshots:
            return snapshots.take(), snapshots.stored


@life()
def snapshots() -> None:
    with watched() as region, Snapshots(region) as snapshots, memoryview(region) as view:
        snapshots.take()
        view[0] = 1
        snapshots.take()
        snapshots.forget(0)


@shared()
def many_threads_on_snapshots() -> Shared:
    snapshots = Snapshots(watched())
    snapshots.take()
    return Shared(
        snapshots,
        (
            lambda snapshots: snapshots.take(),
            lambda snapshots: snapshots.restore(0),
            lambda snapshots: snapshots.changed(0),
            lambda snapshots: snapshots.forget(snapshots.take()),
            lambda snapshots: (len(snapshots), snapshots.stored, snapshots.current),
        ),
    )
