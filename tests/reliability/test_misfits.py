"""Arguments that a compiled function does not take are refused as Python refuses them."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

import pytest

from house.test_treaty import is_enum, rooms
from house.through import through
from ntpages import _native
from ntpages._native import regions as native_regions
from ntpages.heaps import Heap
from ntpages.processes import Process
from ntpages.regions import Region
from reliability.hostile import FOREIGN, written_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MANY = (0,) * 40


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function of pybind11's, and every method, of an object that was never made."""
    for noun in rooms():
        for name, value in vars(getattr(_native, noun)).items():
            if inspect.isbuiltin(value):
                yield name, value
            elif inspect.isclass(value) and not is_enum(value):
                yield from methods(value)


def methods(kind: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, value in vars(kind).items():
        if type(value).__name__ == "instancemethod" and name != "_pybind11_conduit_v1_":
            yield f"{kind.__name__}.{name}", getattr(kind.__new__(kind), name)


FUNCTIONS = dict(functions())


def refusal(function: Callable[..., Any], *arguments: object, **named: object) -> str:
    with pytest.raises(TypeError) as raised:
        function(*arguments, **named)
    return str(raised.value)


@through(name=FUNCTIONS)
def test_what_does_not_fit_is_refused_by_the_name_of_the_function(name: str) -> None:
    function = FUNCTIONS[name]
    said = [refusal(function, *MANY), refusal(function, nobodys=1)]
    if needs_something(function):
        said.append(refusal(function))
    kind = name.partition(".")[0]
    beginnings = (f"{name}() ", f"call it as {kind}(", f"{kind}.__init__() was not called")
    for words in said:
        assert words.startswith(beginnings), words
        assert not FOREIGN.search(words)


def needs_something(function: Callable[..., Any]) -> bool:
    overloaded = "Overloaded" in (function.__doc__ or "")
    return not overloaded and any(required for _, _, required in written_signature(function))


def test_each_mistake_has_its_words() -> None:
    commit: Any = native_regions.Region._commit
    walk: Any = native_regions.walk_regions
    with Region(4096) as region, Process(os.getpid()) as process:
        counters: Any = process.counters
        bound: Any = region._commit
        told = {
            refusal(counters, None): "Process.counters() takes no arguments (1 given)",
            refusal(walk, 1, 2): "walk_regions() takes exactly 1 positional argument (2 given)",
            refusal(walk, 1, names=True): "walk_regions() missing required argument 'uses'",
            refusal(bound, at=0): "Region._commit() got an unexpected keyword argument 'at'",
            refusal(
                bound, 0, offset=0
            ): "Region._commit() got multiple values for argument 'offset'",
            refusal(commit): "Region._commit() needs a Region to be called on",
            refusal(commit, 5, 0, 0, 0): "Region._commit() is called on a Region, not on 5",
        }
        values = refusal(bound, 0, "much", protection=4)
    assert list(told) == list(told.values())
    assert values.startswith(
        "Region._commit() does not take (offset=0, size='much', protection=4): "
    )
    with Heap.create() as heap:
        several: Any = heap._validate
        assert refusal(several, 1, 2).startswith("Heap._validate() does not take (1, 2): ")


def test_a_refusal_of_a_functions_own_keeps_its_words() -> None:
    with pytest.raises(TypeError, match=r"^block must be a Block, not 5$"), Heap.create() as heap:
        heap.free(5)  # type: ignore[arg-type]


class Interrupting:
    def __repr__(self) -> str:
        raise KeyboardInterrupt


def test_a_value_that_can_not_be_shown_is_refused_even_so() -> None:
    with Process(os.getpid()) as process:
        assert refusal(process._keep_id, Interrupting()).endswith("takes no arguments (1 given)")
