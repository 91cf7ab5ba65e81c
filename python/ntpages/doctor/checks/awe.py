"""Checks of physical pages and the windows that show them."""

from __future__ import annotations

from ntpages.awe import PhysicalPages, Window
from ntpages.doctor.checks.check import Room, Seen, needs

_room = Room("awe")
CHECKS = _room.checks

_PAGE = 4096
_LOCK = "SeLockMemoryPrivilege"


@_room.check()
def mapping() -> Seen:
    """What is written through one window is read through the next."""
    needs(_LOCK)
    with PhysicalPages(4) as pages, Window(4 * _PAGE) as window:
        window.map(pages)
        view = window.view()
        view[0] = 7
        view.release()
        window.unmap()
        window.map(pages, offset=2 * _PAGE, start=0, count=1)
        view = window.view(2 * _PAGE, 1)
        seen = view[0]
        view.release()
    return Seen(seen == 7, f"{seen} of 7")


@_room.check()
def holes() -> Seen:
    """Nothing of a window is readable that shows no page."""
    needs(_LOCK)
    with PhysicalPages(1) as pages, Window(2 * _PAGE) as window:
        window.map(pages)
        try:
            window.view(_PAGE, 1).release()
        except BufferError:
            return Seen(holds=True, came="refused")
    return Seen(holds=False, came="lent")
