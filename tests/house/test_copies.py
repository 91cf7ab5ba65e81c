"""Pickles and copies: what is a value comes back whole, what is of this process is refused."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import is_dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from house.calls import CALLS, OBJECTS, finish
from house.test_treaty import compiled, is_enum
from house.through import through
from ntpages import errors
from ntpages.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from house.calls import Stages


PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def pickled(protocol: int, it: Any) -> Any:
    return pickle.loads(pickle.dumps(it, protocol))


def reduced(protocol: int, it: Any) -> Any:
    return it.__reduce_ex__(protocol)


WAYS: dict[str, Callable[[Any], Any]] = {
    **{f"pickle {at}": partial(pickled, at) for at in PROTOCOLS},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}
"""How a copy is made."""

ASKED: dict[str, Callable[[Any], object]] = {
    "__reduce__": lambda it: it.__reduce__(),
    **{f"__reduce_ex__ {at}": partial(reduced, at) for at in PROTOCOLS},
}
"""What copyreg, copy and pickle ask of an object."""


def is_value(thing: object) -> bool:
    """Whether an answer is a value, not a thing of this process."""
    if isinstance(thing, (list, tuple)):
        return all(map(is_value, thing))
    values = (str, int, float, bytes, dict, set, frozenset, Enum, Table, Column, errors.NtError)
    is_array = hasattr(thing, "__array_interface__")  # NumPy's, which copies what is in it
    return thing is None or is_array or is_dataclass(thing) or isinstance(thing, values)


def is_ours(thing: object) -> bool:
    return type(thing).__module__.startswith("ntpages")


def content(thing: Any) -> Any:
    """What two equal things have in common; tables and errors are compared by what is in them."""
    if isinstance(thing, Table):
        return thing.title, thing.to_dict(), [content(row) for row in thing[:3]]
    if hasattr(thing, "__array_interface__"):
        return thing.dtype, thing.shape, thing.tobytes()
    if isinstance(thing, Column):
        return thing.name, thing.labels, thing.tolist()
    if isinstance(thing, BaseException):
        return type(thing), thing.args, errors_of(thing)
    if isinstance(thing, (list, tuple)):
        return type(thing), [content(each) for each in thing]
    fields = getattr(thing, "__dataclass_fields__", None)
    return (
        (type(thing), {name: content(getattr(thing, name)) for name in fields}) if fields else thing
    )


def errors_of(error: BaseException) -> dict[str, Any]:
    told = ("errno", "winerror", "strerror", "call", "code", "status", "privilege")
    return {"str": str(error), **{name: getattr(error, name, None) for name in told}}


@through(name=CALLS)
def test_every_answer_that_is_a_value_comes_back_whole(stages: Stages, name: str) -> None:
    with stages() as stage:
        answer = CALLS[name](stage)
        if inspect.isgenerator(answer) or not is_value(answer):
            answer = finish(answer)
        if is_value(answer):
            for way, copied in WAYS.items():
                assert content(copied(answer)) == content(answer), way
        elif is_ours(answer):
            for way, copied in {**WAYS, **ASKED}.items():
                with pytest.raises(TypeError, match="can't be copied or pickled"):
                    pytest.fail(f"{way}: {copied(answer)!r}")


@through(name=OBJECTS)
def test_every_object_is_a_value_or_refuses(stages: Stages, name: str) -> None:
    with stages() as stage:
        thing = OBJECTS[name](stage)
        for way, ask in ASKED.items():
            if is_value(thing):
                assert ask(thing), way
            else:
                with pytest.raises(TypeError, match="can't be copied or pickled"):
                    ask(thing)


CLASSES = {
    name: value
    for name, value in compiled().items()
    if name.count(".") == 1 and inspect.isclass(value) and not is_enum(value)
}


@through(name=CLASSES)
def test_no_compiled_class_leaves_copying_to_python(name: str) -> None:
    """What ``object`` has for it would make an object of pybind11's base class: the end of all."""
    kind: Any = CLASSES[name]
    assert "__reduce__" in vars(kind)
    assert kind.__reduce_ex__ is object.__reduce_ex__


def every_error() -> list[errors.NtError]:
    codes = (0, 1, 5, 8, 87, 127, 299, 487, 998, 1314, 1455, 0x7FFFFFFF, 0x80310001, 0xFFFFFFFF)
    made = [errors.from_call("VirtualLock", code, 0, "words", "SeDebug") for code in codes]
    made += [
        errors.from_call("NtOpenProcess", 0, status, "", "") for status in (0xC0000005, 0xC000000B)
    ]
    return [
        *made,
        errors.no_such_process("OpenProcess", 5, 87),
        errors.from_missing("VirtualAlloc2"),
    ]


@through(error=every_error(), way=WAYS)
def test_an_error_comes_back_whole(error: errors.NtError, way: str) -> None:
    error.found = [1, 2]  # type: ignore[attr-defined]  # whatever else it carries
    again = WAYS[way](error)
    assert content(again) == content(error)
    assert again.found == [1, 2]


def test_rows_of_a_callers_own_table_come_back() -> None:
    row = Table("Row", {"n": [1], "word": ["a"]})[0]
    for copied in WAYS.values():
        again = copied(row)
        assert (again, again.word, again._fields) == ((1, "a"), "a", ("n", "word"))


def test_a_piece_of_a_table_takes_no_more_than_its_rows() -> None:
    table = Table("Row", {"n": range(100_000), "word": ["words"] * 100_000})
    assert len(pickle.dumps(table[5:8])) < 1000
    assert len(pickle.dumps(table["n"][::20_000])) < 1000
