"""Checks of sections, their views, and rings."""

from __future__ import annotations

import os

from ntpages import system
from ntpages.doctor.checks.check import NotHereError, Room, Seen, code_of, needs
from ntpages.regions import Placeholder
from ntpages.sections import Attributes, Ring, Section

_room = Room("sections")
CHECKS = _room.checks

_PAGE, _GRAIN = 4096, 1 << 16
_LOCK = "SeLockMemoryPrivilege"
_ALREADY_EXISTS = 183
_INVALID_ADDRESS = 487


@_room.check()
def query() -> Seen:
    """A section's size is told in whole pages, with what it is made of."""
    with Section(_PAGE + 1) as section:
        size, attributes = section.size, section.attributes
    holds = size == 2 * _PAGE and bool(attributes & Attributes.COMMIT)
    return Seen(holds, f"{size} bytes, attributes {int(attributes):#x}")


@_room.check()
def taken_name() -> Seen:
    """A name that is taken is told by error 183, whatever size is asked for."""
    name = f"ntpages doctor {os.getpid()}"
    with Section(_PAGE, name=name):
        code = code_of(lambda: Section(2 * _PAGE, name=name))
    return Seen(code == _ALREADY_EXISTS, f"error {code}")


@_room.check()
def security() -> Seen:
    """An access list comes back as it was given."""
    with Section(_PAGE, security="D:(A;;GA;;;WD)") as section:
        told = section.security
    return Seen(";;;WD)" in told, f"{len(told)} characters, everybody {';;;WD)' in told}")


@_room.check()
def reserved() -> Seen:
    """Pages of a reserved section that one view commits are there for another."""
    with Section(_GRAIN, reserve=True) as section, section.view() as one, section.view() as other:
        before = other.committed
        one.commit(_PAGE, _PAGE)
        after = other.committed
    return Seen((before, after) == (0, _PAGE), f"{before}, then {after} bytes")


@_room.check()
def large_pages() -> Seen:
    """A view has large pages if it asks for them, and small ones if it does not."""
    needs(_LOCK)
    size = system.large_page_size()
    try:
        section = Section(size, large_pages=True)
    except MemoryError:
        msg = "no large page is free"
        raise NotHereError(msg) from None
    with section, section.view() as asked, section.view(large_pages=False) as silent:
        found = asked.page_size, silent.page_size
        told = bool(section.attributes & Attributes.LARGE_PAGES)
    return Seen(found == (size, _PAGE) and told, f"{found[0]} and {found[1]} bytes, told {told}")


@_room.check()
def placeholders() -> Seen:
    """A view takes the place of a placeholder, and leaves one."""
    with Section(2 * _GRAIN) as section, Placeholder(2 * _GRAIN) as first:
        base = first.address
        second = first.split(_PAGE)
        with section.view(placeholder=first) as view:
            there = view.address == base
            left = view.vacate()
        with left, second:
            kept = (left.address, left.size) == (base, _PAGE)
    return Seen(there and kept, f"in place {there}, left {kept}")


@_room.check()
def unplaced() -> Seen:
    """A view that was put nowhere leaves no placeholder: error 487."""
    with Section(_GRAIN) as section, section.view() as view:
        code = code_of(view.vacate)
    return Seen(code == _INVALID_ADDRESS, f"error {code}")


@_room.check()
def ring() -> Seen:
    """What is written across the end of a ring is at its beginning."""
    with Ring(_GRAIN) as ring:
        ring.push(bytes(_GRAIN - 3))
        ring.pull()
        ring.push(b"0123456789")
        whole = ring.pull() == b"0123456789"
    return Seen(whole, f"whole {whole}")
