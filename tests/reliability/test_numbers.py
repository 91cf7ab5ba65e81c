"""Every number that anything public asks for: beyond every rule, of every type, and none at all.

The harmless call that the contracts make of each callable is watched, and then made again with one
of its numbers replaced. Nothing is done then: the refusal names the argument and the value.
"""

from __future__ import annotations

import importlib
import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest

from house.calls import CALLS, finish
from house.contracts import Promise, promises
from house.integers import FAR, kinds_of, shown
from house.through import through

if TYPE_CHECKING:
    from collections.abc import Callable

    from house.calls import Stage, Stages


np = pytest.importorskip("numpy")

POSITIONAL_ONLY = inspect.Parameter.POSITIONAL_ONLY
NO_NUMBERS = (True, np.True_, 4096.0, np.float64(1), "4096", b"1", 1j, object())

# Those that are counted from the end below zero, or are values: only what no 64 bits hold is far.
BELOW_ZERO = {
    "processes.Pattern.integer(value)",
    "table.Table.take(indices)",
    "write_watch.Snapshots.changed(number)",
    "write_watch.Snapshots.forget(number)",
    "write_watch.Snapshots.restore(number)",
}

# What a refusal calls an argument that is one of several, or a place.
CALLED = {
    "number": "snapshot|number",
    "indices": r"row|indices\[0\]",
    "placements": "offset",
    "ranges": r"offset|ranges\[0\]",
    "x": "cell|x",
    "y": "cell|y",
}

NUMBERS = {
    f"{promise}({name})": (promise, name, str(said))
    for promise in promises()
    if promise.callable and promise.name in CALLS
    for name, said in promise.parameters.items()
    if re.search(r"\bint\b", re.sub(r"Callable\[\[.*?\], \w+\]", "", str(said)))
}


class Watched:
    """The call that the contracts make of something public, to be made again."""

    def __init__(self, stage: Stage, promise: Promise) -> None:
        noun, *path = promise.name.split(".")
        owner: Any = importlib.import_module(f"ntpages.{noun}")
        for name in path[:-1]:
            owner = getattr(owner, name)
        raw = inspect.getattr_static(owner, path[-1])
        self.function: Callable[..., Any] = getattr(owner, path[-1])
        self.given: tuple[tuple[Any, ...], dict[str, Any]] | None = None

        def watch(*positional: Any, **named: Any) -> Any:
            self.given = self.given or (positional, named)
            return self.function(*positional, **named)

        is_method = inspect.isclass(owner) and not isinstance(raw, (classmethod, staticmethod))
        self.before = int(is_method)
        self.names = [*promise.parameters]
        patched: Any = watch if is_method or inspect.ismodule(owner) else staticmethod(watch)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, path[-1], patched)
            finish(CALLS[promise.name](stage))
        assert self.given, f"{promise} was not called by its name"

    def again(self, name: str, value: Any) -> object:
        """Make the call with another value."""
        assert self.given
        positional, named = [*self.given[0]], dict(self.given[1])
        at = self.names.index(name) + self.before
        if at < len(positional):
            positional[at] = value
        elif inspect.signature(self.function).parameters[name].kind is POSITIONAL_ONLY:
            positional.append(value)
        else:
            named[name] = value
        return finish(self.function(*positional, **named))


def wrapped(said: str, value: Any) -> Any:
    """A number where several are asked for, or places."""
    if "Mapping" in said:
        return {value: None}
    if "tuple[int" in said:
        return [(value, 1)]
    if said.startswith(("Iterable", "Sequence")):
        return [value]
    return value


@through(number=NUMBERS)
def test_a_number_beyond_every_rule_is_refused_and_named(stages: Stages, number: str) -> None:
    promise, name, said = NUMBERS[number]
    with stages() as stage:
        call = Watched(stage, promise)
        for value in FAR[2:] if number in BELOW_ZERO else FAR:
            for given in kinds_of(value):
                with pytest.raises(
                    (ValueError, IndexError), match=rf"(^|\W)({CALLED.get(name, name)})\W"
                ) as refused:
                    call.again(name, wrapped(said, given))
                assert re.search(rf"(?<!\d){shown(value)}(?!\w)", str(refused.value))


@through(number=NUMBERS)
def test_what_is_no_number_is_refused_and_named(stages: Stages, number: str) -> None:
    promise, name, said = NUMBERS[number]
    with stages() as stage:
        call = Watched(stage, promise)
        for value in NO_NUMBERS:
            if "str" in said and isinstance(value, (str, bytes)):
                continue  # a name is as good as a number there
            with pytest.raises(TypeError) as refused:
                call.again(name, wrapped(said, value))
            words = rf"^\w+(\[\d\])? must be .*, not {re.escape(repr(value))}$"
            assert re.search(words, str(refused.value))
