"""What every public callable promises: its parameters, what it returns, and its docstring."""

from __future__ import annotations

import ast
import collections.abc
import importlib
import inspect
import re
import types
import typing
from dataclasses import dataclass, is_dataclass
from enum import EnumMeta
from functools import cache
from typing import TYPE_CHECKING, Any

import typing_extensions

import ntpages
from house.layout import STUBS, noun_of_stub
from ntpages.guard import conditions, deeds, exporting, quantities
from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODULES = sorted(set(ntpages.__all__) - {"__version__"})

# Classes whose objects come from a call, and which can't be called.
MADE_ELSEWHERE = {"heaps.Block", "heaps.Heap", "table.Column"}

# A docstring that says this is no promise to users.
OURS = "For ntpages's own modules."

SECTION = re.compile(
    r"^(Args|Attributes|Columns|Needs|Raises|Returns|Source|Warns|Yields):", re.MULTILINE
)


@dataclass(frozen=True, repr=False)
class Promise:
    """One public callable, or one property, and what is said of it."""

    name: str
    """``heaps.Heap.allocate``"""
    value: Any
    home: type | None = None
    """The class that defines it, if one does."""

    def __repr__(self) -> str:
        return self.name

    @property
    def callable(self) -> bool:
        return not isinstance(self.value, property) and not inspect.isgetsetdescriptor(self.value)

    @property
    def parameters(self) -> dict[str, str | None]:
        """Each parameter's annotation, by name, without ``self`` and ``cls``."""
        if (declared := self._declared) is not None:
            arguments = declared.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            found = {each.arg: _text(each.annotation) for each in every}
        else:
            signature = inspect.signature(self._function)
            found = {
                name: None if each.annotation is each.empty else each.annotation
                for name, each in signature.parameters.items()
            }
        return {name: said for name, said in found.items() if name not in {"self", "cls"}}

    @property
    def returns(self) -> str | None:
        """The annotation of what it returns."""
        if (declared := self._declared) is not None:
            return _text(declared.returns)
        said = inspect.signature(self._function).return_annotation
        return None if said is inspect.Signature.empty else str(said)

    @property
    def docstring(self) -> str:
        if (declared := self._declared) is not None:
            return ast.get_docstring(declared) or ""
        return inspect.getdoc(self._function) or ""

    @property
    def sections(self) -> dict[str, str]:
        """What the docstring says under each heading; the summary is under the empty one."""
        pieces = SECTION.split(self.docstring)
        return dict(zip(["", *pieces[1::2]], [pieces[0], *pieces[2::2]], strict=True))

    def entries(self, section: str) -> dict[str, str]:
        """What a section lists, by name."""
        text = inspect.cleandoc("\n" + self.sections.get(section, ""))
        found = re.split(r"^(\w+):(?=\s)", text, flags=re.MULTILINE)[1:]
        return dict(zip(found[::2], found[1::2], strict=True))

    @property
    def _function(self) -> Callable[..., Any]:
        value = self.value
        if isinstance(value, property):
            assert value.fget
            return value.fget
        if isinstance(value, type):
            homes = (vars(base) for base in value.__mro__)
            value = next(home["__init__"] for home in homes if "__init__" in home)
        function = getattr(value, "__func__", value)  # a class method's
        plain: Callable[..., Any] = inspect.unwrap(function)
        return plain

    @property
    def _declared(self) -> ast.FunctionDef | None:
        """Its stub, if it is compiled."""
        return declared().get(self._place) if self._place else None

    @property
    def _place(self) -> str:
        place = self.home or self.value
        module = getattr(place, "__module__", "") or ""
        if not module.startswith("ntpages._native."):
            return ""
        return f"{module.rpartition('.')[2]}.{place.__name__}.{self.name.rpartition('.')[2]}"


def _text(annotation: ast.expr | None) -> str | None:
    return ast.unparse(annotation) if annotation else None


@cache
def declared() -> dict[str, ast.FunctionDef]:
    """The methods and properties that the stubs declare; of overloads the first."""
    found: dict[str, ast.FunctionDef] = {}
    for path in STUBS:
        for outer in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(outer, ast.ClassDef):
                for node in outer.body:
                    if isinstance(node, ast.FunctionDef):
                        found.setdefault(f"{noun_of_stub(path)}.{outer.name}.{node.name}", node)
    return found


