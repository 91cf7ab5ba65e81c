"""What ntpages can do, as things to run: the reliability suite takes every one of them apart.

Each noun has its file here. It says:

- ``@operation``: one public operation, from nothing to nothing. The fault sweep makes every call it
  makes to Windows fail in turn.
- ``@life``: one object's life, from its making to its closing, which must leave nothing behind
  however often it is repeated.
- ``@shared``: one object and what may be done with it, on many threads at once.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ntlab import Lab

    Setup = Callable[[Lab], object]


@dataclass(frozen=True)
class Operation:
    """Something to run, on a laboratory that is set up for it."""

    name: str
    run: Callable[[], Any]
    """Does it. Answers the same on every run, where it answers at all."""
    models: tuple[str, ...] = ()
    """The models that answer meanwhile."""
    setup: Setup | None = None
    """What to change in the laboratory first."""
    absorbs: Mapping[str, str] = field(default_factory=dict)
    """What needs not be an error here where it fails, each with the reason: all calls of a
    function, or one, as ``"VirtualAlloc #3"``."""
    varies: str = ""
    """Why the number of its calls is another in each run, where it is."""
    cycles: int = 10_000
    """How often the leak test repeats it."""

    def prepare(self, lab: Lab) -> None:
        """Bring the laboratory to the state from which it runs."""
        lab.reset()
        for model in self.models:
            lab.model(model)
        if self.setup:
            self.setup(lab)


@dataclass(frozen=True)
class Shared:
    """An object, what threads do with it, and how it is closed."""

    target: Any
    uses: tuple[Callable[[Any], object], ...]
    allowed: tuple[type[Exception], ...] = ()
    """Errors that a use may raise while the object is open, beyond those of a closed one."""


OPERATIONS: list[Operation] = []
LIVES: list[Operation] = []
SHARED: list[Operation] = []


def _register(
    registry: list[Operation],
    models: tuple[str, ...],
    setup: Setup | None,
    **more: Any,
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def add(run: Callable[[], Any]) -> Callable[[], Any]:
        noun = run.__module__.rpartition(".")[2]
        registry.append(Operation(f"{noun}.{run.__name__}", run, models, setup, **more))
        return run

    return add


def operation(
    *,
    models: tuple[str, ...] = (),
    setup: Setup | None = None,
    absorbs: Mapping[str, str] | None = None,
    varies: str = "",
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register a public operation for the fault sweep."""
    return _register(OPERATIONS, models, setup, absorbs=absorbs or {}, varies=varies)


def life(
    *, models: tuple[str, ...] = (), setup: Setup | None = None, cycles: int = 10_000
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register an object's life for the leak test."""
    return _register(LIVES, models, setup, cycles=cycles)


def shared(
    *, models: tuple[str, ...] = (), setup: Setup | None = None
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register a maker of ``Shared`` for the thread test."""
    return _register(SHARED, models, setup)


for _room in pkgutil.iter_modules(__path__):
    _nouns = (_room.name, _room.name.rpartition("_")[0])  # regions_walk is about regions
    if any(importlib.util.find_spec(f"ntpages.{noun}") for noun in _nouns if noun):
        importlib.import_module(f"{__name__}.{_room.name}")
