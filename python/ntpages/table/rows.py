"""What the rows of a table look like: their class, and which of their cells become enum members."""

from __future__ import annotations

from enum import Enum, Flag
from functools import lru_cache
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    NamedTuple,
    TypeVar,
    get_args,
    get_type_hints,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RowT = TypeVar("RowT")

Address = Annotated[int, hex]
"""An ``int`` that is shown in hexadecimal."""


def shows_addresses(kind: type[RowT]) -> type[RowT]:
    """Have rows of a class show their addresses as such, where they are looked at one by one."""
    kind.__repr__ = _row_text  # type: ignore[method-assign]
    return kind


def _row_text(row: Any) -> str:
    kind = type(row)
    hints = get_type_hints(kind, include_extras=True)
    cells = (
        f"{name}={hex(cell) if hex in get_args(hints[name]) else repr(cell)}"
        for name, cell in zip(kind._fields, row, strict=True)
    )
    return f"{kind.__name__}({', '.join(cells)})"


class Shape:
    """Makes rows of a table with these columns.

    ``kind`` is a named tuple whose annotations say what a cell becomes: a member of an enum, or
    what it is. Rows are of it where its fields are these columns, and else plain: then it speaks of
    those columns that it knows, or is None.
    """

    def __init__(self, kind: Any, names: tuple[str, ...]) -> None:
        self.kind = kind
        hints = get_type_hints(kind, include_extras=True) if kind else {}
        of_kind = kind is not None and names == kind._fields
        made: Any = kind if of_kind else _plain(names)
        self._make = made._make
        self._converted = [
            (at, _Memory(hint))
            for at, hint in enumerate(map(hints.get, names))
            if isinstance(hint, type) and issubclass(hint, Enum)
        ]
        self._forms = [_form(hints.get(name)) for name in names]

    def row(self, cells: tuple[Any, ...]) -> Any:
        """Make a row of its cells."""
        return next(self.rows([[cell] for cell in cells]))

    def rows(self, columns: list[list[Any]]) -> Iterator[Any]:
        """Make rows of cells, given column by column."""
        for at, memory in self._converted:
            columns[at] = [memory[cell] for cell in columns[at]]
        return map(self._make, zip(*columns, strict=True))

    def shown(self, columns: list[list[Any]]) -> list[list[str]]:
        """Turn cells into words, column by column."""
        return [
            [form(cell) for cell in column]
            for form, column in zip(self._forms, columns, strict=True)
        ]


shape_of = lru_cache(Shape)


@lru_cache
def _plain(names: tuple[str, ...]) -> type[tuple[Any, ...]]:
    make: Any = NamedTuple
    kind = make("Row", [(name, Any) for name in names])
    kind.__reduce__ = lambda row: (plain_row, (names, tuple(row)))  # no module knows its class
    return kind  # type: ignore[no-any-return]


def plain_row(names: tuple[str, ...], cells: tuple[Any, ...]) -> Any:
    """Return a row as a table of these columns makes it. For pickled ones."""
    return _plain(names)._make(cells)  # type: ignore[attr-defined]


def _form(hint: Any) -> Callable[[Any], str]:
    """How a cell is shown: as its annotation says, or as flags are called."""
    if hex in get_args(hint):
        return hex
    if isinstance(hint, type) and issubclass(hint, Flag):
        flags: type[Flag] = hint
        return lambda cell: _flags(flags, cell)
    return str


def _flags(kind: type[Flag], cell: int) -> str:
    held = [each for each in kind if each.value and each.value & cell == each.value]
    return "|".join(str(each.name) for each in held) or hex(cell)


class _Memory(dict[Any, Any]):
    """Remembers what a converter made of each value: columns of flags hold few different ones."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, value: Any) -> Any:
        made = self[value] = self._convert(value)
        return made
