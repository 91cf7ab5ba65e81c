"""One harmless call of everything public about other processes, on the modelled machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import processes
from ntpages.regions import Protection

if TYPE_CHECKING:
    from house.calls import Calls

PAGE = 4096


OBJECTS: Calls = {
    "processes.Process": lambda stage: stage.process,
    "processes.Values": lambda stage: stage.values,
}

CALLS: Calls = {
    "processes.Pattern.exactly": lambda _: processes.Pattern.exactly(b"MZ"),
    "processes.Pattern.hexadecimal": lambda _: processes.Pattern.hexadecimal("4D 5A"),
    "processes.Pattern.integer": lambda _: processes.Pattern.integer(7),
    "processes.Pattern.text": lambda _: processes.Pattern.text("words"),
    "processes.Process": lambda stage: stage.keep(processes.Process(stage.target.pid)),
    "processes.Process.allocate": lambda stage: stage.process.allocate(PAGE),
    "processes.Process.close": lambda stage: stage.process.close(),
    "processes.Process.commit": lambda stage: stage.process.commit(stage.there, PAGE),
    "processes.Process.counters": lambda stage: stage.process.counters(),
    "processes.Process.decommit": lambda stage: stage.process.decommit(stage.there, PAGE),
    "processes.Process.free": lambda stage: stage.process.free(stage.there),
    "processes.Process.lock": lambda stage: stage.process.lock(stage.there, PAGE),
    "processes.Process.prefetch": lambda stage: stage.process.prefetch([(stage.there, PAGE)]),
    "processes.Process.protect": lambda stage: stage.process.protect(
        stage.there, PAGE, Protection.READONLY
    ),
    "processes.Process.protected": lambda stage: stage.process.protected(
        stage.there, PAGE, Protection.READONLY
    ),
    "processes.Process.read": lambda stage: stage.process.read(stage.there, 10),
    "processes.Process.read_into": lambda stage: stage.process.read_into(
        stage.there, bytearray(10)
    ),
    "processes.Process.read_many": lambda stage: stage.process.read_many([stage.there, 0], 8),
    "processes.Process.regions": lambda stage: stage.process.regions(),
    "processes.Process.reset": lambda stage: stage.process.reset(stage.there, PAGE),
    "processes.Process.scan": lambda stage: stage.process.scan(
        b"Wren", start=stage.there, end=stage.there + PAGE
    ),
    "processes.Process.strings": lambda stage: stage.process.strings(
        start=stage.there, end=stage.there + PAGE
    ),
    "processes.Process.undo_reset": lambda stage: stage.process.undo_reset(stage.reset_there, PAGE),
    "processes.Process.unlock": lambda stage: stage.process.unlock(stage.locked_there, PAGE),
    "processes.Process.write": lambda stage: stage.process.write(stage.there, b"words"),
    "processes.Values": lambda stage: stage.keep(
        processes.Values(stage.process, kind="int32", start=stage.there, end=stage.there + PAGE)
    ),
    "processes.Values.close": lambda stage: stage.values.close(),
    "processes.Values.matches": lambda stage: stage.values.matches(),
    "processes.Values.narrow": lambda stage: stage.values.narrow("unchanged"),
    "processes.list_processes": lambda _: processes.list_processes(),
}
