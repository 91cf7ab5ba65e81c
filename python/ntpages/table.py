"""Tables: many rows of one shape, held column by column outside Python.

Whatever ntpages returns in bulk (regions, heap blocks, processes, pages) is a ``Table``. It
holds no Python object per row: ``numpy.asarray(table.column("size"))`` shares a column without
copying it, and pandas, polars and pyarrow take a whole table through the Arrow interface.
Iterating makes one small frozen row at a time.
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import ntpages.errors  # noqa: F401 (what the compiled half raises)
from ntpages import arguments
from ntpages._native import table as native

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from typing_extensions import Buffer

    Values = Buffer | Sequence[str] | Sequence[bool] | Sequence[int] | Sequence[float]

__all__ = ["Column", "Table"]

_BATCH = 4096  # cells turned into Python objects at a time while iterating


class Column(native.Column):
    """One column of a ``Table``: numbers as a buffer, text as strings.

    ``memoryview(column)`` and ``numpy.asarray(column)`` share its memory and keep it alive, also
    those of a slice, which is a stride and never a copy. Indexing and iterating give ``int``,
    ``float``, ``bool`` or ``str``. A column with ``labels`` gives the label of each cell; its
    buffer holds indices into ``labels``.
    """

    __slots__ = ()

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
        for start in range(0, len(self), _BATCH):
            yield from self._cells(start, min(start + _BATCH, len(self)))

    def tolist(self) -> list[Any]:
        """Return every cell as a Python object."""
        return self._cells(0, len(self))

    def __repr__(self) -> str:
        """Return the name and the length."""
        return f"<Column {self.name}: {len(self)} rows>"


class Table(native.Table):
    """Rows of one shape. Frozen, and safe to read from any thread.

    ``table[i]`` is a row with an attribute per column, ``table[a:b]`` a table that shares the
    memory. Rows show flags and kinds as enum members, columns as plain numbers.
    """

    __slots__ = ("_shape",)

    def __init__(self, title: str, columns: Mapping[str, Values]) -> None:
        """Copy columns into a new table.

        Args:
            title: What the rows are.
            columns: Values by column name, all of one length: a one-dimensional buffer of
                numbers (an array, a NumPy array, another column), or a sequence of ``str``,
                ``bool``, ``int`` or ``float``.

        Raises:
            ValueError: Lengths differ, or a name can't be an attribute.
            TypeError: Values of another type.
            OutOfMemoryError: There is no memory for the copy.
        """
        for name in columns:
            if not name.isidentifier() or name.startswith("_") or iskeyword(name):
                msg = f"a column's name becomes an attribute of rows, which {name!r} can't be"
                raise ValueError(msg)
        super().__init__(title, {name: _as_column(name, v) for name, v in columns.items()})
        self._shape = _shape(self.names, ())

    def column(self, name: str) -> Column:
        """Return a column.

        Args:
            name: Which, of ``names``.

        Raises:
            KeyError: There is no column of this name.
        """
        return Column(self._column(self._index(name)))

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Table: ...
    def __getitem__(self, index: int | slice) -> Any:
        """Return a row, or the rows of a slice as a table (without a copy if its step is 1)."""
        if not isinstance(index, slice):
            return self._shape.row(self._row(arguments.position("row", index, len(self))))
        start, stop, step = index.indices(len(self))
        if step != 1:
            return self.take(range(start, stop, step))
        return self._same_shape(self._slice(start, max(0, stop - start)))

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the rows."""
        columns = [self._column(i) for i in range(len(self.names))]
        for start in range(0, len(self), _BATCH):
            stop = min(start + _BATCH, len(self))
            yield from self._shape.rows([column._cells(start, stop) for column in columns])

    def where(self, mask: Buffer | Sequence[bool]) -> Table:
        """Return the rows whose item in ``mask`` is true.

        Args:
            mask: One bool per row: a NumPy array of bools, ``bytes``, or any sequence.

        Raises:
            ValueError: The mask has another length.
            TypeError: The mask holds something else than bools.
        """
        return self._same_shape(super().where(mask))

    def take(self, indices: Iterable[int]) -> Table:
        """Return these rows in this order. Negative indices count from the end.

        Args:
            indices: Numbers of rows, from 0.

        Raises:
            IndexError: There is no such row.
        """
        return self._same_shape(super().take(indices))

    def sort(self, name: str, *, descending: bool = False) -> Table:
        """Return the rows in the order of a column; rows that are equal in it keep theirs.

        Text sorts by code point, labels in the order in which the column lists them, NaN as the
        greatest number.

        Args:
            name: The column.
            descending: Greatest first.

        Raises:
            KeyError: There is no column of this name.
        """
        return self._same_shape(self._sorted_by(self._index(name), descending))

    def to_dict(self) -> dict[str, list[Any]]:
        """Return every column as a list."""
        return {name: self.column(name).tolist() for name in self.names}

    def __repr__(self) -> str:
        """Return the title, the number of rows and the columns."""
        return f"<Table {self.title}: {len(self)} rows of {', '.join(self.names)}>"

    def __arrow_c_schema__(self) -> object:
        """Return an ``ArrowSchema`` capsule (the Arrow PyCapsule interface)."""
        return self._arrow_schema()

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Return ``ArrowSchema`` and ``ArrowArray`` capsules: a struct array, cells shared.

        Args:
            requested_schema: Ignored, as the interface allows.
        """
        del requested_schema
        return self._arrow_schema(), self._arrow_array()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return an ``ArrowArrayStream`` capsule: one batch of all rows, cells shared.

        Args:
            requested_schema: Ignored, as the interface allows.
        """
        del requested_schema
        return self._arrow_stream()

    def _index(self, name: str) -> int:
        try:
            return self.names.index(name)
        except ValueError:
            msg = f"no column {name!r}: there are {', '.join(self.names)}"
            raise KeyError(msg) from None

    def _same_shape(self, native: native.Table) -> Table:
        return _wrap(native, self._shape)


