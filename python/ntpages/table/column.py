"""Columns: what is in one of them, and which of its cells keep a condition."""

from __future__ import annotations

import operator
from array import array
from contextlib import suppress
from enum import Enum
from itertools import repeat
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, overload

from ntpages import arguments
from ntpages._native import table as native

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from typing_extensions import Buffer

    Values = (
        Buffer | Sequence[str] | Sequence[bytes] | Sequence[bool] | Sequence[int] | Sequence[float]
    )

__all__ = ["Column"]

BATCH = 4096
"""Cells turned into Python objects at a time while iterating."""

_NOT = bytes.maketrans(b"\0\1", b"\1\0")


class Column(native.Column):
    """One column of a ``Table``: numbers as a buffer, text as strings, bytes of any length.

    ``memoryview(column)`` and ``numpy.asarray(column)`` share its memory and keep it alive, also
    those of a slice, which is a stride and never a copy. Indexing and iterating give ``int``,
    ``float``, ``bool``, ``str`` or ``bytes``. A column with ``labels`` gives the label of each
    cell; its buffer holds indices into ``labels``.

    Comparing it with a value, or with as many values as it has cells, gives a column of ``bool``,
    for ``Table.where()``; such columns are combined with ``&``, ``|``, ``^`` and ``~``.
    """

    __slots__ = ()

    def __init__(self, column: native.Column) -> None:
        """Share the cells of a column. Public ones come from a table."""
        super().__init__(arguments.instance("column", column, native.Column))

    __hash__ = None  # type: ignore[assignment]  # what is compared cell by cell equals nothing

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Column: ...
    def __getitem__(self, index: int | slice) -> Any:
        """Return a cell, or the cells of a slice as another column."""
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            return Column(self._slice(start, len(range(start, stop, step)), step))
        row = arguments.position("row", index, len(self))
        return self._cells(row, row + 1)[0]

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the cells."""
        for start in range(0, len(self), BATCH):
            yield from self._cells(start, min(start + BATCH, len(self)))

    def tolist(self) -> list[Any]:
        """Return every cell as a Python object."""
        return self._cells(0, len(self))

    def __repr__(self) -> str:
        """Return the name and the length."""
        return f"<Column {self.name}: {len(self)} rows>"

    def __eq__(self, other: object) -> Column:  # type: ignore[override]
        """Return which cells equal a value."""
        return self._compared(operator.eq, other)

    def __ne__(self, other: object) -> Column:  # type: ignore[override]
        """Return which cells differ from a value."""
        return self._compared(operator.ne, other)

    def __lt__(self, other: object) -> Column:
        """Return which cells are less than a value."""
        return self._compared(operator.lt, other)

    def __le__(self, other: object) -> Column:
        """Return which cells are a value or less."""
        return self._compared(operator.le, other)

    def __gt__(self, other: object) -> Column:
        """Return which cells are more than a value."""
        return self._compared(operator.gt, other)

    def __ge__(self, other: object) -> Column:
        """Return which cells are a value or more."""
        return self._compared(operator.ge, other)

    def __and__(self, other: Column) -> Column:
        """Return where both are true."""
        return self._combined(operator.and_, other)

    def __or__(self, other: Column) -> Column:
        """Return where one is true."""
        return self._combined(operator.or_, other)

    def __xor__(self, other: Column) -> Column:
        """Return where one alone is true."""
        return self._combined(operator.xor, other)

    def __invert__(self) -> Column:
        """Return where it is not true."""
        return self._bools(self._as_bools().translate(_NOT))

    def __bool__(self) -> bool:
        """Refuse: there is a truth for each row."""
        msg = f"column {self.name!r} is not true or false as a whole: use any() or all()"
        raise TypeError(msg)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make it again: its own cells, without the rest of the table."""
        return unpickled, (self.name, packed(self))

    def __copy__(self) -> Column:
        """Return itself: it is frozen."""
        return self

    def __deepcopy__(self, memo: object) -> Column:
        """Return itself: it is frozen."""
        return self

    def _compared(self, compare: Callable[[Any, Any], Any], other: object) -> Column:
        value: Any = other.value if isinstance(other, Enum) else other
        if isinstance(value, (str, bytes)) or not hasattr(value, "__len__"):
            if self.labels and compare in {operator.eq, operator.ne}:
                arguments.choice(f"what column {self.name!r} is compared with", value, self.labels)
            values: Iterable[Any] = repeat(value)
        else:
            values = self._as_many("values", value)
        return self._bools(bytes(map(bool, map(compare, self, values))))

    def _combined(self, combine: Callable[[int, int], int], other: Column) -> Column:
        if not isinstance(other, Column):
            return NotImplemented
        bools, others = self._as_bools(), other._as_bools()
        self._as_many("rows", other)
        found = combine(int.from_bytes(bools, "little"), int.from_bytes(others, "little"))
        return self._bools(found.to_bytes(len(self), "little"))

    def _as_many(self, what: str, other: Any) -> Any:
        if len(other) != len(self):
            msg = f"column {self.name!r} of {len(self)} rows can't be met with {len(other)} {what}"
            raise ValueError(msg)
        return other

    def _as_bools(self) -> bytes:
        with suppress(BufferError), memoryview(self) as cells:
            if cells.format == "?":
                return cells.tobytes()
        msg = f"column {self.name!r} must be of bools, as comparing gives one"
        raise TypeError(msg)

    def _bools(self, cells: bytes) -> Column:
        bools = native.Table("Column", {self.name: memoryview(cells).cast("?")})
        return Column(bools._column(0))


