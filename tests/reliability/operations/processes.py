"""The process table, and the memory of a process that waits for nothing."""

from __future__ import annotations

import atexit
from functools import cache
from typing import TYPE_CHECKING

from ntpages.processes import Pattern, Process, Values, list_processes
from ntpages.regions import Protection
from reliability.operations import Shared, life, operation, shared
from target import Target

if TYPE_CHECKING:
    from ntlab import Lab

PAGE = 4096
MODELS = ("processes", "processes_pages")

# A handle of a process is asked for in order to know whether it has exited: if that is refused, it
# is taken to live. The first of all keeps its id, and may be refused too.
OPENING = {
    "OpenProcess": "whoever can't be watched is taken to live",
    "WaitForSingleObject": "whoever can't be watched is taken to live",
}


@cache
def victim() -> Target:
    """A process to be looked into, started when first needed."""
    target = Target("idle")
    atexit.register(target.end)
    return target


@cache
def place() -> int:
    """Committed pages in it."""
    with Process(victim().pid) as process:
        address = process.allocate(8 * PAGE)
        process.write(address, b"some words to be found" * 100)
        return address


PROCESSES = "there are as many processes as the machine runs"
NAMES = {"WideCharToMultiByte": "a name that can't be written is left empty"}


@operation(models=MODELS, absorbs=NAMES, varies=PROCESSES)
def list_all() -> object:
    return list_processes().names


@operation(
    models=MODELS,
    absorbs={
        **NAMES,
        "OpenProcess": "who can't be opened is told as not accessible",
        "GetProcessWorkingSetSizeEx": "who does not tell is told as not accessible",
    },
    varies=PROCESSES,
)
def list_all_there_is() -> object:
    return list_processes(full=True, limits=True).names


@operation(models=("working_sets",), absorbs=OPENING)
def counters() -> object:
    with Process(victim().pid) as process:
        return process.counters().private_working_set > 0


@operation(
    models=MODELS,
    absorbs={
        **OPENING,
        "ReadProcessMemory": "what fails at once is read in smaller steps",
        "VirtualQueryEx": "what may be no page to touch is not read along",
    },
)
def read() -> object:
    with Process(victim().pid) as process:
        where = [place(), place() + 9, place() + 2 * PAGE]
        return process.read(place(), 2 * PAGE), process.read_many(where, 5).data


@operation(
    models=MODELS,
    absorbs={
        **OPENING,
        "NtQueryVirtualMemory": "a file whose name is not told has none",
        "QueryDosDeviceW": "a drive that is not known leaves the kernel's path",
        "WideCharToMultiByte": "a name that can't be written is left empty",
    },
)
def modules() -> object:
    with Process(victim().pid) as process:
        return len(process.modules()) > 2


@operation(models=MODELS, absorbs={**OPENING, "FlushInstructionCache": "x64 keeps its own in step"})
def write_by_force() -> object:
    with Process(victim().pid) as process:
        address = process.allocate(PAGE)
        try:
            process.protect(address, PAGE, Protection.READONLY)
            process.write(address, b"by force", unprotect=True)
            return process.protect(address, PAGE, Protection.READWRITE)
        finally:
            process.free(address)


@operation(models=MODELS, absorbs=OPENING)
def allocate_and_free() -> object:
    with Process(victim().pid) as process:
        address = process.allocate(4 * PAGE, commit=False)
        try:
            process.commit(address, PAGE)
            process.decommit(address, PAGE)
        finally:
            process.free(address)
        return None


@operation(models=(*MODELS, "regions", "numa"), absorbs=OPENING)
def allocate_with_wishes() -> object:
    with Process(victim().pid) as process:
        address = process.allocate(4 * PAGE, node=1, only_node=True, alignment=1 << 20)
        try:
            process.lock(address, PAGE)
            process.unlock(address, PAGE)
            process.reset(address, PAGE)
            kept = process.undo_reset(address, PAGE)
            process.prefetch([(address, PAGE), (address + 2 * PAGE, PAGE)])
        finally:
            process.free(address)
        return address % (1 << 20), kept


def hold(lab: Lab) -> None:
    lab.model("privileges").hold("SeLockMemoryPrivilege")


@operation(models=(*MODELS, "regions"), setup=hold, absorbs=OPENING)
def allocate_large_pages() -> object:
    with Process(victim().pid) as process:
        address = process.allocate(2 << 20, large_pages=True)
        process.free(address)
        return address % (2 << 20)


@operation(
    models=MODELS,
    absorbs={
        **OPENING,
        "ReadProcessMemory": "what can't be read is a hole, or read again",
        "IsProcessorFeaturePresent": "a search goes without the instructions, only slower",
    },
    varies="what the first scan took is given back whenever Python lets go of it",
)
def scan() -> object:
    with Process(victim().pid) as process:
        first = process.scan(Pattern.text("words"), start=place(), end=place() + PAGE)
        return len(process.scan(b"words to", within=first).matches) > 0


@operation(
    models=MODELS,
    absorbs={**OPENING, "ReadProcessMemory": "what can't be read is a hole, or read again"},
)
def values() -> object:
    with Process(victim().pid) as process:
        first, last = place(), place() + PAGE
        with Values(process, kind="uint8", start=first, end=last) as numbers:
            every = numbers.narrow("unchanged")
        with Values(process, kind="uint8", value=0x73, start=first, end=last) as few:
            return every > few.narrow("unchanged") > len(few.holes)


@operation(
    models=MODELS,
    absorbs={
        **OPENING,
        "ReadProcessMemory": "what can't be read is left out, or read again",
        "WideCharToMultiByte": "text that can't be written is left empty",
    },
    varies="what the search took is given back whenever Python lets go of it",
)
def strings() -> object:
    with Process(victim().pid) as process:
        found = process.strings(start=place(), end=place() + PAGE)
        return len(found.strings) > 0


@operation(
    models=MODELS,
    absorbs={**OPENING, "ReadProcessMemory": "what can't be read is a hole, or read again"},
    varies="what the search took is given back whenever Python lets go of it",
)
def search() -> object:
    with Process(victim().pid) as process:
        found = process.search(rb"wor[a-z]s", start=place(), end=place() + PAGE)
        return len(found.matches) > 0


# Each of its lives asks another process, through the host, a dozen times.
@life(cycles=2_000)
def process() -> None:
    with Process(victim().pid) as opened:
        opened.read(place(), 16)
        opened.write(place() + PAGE, b"x", unprotect=True)
        opened.scan(b"words", start=place(), end=place() + PAGE)
        opened.search(b"words", start=place(), end=place() + PAGE)
        with Values(opened, kind="int32", start=place(), end=place() + PAGE) as numbers:
            numbers.narrow("unchanged")


@shared()
def one_process() -> Shared:
    return Shared(
        Process(victim().pid),
        (
            lambda process: process.read(place(), PAGE),
            lambda process: process.read_many([place() + i for i in range(100)], 8),
            lambda process: process.write(place() + 5 * PAGE, b"anything"),
            lambda process: process.scan(b"words", start=place(), end=place() + PAGE),
            lambda process: process.free(process.allocate(PAGE)),
            lambda process: process.counters(),
        ),
    )
