"""Checks of the terminal."""

from __future__ import annotations

import sys

from ntpages.doctor.checks.check import NotHereError, Room, Seen

_room = Room("consoles")
CHECKS = _room.checks


@_room.check()
def escapes() -> Seen:
    """The console understands escape sequences, so that `ntpages top` can draw."""
    if not sys.stdout or not sys.stdout.isatty():
        msg = "standard output is no console"
        raise NotHereError(msg)
    from rich.console import detect_legacy_windows  # noqa: PLC0415 (only where there is a console)

    legacy = detect_legacy_windows()
    return Seen(not legacy, "no" if legacy else "yes")
