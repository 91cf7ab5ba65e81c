"""Numbers as callers give them: of every type, at every border."""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

np = pytest.importorskip("numpy")

BOUNDARIES = (-1, 0, 1, 4096, *((1 << bits) + d for bits in (31, 32, 47, 63, 64) for d in (-1, 0)))
FAR = (-1, -(2**63), 2**64, 2**100, 2**5000)
"""Beyond every rule."""


class Indexed:
    """Stands for a number, and is none."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


@cache  # to make a class takes longer than what most tests do with it
def enumerated(value: int) -> Any:
    """A number with a name."""
    enumeration: Any = IntEnum
    return enumeration("Enumerated", {"VALUE": value}).VALUE


def kinds_of(value: int) -> Iterator[Any]:
    """A number as every type of integer that can hold it."""
    yield value
    yield Indexed(value)
    yield enumerated(value)
    for kind in (np.int32, np.int64, np.uint32, np.uint64):
        if np.iinfo(kind).min <= value <= np.iinfo(kind).max:
            yield kind(value)


def shown(value: int) -> str:
    """What a message says of a number: a pattern."""
    if value.bit_length() > 128:
        return f"a number of {value.bit_length()} bits"
    return f"({value}|{value:#x})"
