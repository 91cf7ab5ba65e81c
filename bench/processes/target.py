"""Processes to look into: idle ones, of which some have known content in their memory."""

from __future__ import annotations

import os
import random
import subprocess
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ntpages.processes import Process, list_processes

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXECUTABLE = os.environ.get("NTPAGES_TARGET_EXE")
_BLOCK = 16 << 20  # bytes made up at a time: what is larger repeats them


@contextmanager
def idler() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits for input, which never comes."""
    words = [_EXECUTABLE, "idle"] if _EXECUTABLE else ["cmd.exe", "/d", "/q", "/k"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as running:
        try:
            yield running
        finally:
            running.kill()


class Crowd:
    """Idle processes, as many as it takes to have so many in all."""

    def __init__(self) -> None:
        self._others = len(list_processes())
        self._idlers: list[ExitStack] = []

    def become(self, size: int) -> None:
        while self._idlers and self._others + len(self._idlers) > size:
            self._idlers.pop().close()
        while self._others + len(self._idlers) < size:
            self._idlers.append(ExitStack())
            self._idlers[-1].enter_context(idler())


class Target:
    """A process with so many bytes of known content at a known address."""

    def __init__(self, process: Process, size: int) -> None:
        self.process = process
        self.pid = process.pid
        self.size = size
        self.address = process.allocate(size)
        block = random.Random(1).randbytes(min(_BLOCK, size))
        for start in range(0, size, len(block)):
            process.write(self.address + start, block)


@contextmanager
def running_target(size: int) -> Iterator[Target]:
    """A target, while it lasts."""
    with idler() as running, Process(running.pid) as process:
        yield Target(process, size)
