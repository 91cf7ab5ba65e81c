"""How fast do messages go through a ring?"""

from __future__ import annotations

import random
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ntpages.sections import Ring

from .copies import TwoPartRing

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Race

_MESSAGE = 64  # bytes
_MESSAGES = 10_000
_BURST = 100  # messages that are in at a time
_SIZE = 1 << 16
_SOURCE = random.Random(1).randbytes(_MESSAGE * _MESSAGES)

# ---- One by one ----------------------------------------------------------------------------------


def _through_ring(ring: Ring | TwoPartRing, source: memoryview) -> bytes:
    """Messages come out of a buffer that is used again, and go on as bytes."""
    push, pull = ring.push, ring.pull
    out = []
    for start in range(0, len(source), _MESSAGE * _BURST):
        for at in range(start, start + _MESSAGE * _BURST, _MESSAGE):
            push(source[at : at + _MESSAGE])
        out += [pull(_MESSAGE) for _ in range(_BURST)]
    return b"".join(out)


def _through_deque(waiting: deque[bytes], source: memoryview) -> bytes:
    push, pull = waiting.append, waiting.popleft
    out = []
    for start in range(0, len(source), _MESSAGE * _BURST):
        for at in range(start, start + _MESSAGE * _BURST, _MESSAGE):
            push(bytes(source[at : at + _MESSAGE]))
        out += [pull() for _ in range(_BURST)]
    return b"".join(out)


ONE_BY_ONE: dict[str, Callable[[], Callable[[memoryview], bytes]]] = {
    "ntpages": lambda: partial(_through_ring, Ring(_SIZE)),
    "deque": lambda: partial(_through_deque, deque()),
    "two-part copies": lambda: partial(_through_ring, TwoPartRing(_SIZE)),
}


@pytest.mark.parametrize("way", ONE_BY_ONE)
def bench_one_by_one(race: Race, way: str) -> None:
    """How long do 10,000 messages of 64 bytes take, from a buffer in and as bytes out?"""
    through = ONE_BY_ONE[way]()
    source = memoryview(_SOURCE)
    race(lambda: through(source), answer=hash)


# ---- Many at once --------------------------------------------------------------------------------

_PIECE = _MESSAGE * 700  # no part of the ring's size, so that pieces lie across its end


def _as_one(ring: Ring, source: memoryview, sink: memoryview) -> memoryview:
    for start in range(0, len(source), _PIECE):
        piece = source[start : start + _PIECE]
        ring.push(piece)
        ring.pull_into(sink[start : start + len(piece)])
    return sink


def _in_place(ring: Ring, source: memoryview, sink: memoryview) -> memoryview:
    for start in range(0, len(source), _PIECE):
        piece = source[start : start + _PIECE]
        with ring.reserve(len(piece)) as room:
            room[:] = piece
        ring.publish(len(piece))
        with ring.peek() as seen:
            sink[start : start + len(seen)] = seen
            ring.consume(len(seen))
    return sink


def _split_and_joined(waiting: deque[bytes], source: memoryview, sink: memoryview) -> memoryview:
    for start in range(0, len(source), _PIECE):
        piece = source[start : start + _PIECE]
        waiting.extend([bytes(piece[at : at + _MESSAGE]) for at in range(0, len(piece), _MESSAGE)])
        sink[start : start + len(piece)] = b"".join(waiting)
        waiting.clear()
    return sink


def _copied(ring: TwoPartRing, source: memoryview, sink: memoryview) -> memoryview:
    for start in range(0, len(source), _PIECE):
        piece = source[start : start + _PIECE]
        ring.push(piece)
        sink[start : start + len(piece)] = ring.pull(len(piece))
    return sink


AT_ONCE: dict[str, Callable[[], Callable[[memoryview, memoryview], memoryview]]] = {
    "ntpages": lambda: partial(_as_one, Ring(_SIZE)),
    "ntpages, in place": lambda: partial(_in_place, Ring(_SIZE)),
    "deque": lambda: partial(_split_and_joined, deque()),
    "two-part copies": lambda: partial(_copied, TwoPartRing(_SIZE)),
}


@pytest.mark.parametrize("way", AT_ONCE)
def bench_many_at_once(race: Race, way: str) -> None:
    """How long do 10,000 messages of 64 bytes take from a buffer to another, 700 at a time?"""
    through = AT_ONCE[way]()
    source, sink = memoryview(_SOURCE), memoryview(bytearray(len(_SOURCE)))
    race(lambda: through(source, sink), answer=lambda seen: hash(seen.tobytes()))
