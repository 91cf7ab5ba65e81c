"""The API in the hand: what an object says of itself, what a module offers, in which order to say
things, and what a notebook shows."""

from __future__ import annotations

import dataclasses
import importlib
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import pytest

from house.calls import OBJECTS, finish
from house.contracts import MODULES, Promise, promises
from house.through import through
from ntpages import heaps, processes, regions, table
from target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from house.calls import Stages


def rows() -> Iterator[Any]:
    """Every public class of rows."""
    for module in map(importlib.import_module, (f"ntpages.{name}" for name in MODULES)):
        for name in module.__all__:
            kind = getattr(module, name)
            if isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields"):
                yield kind


def records_with_an_address() -> Iterator[Any]:
    """Every public class of records, Python's and compiled, that tells where something is."""
    for module in map(importlib.import_module, (f"ntpages.{name}" for name in MODULES)):
        for name in module.__all__:
            kind = getattr(module, name)
            if (
                isinstance(kind, type)
                and dataclasses.is_dataclass(kind)
                and "address" in {each.name for each in dataclasses.fields(kind)}
            ):
                yield kind


@through(name=MODULES)
def test_dir_shows_what_there_is_for_users_and_nothing_else(name: str) -> None:
    module = importlib.import_module(f"ntpages.{name}")
    assert dir(module) == sorted(module.__all__)
    assert all(hasattr(module, each) for each in module.__all__)


@through(name=OBJECTS)
def test_an_object_says_what_it_is_where_it_is_and_how_it_is(stages: Stages, name: str) -> None:
    with stages() as stage:
        thing: Any = OBJECTS[name](stage)
        said = repr(thing)
        kind = type(thing).__name__
        assert said.startswith((f"<{kind}", f"{kind}("))
        assert " object at " not in said
        if hasattr(type(thing), "address"):
            assert f"{thing.address:#x}" in said
        if isinstance(getattr(thing, "size", None), int):
            assert "bytes" in said
        if hasattr(type(thing), "close"):
            thing.close()
            assert "closed" in repr(thing)
        finish(thing)


@through(kind=rows())
def test_a_row_shows_its_addresses_as_such(kind: Any) -> None:
    hints = get_type_hints(kind, include_extras=True)
    said = repr(kind(*[4096] * len(kind._fields)))
    assert said.startswith(f"{kind.__name__}(")
    for name, hint in hints.items():
        assert f"{name}={'0x1000' if hex in get_args(hint) else '4096'}" in said


@through(kind=records_with_an_address())
def test_a_record_shows_its_address_as_such(kind: Any) -> None:
    fields = dataclasses.fields(kind)
    made = {"address": 4096, "kind": None, "flags": heaps.HeapFlag(0)}
    said = repr(kind(**{each.name: made.get(each.name, 0) for each in fields}))
    assert said.startswith(f"{kind.__name__}(")
    assert "address=0x1000" in said
    assert all(f"{each.name}=" in said for each in fields)


PAIRS = [("offset", "size"), ("address", "size"), ("address", "data"), ("offset", "data")]


@through(promise=[each for each in promises() if each.callable])
def test_where_comes_before_how_much(promise: Promise) -> None:
    order = [*promise.parameters]
    for where, what in PAIRS:
        if {where, what} <= {*order}:
            assert order.index(where) < order.index(what)


def test_a_program_is_found_by_its_name(neighbour: Target) -> None:
    with processes.Process(neighbour.pid) as process:
        name = process.name
        assert repr(process) == f"<Process {neighbour.pid}: {name}>"
        for said in (name, name.upper(), name.removesuffix(".exe"), f"{name[:3]}*"):
            found = processes.find(said)
            assert neighbour.pid in found["pid"].tolist()
        assert set(processes.find(name)["name"]) == {name}
    with pytest.raises(ValueError, match="closed"):
        _ = process.name
    assert len(processes.find("nobody-is-called-so.exe")) == 0


def test_a_process_that_has_exited_says_so() -> None:
    with Target("idle") as target:
        process = processes.Process(target.pid)
    with process, pytest.raises(ProcessLookupError):
        _ = process.name


# ---- Notebooks -----------------------------------------------------------------------------------


class Cells(HTMLParser):
    """The text of a page; tags that are left open, or closed without being open, are an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        self.tags.append(tag)
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_notebook_shows_a_table_with_few_rows_of_many_and_no_tag_of_anybody() -> None:
    names = ["<script>", "&amp;"] * 50
    page = Cells(table.Table("Process", {"name": names})._repr_html_())
    assert "script" not in page.tags
    assert "<script>" in page.text
    assert page.tags.count("tr") < 20


def test_a_notebook_shows_the_pages_of_a_region() -> None:
    with regions.Region(8 * 4096, commit=False) as region:
        region.commit(4096, 4096)
        page = Cells(region._repr_html_())
        assert repr(region) in page.text
        assert page.tags.count("tr") == 1 + 3
        assert "4096" in page.text
    assert Cells(region._repr_html_()).text == [repr(region)]


def test_a_notebook_shows_a_map() -> None:
    page = Cells(regions.walk()._repr_html_())
    assert page.tags.count("td") > 100


def test_a_notebook_shows_what_a_heap_takes() -> None:
    with heaps.Heap.create() as heap:
        heap.allocate(1000)
        page = Cells(heap._repr_html_())
        assert repr(heap) in page.text
        assert str(heap.summary().committed) in page.text
    assert Cells(heap._repr_html_()).text == [repr(heap)]
