"""How fast is memory shared with another process?"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ntpages.sections import Ring, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..conftest import Race

_PIECE = 1 << 20
_CONTENT = b"\7" * _PIECE
_numbers = itertools.count()


class Reader:
    """Another process, which reads what it is told of."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Talk to a process that runs ``reader.py``."""
        assert process.stdin is not None
        assert process.stdout is not None
        self._to, self._back = process.stdin, process.stdout

    def begin(self, way: str, name: str, size: int) -> None:
        """Tell it of a block."""
        self._to.write(f"{way} {size} {name}\n")
        self._to.flush()

    def end(self) -> int:
        """Wait for its answer: how many bytes were not as they should be."""
        return int(self._back.readline())


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """The other process, which has begun: to start it is not what is measured."""
    command = [sys.executable, str(Path(__file__).with_name("reader.py"))]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe) as process:
        yield Reader(process)
        assert process.stdin is not None
        process.stdin.close()


def _name() -> str:
    """A new one for each: what has a name must be a new block."""
    return f"ntpages bench {os.getpid()} {next(_numbers)}"


def _filled(block: memoryview, size: int) -> None:
    for start in range(0, size, _PIECE):
        part = block[start : start + min(_PIECE, size - start)]
        part[:] = _CONTENT[: len(part)]


def _by_section(reader: Reader, size: int) -> int:
    name = _name()
    with Section(size, name=name) as section, section.view() as view, memoryview(view) as block:
        _filled(block, size)
        reader.begin("section", name, size)
        return reader.end()


def _by_shared_memory(reader: Reader, size: int) -> int:
    name = _name()
    block = SharedMemory(name, create=True, size=size)
    try:
        assert block.buf is not None
        _filled(block.buf, size)
        reader.begin("shared_memory", name, size)
        return reader.end()
    finally:
        block.close()


def _by_ring(reader: Reader, size: int) -> int:
    name = _name()
    with Ring(4 * _PIECE, name=name) as ring:
        reader.begin("ring", name, size)
        sent = 0
        while sent < size:
            count = min(_PIECE, size - sent)
            if ring.push(_CONTENT[:count]):
                sent += count
            else:
                time.sleep(0)
        return reader.end()


FIRST: dict[str, Callable[[Reader, int], int]] = {
    "ntpages": _by_section,
    "shared_memory": _by_shared_memory,
}
PASSED: dict[str, Callable[[Reader, int], int]] = {
    "ntpages": _by_ring,
    "ntpages, section": _by_section,
    "shared_memory": _by_shared_memory,
}


@pytest.mark.parametrize("way", FIRST)
def bench_first_view(race: Race, reader: Reader, way: str) -> None:
    """How long until another process has read the page that was made for it?"""
    race(lambda: FIRST[way](reader, 4096))


@pytest.mark.sizes(64 << 20, 1 << 30)
@pytest.mark.parametrize("way", PASSED)
def bench_passed(race: Race, reader: Reader, way: str, size: int) -> None:
    """How long do so many bytes take from one process to another?"""
    race(lambda: PASSED[way](reader, size), rounds=5)