def promises() -> Iterator[Promise]:
    """Everything public that can be called or asked for, of every noun."""
    for noun in MODULES:
        module = importlib.import_module(f"ntpages.{noun}")
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isclass(value):
                yield from _of_class(f"{noun}.{name}", value)
            elif callable(value):
                yield Promise(f"{noun}.{name}", value)


def _of_class(name: str, value: type) -> Iterator[Promise]:
    if isinstance(value, EnumMeta) or issubclass(value, (BaseException, tuple)):
        return  # a row is looked at with the table that has it
    if name not in MADE_ELSEWHERE and not is_dataclass(value):
        yield Promise(name, value)
    for member in dir(value):
        if member.startswith("_"):
            continue
        home = next(base for base in value.__mro__ if member in vars(base))
        raw = vars(home)[member]
        # A record's field is looked at with whatever answers the record.
        is_field = member in getattr(value, "__dataclass_fields__", ())
        if not is_field and not inspect.ismemberdescriptor(raw) and OURS not in (raw.__doc__ or ""):
            yield Promise(f"{name}.{member}", raw, home)


# ---- Annotations ---------------------------------------------------------------------------------


@cache
def spoken_of() -> dict[str, Any]:
    """Everything that an annotation of ours may name."""
    # They take seconds, and collecting does not need them.
    import numpy.typing as npt  # noqa: PLC0415
    import pandas as pd  # type: ignore[import-untyped]  # noqa: PLC0415
    import polars as pl  # noqa: PLC0415
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415

    found: dict[str, Any] = {**vars(typing), **vars(collections.abc), **vars(typing_extensions)}
    for part in (conditions, deeds, exporting, quantities):  # what reading a policy makes
        found |= {name: getattr(part, name) for name in part.__all__}
    found["Condition"] = Any  # a protocol
    found |= {"npt": npt, "pd": pd, "pl": pl, "pa": pa, "RowT": Any}
    for noun in MODULES:
        module = importlib.import_module(f"ntpages.{noun}")
        found[noun] = module
        found |= {name: getattr(module, name) for name in module.__all__}
    return found


def annotated(said: str) -> Any:
    """What an annotation means."""
    return eval(said, spoken_of())


def matches(value: object, wanted: Any, home: type | None = None) -> bool:
    """Whether a value is what an annotation says; ``Self`` is the class that promises it."""
    origin, inner = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in {typing.Union, types.UnionType}:
        return any(matches(value, each, home) for each in inner)
    if origin is typing.Literal:
        return value in inner
    if wanted in {int, float} and isinstance(value, bool):
        return False  # Python takes it for a number
    kind = {
        Any: object,
        None: type(None),
        float: (int, float),
        typing_extensions.Self: home,
    }.get(wanted, origin or wanted)
    held = _held(value, inner) if origin else _fields(value)
    return isinstance(value, kind) and all(matches(each, said, home) for each, said in held)


def _fields(value: Any) -> Iterator[tuple[object, Any]]:
    """What the fields of a record hold, each with its annotation."""
    for field in getattr(value, "__dataclass_fields__", {}).values():
        said = field.type  # of compiled records it is known what that means
        yield getattr(value, field.name), annotated(said) if isinstance(said, str) else said


def _held(value: Any, inner: tuple[Any, ...]) -> Iterator[tuple[object, Any]]:
    """What a container holds, each with its annotation."""
    if isinstance(value, dict):
        for pair in value.items():
            yield from zip(pair, inner, strict=True)
    elif isinstance(value, tuple) and inner[-1] is not Ellipsis:
        yield from zip(value, inner, strict=True)
    elif isinstance(value, (list, tuple, frozenset, Table)):
        yield from ((each, inner[0]) for each in value)


def given(answer: str) -> str:
    """What a caller of an annotated function gets: of a generator, what it yields."""
    found = re.fullmatch(r"Iterator\[(.*)\]", answer)
    return found[1] if found else answer
