"""Checks of the kernel's conditions of memory, which guards wait for."""

from __future__ import annotations

from ntpages._native import guard as native
from ntpages.doctor.checks.check import Room, Seen
from ntpages.guard.host import EVENTS

_room = Room("guard")
CHECKS = _room.checks


@_room.check()
def conditions() -> Seen:
    """All five conditions can be waited for, and memory is not short and plentiful at once."""
    vigil = native.Vigil([*EVENTS.values()])
    held = [[*EVENTS][place] for place in vigil.look()]
    both = {"low-memory", "high-memory"} <= {*held}
    return Seen(not both, f"holding: {', '.join(held) or 'none'}")
