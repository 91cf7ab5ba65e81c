"""What does a table of a million rows cost?"""

from __future__ import annotations

import sys
from array import array
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Race

MANY = 1_000_000

# ---- Building ----------------------------------------------------------------------------------


def _as_table(offsets: array[int], sizes: array[int]) -> Table:
    return Table("spans", {"offset": offsets, "size": sizes})


def _as_tuples(offsets: array[int], sizes: array[int]) -> list[tuple[int, int]]:
    return list(zip(offsets, sizes, strict=True))


def _objects_of(build: Callable[[], object]) -> int:
    """Python objects that are alive once it is built, and were not before."""
    before = sys.getallocatedblocks()
    kept = build()
    objects = sys.getallocatedblocks() - before
    del kept
    return objects


BUILDERS = {"ntpages": _as_table, "tuples": _as_tuples}


@pytest.mark.parametrize("way", BUILDERS)
@pytest.mark.sizes(10_000, MANY)
def bench_build(race: Race, way: str, size: int) -> None:
    """How long until so many rows of two numbers each are one thing?"""
    offsets, sizes = (array("Q", range(start, start + size)) for start in (1 << 32, 1 << 40))
    build = partial(BUILDERS[way], offsets, sizes)
    objects = _objects_of(build)
    race(build, answer=len, note=lambda _: f"{objects:,} Python objects", rounds=7)


# ---- Columns -----------------------------------------------------------------------------------


def _as_array(table: Table) -> Callable[[], int]:
    numpy = pytest.importorskip("numpy")
    column = table.column("n")
    return lambda: len(numpy.asarray(column))


def _copied(table: Table) -> Callable[[], int]:
    numpy = pytest.importorskip("numpy")
    column = table.column("n")
    return lambda: len(numpy.array(column))


def _listed(table: Table) -> Callable[[], int]:
    column = table.column("n")
    return lambda: len(column.tolist())


COLUMNS: dict[str, Callable[[Table], Callable[[], int]]] = {
    "ntpages": lambda table: lambda: len(memoryview(table.column("n"))),
    "ntpages, numpy": _as_array,
    "numpy, copied": _copied,
    "list": _listed,
}


@pytest.mark.parametrize("way", COLUMNS)
@pytest.mark.sizes(10_000, MANY)
def bench_column(race: Race, way: str, size: int) -> None:
    """How long until a column of so many numbers is at hand?"""
    race(COLUMNS[way](Table("numbers", {"n": array("Q", range(size))})))
