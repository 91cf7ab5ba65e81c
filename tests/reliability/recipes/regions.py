"""Pages of one region, what protects and locks them, and who gets what."""

from __future__ import annotations

import contextlib
from typing import Any

from ntpages._native import regions as native_regions
from ntpages.errors import NtError
from ntpages.regions import Placeholder, Protection, Region
from ntpages.write_watch import dirty
from reliability.racing import Race, Use, race
from reliability.recipes import PAGE, closed


def own_page(region: Any) -> Use:
    """Write to a page that is the thread's own, and find it as it was written."""

    def use(number: int) -> None:
        with region.view(number * PAGE, PAGE) as view:
            view[:] = bytes([number + 1]) * PAGE
            assert bytes(view) == bytes([number + 1]) * PAGE

    return use


@race("regions.Region")
def region() -> Race:
    pages = Region(16 * PAGE, write_watch=True)
    last = 15 * PAGE
    return Race(
        (
            own_page(pages),
            lambda number: pages.lock(number * PAGE, PAGE),
            lambda number: pages.unlock(number * PAGE, PAGE),
            lambda _: pages.decommit(last, PAGE),
            lambda _: pages.commit(last, PAGE),
            lambda _: pages.protect(Protection.READONLY, offset=last, size=PAGE),
            lambda _: pages.spans(),
            lambda _: dirty(pages, reset=True),
            lambda _: (pages.committed, repr(pages)),
        ),
        close=lambda _: pages.close(),
        ends=closed(pages),
        allowed=(NtError,),  # pages that are not committed, or not locked
    )


@race("regions.RegionPart")
def region_part() -> Race:
    pages = Region(PAGE)
    part = native_regions.RegionPart(pages, 64, 8)

    def use(number: int) -> None:
        with memoryview(part) as view:
            view[number] = number
            assert view[number] == number

    return Race((use,), close=lambda _: pages.close(), ends=closed(pages))


@race("regions.ProtectedPages")
def protected_pages() -> Race:
    pages = Region(2 * PAGE)
    scope = native_regions.ProtectedPages(pages, 0, PAGE, Protection.READONLY)

    def use(_: int) -> None:
        with scope:
            pass

    def ends() -> None:
        scope.__exit__()
        assert [row.protection for row in pages.spans()] == [Protection.READWRITE]

    return Race((use,), ends=ends, allowed=(RuntimeError,))


@race("regions.LockedPages")
def locked_pages() -> Race:
    pages = Region(2 * PAGE)
    scope = native_regions.LockedPages(pages, 0, PAGE)

    def use(_: int) -> None:
        with scope as unlocked:
            for part in unlocked:
                pages.lock(*part)

    def ends() -> None:
        scope.__exit__()
        pages.close()

    return Race((use,), ends=ends, allowed=(RuntimeError, NtError))


@race("regions.Allocation")
def allocation() -> Race:
    wishes = (0, 0, 0, 0, 0, 0, 0, False)
    flags = (0x3000, Protection.READWRITE, 0, native_regions.ANY_NODE, False, *wishes)
    found = native_regions.allocate((PAGE, *flags))
    taken: list[native_regions.Region] = []

    def ends() -> None:
        assert len(taken) == 1
        taken[0].close()

    return Race((lambda _: taken.append(native_regions.Region(found)),), ends=ends)


@race("regions.Placeholder", "regions")
def placeholder() -> Race:
    size = 64 * PAGE
    place = Placeholder(size)

    def split_and_merge(_: int) -> None:
        rest = place.split(place.size - PAGE)
        with contextlib.suppress(ValueError):  # somebody has split off more by now
            place.merge(rest)
            return
        rest.close()

    return Race(
        (split_and_merge, lambda _: (place.size, repr(place))),
        close=lambda _: place.close(),
        ends=closed(place),
        allowed=(ValueError, IndexError, NtError),  # it is too small to be split by now
    )
