"""A heap to walk: how it is filled, and how many blocks in use an answer tells of."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ntpages.heaps import Heap
from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZES = (12, 24, 40, 64, 24, 200, 48, 100, 16, 64, 333, 32)  # most small, as programs have them
_BUSY = 4  # PROCESS_HEAP_ENTRY_BUSY


@contextmanager
def filled_heap(count: int) -> Iterator[Heap]:
    """A heap with so many blocks."""
    with Heap.create() as heap:
        blocks = [heap.allocate(_SIZES[number % len(_SIZES)]) for number in range(count)]
        yield heap
        del blocks  # what nobody holds is freed


def busy_blocks(answer: Any) -> int:
    """How many blocks in use an answer tells of: a count, a table, or rows made by ctypes."""
    if isinstance(answer, int):
        return answer
    if isinstance(answer, Table):
        if "busy" in answer.names:
            return sum(answer.column("busy"))
        return answer.column("kind").tolist().count("busy")
    return sum(flags & _BUSY != 0 for _, _, _, flags, _ in answer)
