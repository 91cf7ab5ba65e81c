"""One harmless call of everything public about other processes, on the modelled machine."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ntpages import processes
from ntpages.regions import Protection

if TYPE_CHECKING:
    from house.calls import Calls

PAGE = 4096


def saved(values: processes.Values) -> None:
    with TemporaryDirectory() as folder:
        values.save(Path(folder) / "values")


def loaded(values: processes.Values, process: processes.Process) -> processes.Values:
    with TemporaryDirectory() as folder:
        values.save(Path(folder) / "values")
        return processes.Values.load(process, Path(folder) / "values")


OBJECTS: Calls = {
    "processes.Process": lambda stage: stage.process,
    "processes.Values": lambda stage: stage.values,
}

CALLS: Calls = {
    "processes.Pieces.numbers": lambda _: processes.Pieces(bytes(8), 8, frozenset()).numbers(
        "int16"
    ),
    "processes.Pattern.exactly": lambda _: processes.Pattern.exactly(b"MZ"),
    "processes.Pattern.hexadecimal": lambda _: processes.Pattern.hexadecimal("4D 5A"),
    "processes.Pattern.integer": lambda _: processes.Pattern.integer(7),
    "processes.Pattern.text": lambda _: processes.Pattern.text("words"),
    "processes.Process": lambda stage: stage.keep(processes.Process(stage.target.pid)),
    "processes.Process.address_of": lambda stage: stage.process.address_of("0x10000"),
    "processes.Process.allocate": lambda stage: stage.process.allocate(PAGE),
    "processes.Process.close": lambda stage: stage.process.close(),
    "processes.Process.commit": lambda stage: stage.process.commit(stage.there, PAGE),
    "processes.Process.counters": lambda stage: stage.process.counters(),
    "processes.Process.decommit": lambda stage: stage.process.decommit(stage.there, PAGE),
    "processes.Process.describe": lambda stage: stage.process.describe(stage.there),
    "processes.Process.free": lambda stage: stage.process.free(stage.there),
    "processes.Process.lock": lambda stage: stage.process.lock(stage.there, PAGE),
    "processes.Process.modules": lambda stage: stage.process.modules(),
    "processes.Process.pointer_paths": lambda stage: stage.process.pointer_paths(
        stage.there, depth=1
    ),
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
    "processes.Process.read_struct": lambda stage: stage.process.read_struct(stage.there, "<if"),
    "processes.Process.read_text": lambda stage: stage.process.read_text(stage.there),
    "processes.Process.read_value": lambda stage: stage.process.read_value(stage.there, "int32"),
    "processes.Process.regions": lambda stage: stage.process.regions(),
    "processes.Process.reset": lambda stage: stage.process.reset(stage.there, PAGE),
    "processes.Process.resolve": lambda stage: stage.process.resolve(stage.there, [8]),
    "processes.Process.scan": lambda stage: stage.process.scan(
        b"Wren", start=stage.there, end=stage.there + PAGE
    ),
    "processes.Process.search": lambda stage: stage.process.search(
        rb"Wren[a-z ]*", start=stage.there, end=stage.there + PAGE
    ),
    "processes.Process.strings": lambda stage: stage.process.strings(
        start=stage.there, end=stage.there + PAGE
    ),
    "processes.Process.undo_reset": lambda stage: stage.process.undo_reset(stage.reset_there, PAGE),
    "processes.Process.unlock": lambda stage: stage.process.unlock(stage.locked_there, PAGE),
    "processes.Process.write": lambda stage: stage.process.write(stage.there, b"words"),
    "processes.Process.write_value": lambda stage: stage.process.write_value(
        stage.there, 7, "int32"
    ),
    "processes.Values": lambda stage: stage.keep(
        processes.Values(stage.process, kind="int32", start=stage.there, end=stage.there + PAGE)
    ),
    "processes.Values.close": lambda stage: stage.values.close(),
    "processes.Values.load": lambda stage: stage.keep(loaded(stage.values, stage.process)),
    "processes.Values.matches": lambda stage: stage.values.matches(),
    "processes.Values.narrow": lambda stage: stage.values.narrow("unchanged"),
    "processes.Values.save": lambda stage: saved(stage.values),
    "processes.find": lambda _: processes.find("python"),
    "processes.list_processes": lambda _: processes.list_processes(),
}
