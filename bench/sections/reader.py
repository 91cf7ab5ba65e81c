"""The other process: attaches to what it is told of, reads every byte, and answers.

usage: python reader.py

A line names a way, a name and a size in bytes; the answer is a line, the number of bytes that were
not as they should be.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIECE = 1 << 20


@contextmanager
def attached(way: str, name: str) -> Iterator[memoryview]:
    """The bytes of a block, by one library or the other."""
    if way == "shared_memory":
        from multiprocessing.shared_memory import SharedMemory  # noqa: PLC0415 (one is measured)

        block = SharedMemory(name)
        try:
            assert block.buf is not None
            yield block.buf
        finally:
            block.close()
    else:
        from ntpages.sections import Section  # noqa: PLC0415

        with Section.open(name) as section, section.view() as view, memoryview(view) as seen:
            yield seen


def read_block(way: str, name: str, size: int) -> int:
    """Copy it out, piece by piece: the price of reading it once."""
    sink = memoryview(bytearray(min(PIECE, size)))
    wrong = 0
    with attached(way, name) as seen:
        for start in range(0, size, PIECE):
            piece = sink[: min(PIECE, size - start)]
            with seen[start : start + len(piece)] as there:
                piece[:] = there
            wrong += piece[0] != 7 or piece[-1] != 7
    return wrong


def read_ring(_: str, name: str, size: int) -> int:
    """The same, as it comes."""
    from ntpages.sections import Ring  # noqa: PLC0415

    sink = memoryview(bytearray(PIECE))
    wrong = received = 0
    with Ring.open(name) as ring:
        while received < size:
            with ring.peek() as seen:
                count = min(len(seen), PIECE)
                sink[:count] = seen[:count]
            if not count:
                time.sleep(0)
                continue
            wrong += sink[0] != 7 or sink[count - 1] != 7
            ring.consume(count)
            received += count
    return wrong


READERS: dict[str, Callable[[str, str, int], int]] = {"ring": read_ring}


def main() -> None:
    """Serve until there are no more lines."""
    for line in sys.stdin:
        way, size, name = line.rstrip("\n").split(" ", 2)
        answer = READERS.get(way, read_block)(way, name, int(size))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
