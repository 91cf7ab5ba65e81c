"""One tree of snapshots, while pages are written."""

from __future__ import annotations

from ntpages.regions import Region
from ntpages.write_watch import Snapshots, dirty
from reliability.racing import Race, race
from reliability.recipes import PAGE, closed


@race("write_watch.Snapshots")
def snapshots() -> Race:
    pages = Region(8 * PAGE, write_watch=True)
    followed = Snapshots(pages)
    first = followed.take()

    def ends() -> None:
        if not followed.closed:
            followed.restore(first)
            with pages.view() as view:
                assert not any(view)
        closed(followed)()
        closed(pages)()

    def write(number: int) -> None:
        with pages.view(number * PAGE, 1) as view:
            view[0] = number + 1

    return Race(
        (
            write,
            lambda _: followed.take(),
            lambda _: followed.restore(first),
            lambda _: followed.forget(followed.take()),
            lambda _: (followed.numbers, followed.current, followed.stored, repr(followed)),
            lambda _: followed.changed(first),
            lambda _: dirty(pages),
        ),
        close=lambda _: followed.close(),
        ends=ends,
        allowed=(IndexError,),  # somebody forgot it first
    )
