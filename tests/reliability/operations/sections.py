"""Sections: making, opening, showing, growing, and rings."""

from __future__ import annotations

import itertools
import os
import tempfile
from typing import TYPE_CHECKING

from ntpages.regions import Placeholder, Protection
from ntpages.sections import Ring, Section
from reliability.operations import Shared, life, operation, shared

if TYPE_CHECKING:
    from ntlab import Lab

MODELS = ("sections", "working_sets")
PAGE, GRAIN, LARGE = 4096, 65536, 2 << 20
_numbers = itertools.count()


def new_name() -> str:
    """A name of its own for each run: what an error keeps alive keeps its name, too."""
    return f"ntpages {os.getpid()} operation {next(_numbers)}"


def hold(lab: Lab) -> None:
    lab.model("privileges").hold("SeLockMemoryPrivilege")


@operation()
def made_opened_and_shown() -> object:
    made = Section(5_000, name=new_name())
    with made, Section.open(str(made.name)) as opened, made.view() as one, opened.view() as other:
        one.view(0, 1)[0] = 7
        return made.size, opened.size, other.view(0, 1)[0]


@operation()
def secured() -> object:
    with Section(PAGE, security="D:(A;;GA;;;WD)") as section:
        return section.security


@operation()
def grown() -> object:
    with Section(16 * PAGE, reserve=True) as section, section.view() as view:
        view.commit(PAGE, 2 * PAGE)
        return view.committed, [tuple(row) for row in view.spans()]


@operation()
def protected() -> object:
    with Section(4 * PAGE) as section, section.view() as view:
        return view.protect(Protection.READONLY, offset=PAGE, size=PAGE)


@operation()
def of_a_file_and_flushed() -> object:
    with tempfile.TemporaryFile() as file:  # gone with its last handle, whoever has that
        file.write(b"words")
        with Section(file=file) as section, section.view() as view:
            view.view(0, 1)[:] = b"W"
            view.flush()
        file.seek(0)
        return file.read()


@operation()
def near_a_node() -> object:
    with Section(PAGE, node=0) as section, section.view() as view:
        return view.size


@operation(models=MODELS, setup=hold)
def large_pages() -> object:
    with Section(LARGE, large_pages=True) as section, section.view() as view:
        return view.page_size


@operation(models=MODELS)
def in_place_and_out_of_it() -> object:
    with (
        Placeholder(GRAIN) as place,
        Section(GRAIN) as section,
        section.view(placeholder=place) as view,
    ):
        left = view.vacate()
    with left:
        return left.size


@operation(
    absorbs={
        "MapViewOfFileEx": "a place that is taken meanwhile is given up for another",
        "VirtualAlloc2": "without placeholders, addresses that are free are mapped",
    }
)
def ring_where_it_fits() -> object:
    with Ring(GRAIN) as ring:
        ring.push(b"words")
        return ring.pull()


@operation(models=MODELS)
def ring_in_place() -> object:
    with Ring(GRAIN, name=new_name()) as ring, Ring.open(str(ring.name)) as other:
        ring.push(b"words")
        return other.pull()


@life()
def section() -> None:
    with Section(PAGE) as section, section.view() as view, memoryview(view) as seen:
        seen[0] = 1


@life(cycles=3_000)
def ring() -> None:
    with Ring(GRAIN) as ring, ring.reserve(1) as room:
        room[0] = 1


@shared()
def many_threads_on_a_view() -> Shared:
    with Section(16 * PAGE, reserve=True) as section:
        return Shared(
            section.view(),
            (
                lambda view: view.commit(PAGE, PAGE),
                lambda view: view.spans(),
                lambda view: bytes(view.view(PAGE, 8)),
                lambda view: view.flush(PAGE, 1),
            ),
            allowed=(BufferError,),
        )


@shared()
def many_threads_on_a_ring() -> Shared:
    return Shared(
        Ring(GRAIN),
        (
            lambda ring: ring.push(b"words"),
            lambda ring: ring.pull(),
            lambda ring: bytes(ring.peek()),
            lambda ring: ring.reserve().release(),
        ),
        allowed=(BufferError, RuntimeError, ValueError),
    )
