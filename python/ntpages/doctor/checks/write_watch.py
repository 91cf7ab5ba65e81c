"""Checks of the record of written pages."""

from __future__ import annotations

from ntpages import write_watch
from ntpages.doctor.checks.check import Room, Seen
from ntpages.regions import Region

_room = Room("write_watch")
CHECKS = _room.checks

_PAGE = 4096


@_room.check()
def written() -> Seen:
    """The pages that were written, and none after the record was reset."""
    with Region(16 * _PAGE, write_watch=True) as region:
        view = region.view()
        view[0] = view[5 * _PAGE] = 1
        view.release()
        first = list(write_watch.dirty(region, reset=True).column("offset"))
        again = list(write_watch.dirty(region).column("offset"))
    return Seen(first == [0, 5 * _PAGE] and not again, f"{first}, then {again}")


@_room.check()
def reset_of_bare_addresses() -> Seen:
    """Resetting the record works where no page has memory."""
    with Region(16 * _PAGE, write_watch=True, commit=False) as region:
        found = len(write_watch.dirty(region, reset=True))
    return Seen(found == 0, f"{found} pages")
