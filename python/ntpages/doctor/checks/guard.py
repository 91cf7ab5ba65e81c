"""Checks of what guards count on: conditions of memory, services, and who may change a file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ntpages import privileges
from ntpages._native import guard as native
from ntpages.doctor.checks.check import NotHereError, Room, Seen
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


@_room.check()
def services() -> Seen:
    """The service manager tells everybody how a service stands, and which process it is."""
    state, process, _ = native.query_service("RpcSs")
    return Seen(state == "running" and process > 0, f"RpcSs: {state}, process {process}")


@_room.check()
def writers() -> Seen:
    """Windows' own programs can be changed by administrators and its installer alone."""
    program = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "cmd.exe"
    others = native.writers_of(str(program))
    rights = ", ".join(sorted({f"{rights:#x}" for _, _, rights in others}))
    return Seen(not others, f"{len(others)} others, by the rights {rights or 'none'}")


@_room.check()
def made_folders() -> Seen:
    """A folder made for administrators can be changed by nobody else, nor can a file in it."""
    if not privileges.is_elevated():
        msg = "only administrators can make one"
        raise NotHereError(msg)
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above) / "store"
        native.make_folder(str(folder))
        file = folder / "guard.db"
        file.touch()
        others = [
            rights
            for made in (folder, file)
            for place, _, rights in native.writers_of(str(made))
            if place in {str(folder), str(file)}
        ]
    rights = ", ".join(sorted({f"{each:#x}" for each in others}))
    return Seen(not others, f"{len(others)} others, by the rights {rights or 'none'}")
