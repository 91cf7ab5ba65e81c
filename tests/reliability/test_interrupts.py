"""Ctrl-C at any moment: whatever a with block takes is given back, wherever the interrupt comes.

Each block is interrupted at its first bytecode, then at its second, and so on until it comes to its
end: bytecodes of the block itself, of ntpages, and of contextlib.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import ntpages
from ntpages import memory_lists, privileges, working_sets
from ntpages.awe import PhysicalPages
from ntpages.cli.others import debug_privilege
from ntpages.heaps import Heap
from ntpages.processes import Process
from ntpages.regions import Protection, Region
from ntpages.sparse import SparseBuffer
from ntpages.write_watch import Snapshots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from types import FrameType

    from ntlab import Lab

    Block = Callable[[], AbstractContextManager[object]]
    State = Callable[[], object]

pytestmark = pytest.mark.lab

PAGE, LARGE = 4096, 2 << 20
DEBUG, PROFILE = "SeDebugPrivilege", "SeProfileSingleProcessPrivilege"
TRACED = (str(Path(ntpages.__file__).parent), contextlib.__file__, __file__)


class Interrupt:
    """An interrupt at the n-th bytecode from now."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def __enter__(self) -> None:
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        if not frame.f_code.co_filename.startswith(TRACED):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self._trace


def run(block: Block) -> None:
    with block():
        pass


def is_interrupted(block: Block, nth: int) -> bool:
    try:
        with Interrupt(nth):
            run(block)
    except KeyboardInterrupt:
        return True
    return False


def survives(block: Block, state: State) -> int:
    """Interrupt a block at each of its bytecodes; return how many there are."""
    run(block)
    before = state()
    nth = 1
    while is_interrupted(block, nth):
        if state() != before:
            gc.collect()  # an exception may be part of a cycle
        assert state() == before, f"interrupted at bytecode {nth}"
        nth += 1
    assert state() == before
    return nth


def protections(region: Region) -> State:
    return lambda: region.spans().to_dict()


def of_privileges(lab: Lab) -> tuple[Block, State]:
    token = lab.model("privileges")
    token.hold(DEBUG)
    token.hold(PROFILE, enabled=True)
    return lambda: privileges.enabled(DEBUG, PROFILE), lab.token


def of_the_command_line(lab: Lab) -> tuple[Block, State]:
    lab.model("privileges").hold(DEBUG)
    return debug_privilege, lab.token


def of_a_command(lab: Lab) -> tuple[Block, State]:
    lab.model("memory_lists")

    def command() -> AbstractContextManager[None]:
        memory_lists.purge_standby()
        return contextlib.nullcontext()

    return command, lab.token


def of_a_heap(lab: Lab) -> tuple[Block, State]:
    heap = Heap.create()
    return heap.locked, lambda: lab.count("HeapLock") - lab.count("HeapUnlock")


def of_sparse_memory(_: Lab) -> tuple[Block, State]:
    buffer = SparseBuffer(1 << 30)

    def state() -> object:
        buffer.decommit()  # refused while any of it is lent
        return buffer.committed

    return lambda: buffer.reading(PAGE, 3 * PAGE), state


def of_protections(_: Lab) -> tuple[Block, State]:
    region = Region(4 * PAGE)
    region.protect(Protection.READONLY, offset=PAGE, size=PAGE)
    return lambda: region.protected(Protection.NOACCESS, size=3 * PAGE), protections(region)


def of_locks(lab: Lab) -> tuple[Block, State]:
    door = lab.model("regions")
    lab.model("working_sets")
    region = Region(1 << 20)  # more than a process may lock at first

    def state() -> object:
        return door.locked, working_sets.limits(os.getpid()), lab.token()

    return region.locked, state


def of_a_process(_: Lab) -> tuple[Block, State]:
    region, process = Region(4 * PAGE), Process(os.getpid())
    region.protect(Protection.READONLY, offset=PAGE, size=PAGE)
    block = lambda: process.protected(region.address, 3 * PAGE, Protection.NOACCESS)  # noqa: E731
    return block, protections(region)


def of_snapshots(_: Lab) -> tuple[Block, State]:
    region = Region(4 * PAGE, write_watch=True)

    def state() -> None:
        region.decommit(0, PAGE)  # refused while they live
        region.commit(0, PAGE)

    return lambda: Snapshots(region), state


def of_physical_pages(lab: Lab) -> tuple[Block, State]:
    door = lab.model("awe")
    lab.model("privileges").hold("SeLockMemoryPrivilege")
    return lambda: PhysicalPages(3), lambda: (door.held, lab.token())


def of_large_pages(lab: Lab) -> tuple[Block, State]:
    door = lab.model("regions")
    lab.model("privileges").hold("SeLockMemoryPrivilege")
    return lambda: Region(LARGE, large_pages=True), lambda: (door.large, lab.token())


SCOPES = [
    of_privileges,
    of_the_command_line,
    of_a_command,
    of_a_heap,
    of_sparse_memory,
    of_protections,
    of_locks,
    of_a_process,
    of_snapshots,
    of_physical_pages,
    of_large_pages,
]


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.__name__)
def test_an_interrupt_at_any_bytecode_of_a_block_leaves_nothing_behind(
    lab: Lab, scope: Callable[[Lab], tuple[Block, State]]
) -> None:
    assert survives(*scope(lab)) > len("with")


def test_a_block_that_takes_first_and_then_tries_is_found_out() -> None:
    taken: list[int] = []

    @contextlib.contextmanager
    def careless() -> Iterator[None]:
        taken.append(1)
        try:
            yield
        finally:
            taken.pop()

    with pytest.raises(AssertionError, match="interrupted at bytecode"):
        survives(careless, lambda: len(taken))
