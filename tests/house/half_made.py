"""Makes an object of each compiled class without its ``__init__``, and asks all it can of it.

usage: python tests/house/half_made.py NOUN.CLASS...

Run in a process of its own by test_half_made.py: what reads raw memory may never come back. Prints
of each class, in one line of JSON, what did not answer with a TypeError about the missing
``__init__``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ntpages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STUBS = Path(ntpages.__file__ or "").parent / "_native"
MAKERS = ("__init__", "_make_ordinary")
SPECIAL: dict[str, Callable[[Any], object]] = {
    "__repr__": repr,
    "__str__": str,
    "__hash__": hash,
    "__len__": len,
    "__iter__": list,
}


def definition(noun: str, name: str) -> ast.ClassDef:
    stubs = [*STUBS.glob(f"{noun}.pyi"), *STUBS.glob(f"{noun}/*.pyi")]
    nodes = (node for stub in stubs for node in ast.parse(stub.read_text(encoding="utf-8")).body)
    return next(node for node in nodes if isinstance(node, ast.ClassDef) and node.name == name)


def calls(made: object, declared: ast.ClassDef) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each method, with as many arguments as it takes, and each property and field."""
    for node in declared.body:
        if isinstance(node, ast.AnnAssign):
            yield ast.unparse(node.target), partial(getattr, made, ast.unparse(node.target))
        elif not isinstance(node, ast.FunctionDef) or node.name in MAKERS:
            continue
        elif "property" in map(ast.unparse, node.decorator_list):
            yield node.name, partial(getattr, made, node.name)
        else:
            yield node.name, partial(call, made, node)


def call(made: object, method: ast.FunctionDef) -> object:
    """Call a method with a 0 for each argument that it needs."""
    given = method.args
    positional = [*given.posonlyargs, *given.args]
    needed = [0] * (len(positional) - 1 - len(given.defaults))
    pairs = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    return getattr(made, method.name)(
        *needed, **{each.arg: 0 for each, default in pairs if default is None}
    )


def questions(noun: str, kind: Any) -> Iterator[tuple[str, Callable[[], object]]]:
    """All that can be asked of an object of the class, and of the public ones made from it."""
    made = kind.__new__(kind)
    declared = definition(noun, kind.__name__)
    yield from calls(made, declared)
    if any(ast.unparse(base) == "Buffer" for base in declared.bases):
        yield "buffer", lambda: memoryview(made)
    public = vars(importlib.import_module(f"ntpages.{noun}")).values() if noun != "errors" else ()
    for each in {kind, *filter(inspect.isclass, public)}:
        if issubclass(each, kind):
            made = each.__new__(each)
            for what, ask in SPECIAL.items():
                own = getattr(each, what, None)
                if own is not None and own is not getattr(object, what, None):
                    yield f"{each.__name__}.{what}", partial(ask, made)


def wrong_answers(noun: str, name: str) -> Iterator[str]:
    kind = getattr(importlib.import_module(f"ntpages._native.{noun}"), name)
    try:
        kind.__new__(kind)
    except TypeError:
        return  # that is the best answer
    for what, ask in questions(noun, kind):
        try:
            ask()
        except TypeError as refused:
            if "__init__() was not called" not in str(refused):
                yield f"{what}: {refused}"
        else:
            yield f"{what}: answered"


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print(json.dumps([*wrong_answers(*each.split("."))]), flush=True)  # noqa: T201