# ---- Values as callers give them, and as they are kept in a pickle -------------------------------


def values_of(name: str, values: Values) -> Buffer | Sequence[str] | Sequence[bytes]:
    """Return values of a column as the compiled half takes them."""
    try:
        return memoryview(values)  # type: ignore[arg-type]
    except (TypeError, BufferError):  # no buffer at all, or a column of text or bytes
        cells: list[Any] = arguments.each(f"column {name!r}", values, lambda _, cell: cell)  # type: ignore[arg-type]
    if any(all(isinstance(cell, kind) for cell in cells) for kind in (str, bytes)):
        return cells
    if all(map(arguments.is_bool, cells)):
        return memoryview(bytes(map(bool, cells))).cast("?")
    try:
        if all(isinstance(cell, Integral) and not arguments.is_bool(cell) for cell in cells):
            return array("Q" if max(cells) >= 2**63 else "q", map(int, cells))
        if all(isinstance(cell, Real) and not arguments.is_bool(cell) for cell in cells):
            return array("d", map(float, cells))
    except OverflowError:
        msg = f"column {name!r} must hold numbers of 64 bits, signed or not, or floats"
        raise ValueError(msg) from None
    msg = f"column {name!r} must be a buffer or a sequence of one of str, bytes, bool, int, float"
    raise TypeError(msg)


_BYTES = "s"  # bytes of any length: cells, where there are some, tell them from text

Packed = tuple[str, "bytes | list[str] | list[bytes]", "tuple[str, ...]"]


def packed(column: Column) -> Packed:
    """Return a column as a pickle keeps it: the format of its cells, the cells, the labels."""
    if not column.labels:
        with suppress(BufferError), memoryview(column) as cells:
            return cells.format, cells.tobytes(), ()
        return _BYTES if column._is_of_bytes else "", column.tolist(), ()
    return "B", memoryview(column).tobytes(), column.labels


def unpacked(title: str, columns: dict[str, Packed]) -> native.Table:
    """Return columns that were packed as a table."""
    values: dict[str, Buffer | list[str] | list[bytes]] = {}
    for name, (form, cells, _) in columns.items():
        values[name] = memoryview(cells).cast(form) if isinstance(cells, bytes) else cells  # type: ignore[call-overload]
    labels = {name: labels for name, (_, _, labels) in columns.items() if labels}
    of_bytes = {name for name, (form, _, _) in columns.items() if form == _BYTES}
    return native.Table(title, values, labels, of_bytes)


def unpickled(name: str, kept: Packed) -> Column:
    """Return a column that was pickled."""
    return Column(unpacked("Column", {name: kept})._column(0))
