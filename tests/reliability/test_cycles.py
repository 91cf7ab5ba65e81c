"""Objects that lead back to themselves are collected, whatever they keep alive on the way."""

from __future__ import annotations

import gc
import os
import re
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from house.layout import NATIVE, name_of, sources
from ntpages._native import awe as native_awe
from ntpages._native import processes as native_processes
from ntpages._native import regions as native_regions
from ntpages._native import sections as native_sections
from ntpages._native import sparse as native_sparse
from ntpages._native.regions import ANY_NODE
from ntpages.awe import PhysicalPages, Window
from ntpages.heaps import GlobalMemory, Heap
from ntpages.processes import Process, Values
from ntpages.regions import Protection, Region
from ntpages.sections import Ring, Section, View
from ntpages.sparse import GrowableBuffer, SparseBuffer, SparseGrid
from ntpages.table import Table
from ntpages.write_watch import Snapshots

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ntlab import Lab

PAGE = 4096


def entered(scope: Any) -> Any:
    """A block that began, and is never to end."""
    scope.__enter__()
    return scope


def region() -> Any:
    return type("R", (Region,), {})(4 * PAGE, write_watch=True)


def sparse() -> Any:
    return type("S", (SparseBuffer,), {})(1 << 30)


def heap() -> Any:
    kind: Any = type("H", (Heap,), {})
    return kind.create()


def process() -> Any:
    return type("P", (Process,), {})(os.getpid())


def view() -> Any:
    kind: Any = type("V", (View,), {})
    made = kind.__new__(kind)
    wishes = (0, PAGE, 4, 0, ANY_NODE, False)
    native_sections.View.__init__(made, Section(PAGE), wishes, None)
    return made


def ring() -> Any:
    return type("R", (Ring,), {})(1)


def window() -> Any:
    return type("W", (Window,), {})(2 * PAGE)


# What makes an object, and what of its own it is made to refer to.
CYCLES: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "a view of a region": (region, lambda r: r.view(0, PAGE)),
    "a part of a region": (region, lambda r: native_regions.RegionPart(r, 0, PAGE)),
    "a region as a buffer": (region, memoryview),
    "snapshots of a region": (region, lambda r: [Snapshots(r), Snapshots.take]),
    "a protected region": (region, lambda r: entered(r.protected(Protection.NOACCESS))),
    "a locked region": (region, lambda r: entered(r.locked(0, PAGE))),
    "a view as a buffer": (view, memoryview),
    "a part of a view": (view, lambda v: v.view(0, 1)),
    "bytes of a ring": (ring, lambda r: [r.reserve(), native_sections.RingPart(r, 1, room=True)]),
    "sparse memory": (sparse, memoryview),
    "sparse memory for the kernel": (sparse, lambda s: s.reading(PAGE, PAGE)),
    "a part of sparse memory": (sparse, lambda s: native_sparse.SparsePart(s, 0, 1)),
    "a cell": (lambda: type("G", (SparseGrid,), {})(4, 4), lambda g: g.cell(1, 1)),
    "growing bytes": (lambda: type("G", (GrowableBuffer,), {})(b"bytes"), memoryview),
    "memory behind a handle": (lambda: type("M", (GlobalMemory,), {})(8), memoryview),
    "a view of a block": (
        heap,
        lambda h: memoryview(h.allocate(8)),
    ),
    "a locked heap": (
        heap,
        lambda h: entered(h.locked()),
    ),
    "a process' memory": (
        process,
        lambda p: entered(p.protected(p.allocate(PAGE), PAGE, Protection.READONLY)),
    ),
    "a scan": (
        process,
        lambda p: native_processes.Scan(
            p, ((b"a", b"\xff", 1),), 0, 1 << 20, writable=False, limit=1, within=None, threads=1
        ),
    ),
    "numbers that are followed": (process, lambda p: Values(p, kind="int32", end=1)._looks),
    "a search for text": (
        process,
        lambda p: native_processes.StringSearch(p, 0, 1 << 20, 5, 1),
    ),
    "a column": (
        lambda: type("T", (Table,), {})("title", {"number": [1, 2]}),
        lambda t: [t.column("number"), memoryview(t.column("number")), t[0:1]],
    ),
}


@pytest.mark.parametrize("name", CYCLES)
def test_an_object_that_leads_to_itself_is_collected(name: str) -> None:
    make, refer = CYCLES[name]
    made = make()
    made.own = refer(made)
    gone = weakref.ref(made)
    del made
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("part", [lambda w: w.view(PAGE, 8), lambda w: w._part(0, 8), memoryview])
def test_a_window_that_leads_to_itself_is_collected(
    lab: Lab, part: Callable[[Any], object]
) -> None:
    door = lab.model("awe")
    lab.model("privileges").hold("SeLockMemoryPrivilege")
    made, pages = window(), type("P", (PhysicalPages,), {})(2)
    made.map(pages)
    made.pages, pages.window, made.own = pages, made, part(made)
    assert native_awe.Window in type(made).__mro__
    del made, pages
    gc.collect()
    assert door.held == (0, 0, 0)


def test_what_is_protected_in_a_cycle_is_protected_as_before() -> None:
    with Region(PAGE) as base:
        scope = native_regions.ProtectedPages(base, 0, PAGE, Protection.NOACCESS)
        scope.__enter__()
        circle: list[object] = [scope]
        circle.append(circle)
        del scope, circle
        gc.collect()
        assert base.spans().to_dict()["protection"] == [Protection.READWRITE]


BINDINGS = [path for path in sources(NATIVE, "*binding.cpp") if "keep_alive" in path.read_text()]


@pytest.mark.parametrize("path", BINDINGS, ids=name_of)
def test_every_class_that_keeps_an_object_alive_shows_it_to_the_collector(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    keeps = len(re.findall(r"keep_alive<\d, \d>\(\)(?:,\s*py::keep_alive<\d, \d>\(\))*", text))
    assert keeps == len(re.findall(r"show_kept|lend_part_of", text))


def test_who_keeps_an_object_refers_to_it() -> None:
    with (
        Region(PAGE) as base,
        Process(os.getpid()) as own,
        SparseBuffer(PAGE) as buffer,
        Section(PAGE).view() as seen,
        Ring(PAGE) as circle,
    ):
        pairs: list[tuple[object, object]] = [
            (native_regions.RegionPart(base, 0, 1), base),
            (native_regions.ProtectedPages(base, 0, 1, 4), base),
            (native_regions.LockedPages(base, 0, 1), base),
            (native_sections.ViewPart(seen, 0, 1), seen),
            (native_sections.RingPart(circle, 1, room=True), circle),
            (native_sparse.SparsePart(buffer, 0, 1), buffer),
            (native_processes.ProtectedMemory(own, base.address, 1, 4), own),
        ]
        assert [kept in gc.get_referents(keeper) for keeper, kept in pairs] == [True] * len(pairs)