class _Shape:
    """What rows look like: their class, and which of their cells become enum members."""

    def __init__(
        self, names: tuple[str, ...], converters: tuple[tuple[str, Callable[[Any], Any]], ...]
    ) -> None:
        self._make = NamedTuple("Row", [(name, Any) for name in names])._make
        self._converted = [(names.index(name), _Memory(to)) for name, to in converters]

    def row(self, cells: tuple[Any, ...]) -> Any:
        return next(self.rows([[cell] for cell in cells]))

    def rows(self, columns: list[list[Any]]) -> Iterator[Any]:
        for index, memory in self._converted:
            columns[index] = [memory[cell] for cell in columns[index]]
        return map(self._make, zip(*columns, strict=True))


class _Memory(dict[Any, Any]):
    """Remembers what a converter made of each value: columns of flags hold few different ones."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, value: Any) -> Any:
        made = self[value] = self._convert(value)
        return made


_shape = lru_cache(_Shape)


def adopt(rows: native.Table, **converters: Callable[[Any], Any]) -> Table:
    """Make a native result a ``Table``. For ntpages's own modules.

    Args:
        rows: What a native call returned.
        converters: By column name, what makes rows show a cell (an enum class).
    """
    return _wrap(rows, _shape(rows.names, tuple(converters.items())))


def _wrap(rows: native.Table, shape: _Shape) -> Table:
    table = Table.__new__(Table)
    native.Table.__init__(table, rows)
    table._shape = shape
    return table


def _as_column(name: str, values: Values) -> Buffer | Sequence[str]:
    try:
        return memoryview(values)  # type: ignore[arg-type]
    except (TypeError, BufferError):  # no buffer at all, or a column of text
        cells: list[Any] = list(values)  # type: ignore[arg-type]
    if all(isinstance(cell, str) for cell in cells):
        return cells
    if all(isinstance(cell, bool) for cell in cells):
        return memoryview(bytes(cells)).cast("?")
    if all(isinstance(cell, int) for cell in cells):
        return array("Q" if max(cells) >= 2**63 else "q", cells)
    if all(isinstance(cell, (int, float)) for cell in cells):
        return array("d", cells)
    msg = f"column {name!r} must be a buffer or a sequence of one of str, bool, int, float"
    raise TypeError(msg)
