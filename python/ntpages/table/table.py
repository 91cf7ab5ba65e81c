"""The table itself: its rows, the choice and the order of them, and who takes it whole."""

from __future__ import annotations

from itertools import islice
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import ntpages.errors  # noqa: F401 (what the compiled half raises)
from ntpages import arguments
from ntpages._native import table as native
from ntpages.table import frames, preview
from ntpages.table.column import BATCH, Column, packed, unpacked, values_of
from ntpages.table.rows import Shape, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd  # type: ignore[import-untyped]
    import polars as pl
    import pyarrow as pa  # type: ignore[import-untyped]
    from typing_extensions import Buffer
    from typing_extensions import TypeVar as TypeVarWithDefault

    from ntpages.table.column import Packed, Values

    RowT = TypeVarWithDefault("RowT", default=Any)
else:
    RowT = TypeVar("RowT")

__all__ = ["Table", "adopt"]


class Table(native.Table, Generic[RowT]):
    """Rows of one shape. Frozen, and safe to read from any thread.

    ``table[i]`` is a row with an attribute per column, ``table[a:b]`` a table that shares the
    memory, ``table["size"]`` a column. Rows show flags and kinds as enum members, columns as plain
    numbers and words.

    Data frames are best made by ``to_pandas()`` and its like, column by column: what is given the
    table itself may iterate over its rows, and keep the enum members. Tables, columns and rows can
    be pickled; copying one returns it.
    """

    __slots__ = ("_shape",)

    def __init__(self, title: str, columns: Mapping[str, Values]) -> None:
        """Copy columns into a new table.

        Args:
            title: What the rows are.
            columns: Values by column name, all of one length: a one-dimensional buffer of
                numbers (an array, a NumPy array, another column), or a sequence of ``str``,
                ``bytes``, ``bool``, ``int`` or ``float``.

        Raises:
            ValueError: Lengths differ, a name can't be an attribute, text holds lone surrogates, or
                a number has more than 64 bits.
            TypeError: Values of another type.
            OutOfMemoryError: There is no memory for the copy.
        """
        title = arguments.text("title", title)
        columns = dict(arguments.mapping("columns", columns))
        for name in columns:
            arguments.instance("a column's name", name, str)
            if not name.isidentifier() or name.startswith("_") or iskeyword(name):
                msg = f"a column's name becomes an attribute of rows, which {name!r} can't be"
                raise ValueError(msg)
        values = {name: values_of(name, given) for name, given in columns.items()}
        try:
            super().__init__(title, values)
        except UnicodeEncodeError as error:
            arguments.text("text in a column", error.object)
        self._shape: Shape = shape_of(None, self.names)

    def column(self, name: str) -> Column:
        """Return a column.

        Args:
            name: Which, of ``names``.

        Raises:
            KeyError: There is no column of this name.
        """
        return Column(self._column(self._index(name)))

    @overload
    def __getitem__(self, index: int) -> RowT: ...
    @overload
    def __getitem__(self, index: slice) -> Table[RowT]: ...
    @overload
    def __getitem__(self, index: str) -> Column: ...
    def __getitem__(self, index: int | slice | str) -> Any:
        """Return a row, the rows of a slice (without a copy if its step is 1), or a column."""
        if isinstance(index, str):
            return self.column(index)
        if not isinstance(index, slice):
            return self._shape.row(self._row(arguments.position("row", index, len(self))))
        start, stop, step = index.indices(len(self))
        if step != 1:
            return self.take(range(start, stop, step))
        return self._same_shape(self._slice(start, max(0, stop - start)))

    def __iter__(self) -> Iterator[RowT]:
        """Iterate over the rows."""
        columns = [self._column(i) for i in range(len(self.names))]
        for start in range(0, len(self), BATCH):
            stop = min(start + BATCH, len(self))
            yield from self._shape.rows([column._cells(start, stop) for column in columns])

    def where(self, mask: Buffer | Sequence[bool]) -> Table[RowT]:
        """Return the rows whose item in ``mask`` is true.

        Args:
            mask: One bool per row: what comparing columns gave, a NumPy array of bools, ``bytes``,
                or any sequence.

        Raises:
            ValueError: The mask has another length.
            TypeError: The mask holds something else than bools.
        """
        return self._same_shape(super().where(_bools(mask, len(self))))

    def take(self, indices: Iterable[int]) -> Table[RowT]:
        """Return these rows in this order. Negative indices count from the end.

        Args:
            indices: Numbers of rows, from 0.

        Raises:
            IndexError: There is no such row.
            TypeError: They are no numbers.
        """
        return self._same_shape(super().take(_integers(indices, len(self))))

    def sort(self, name: str, *, descending: bool = False) -> Table[RowT]:
        """Return the rows in the order of a column; rows that are equal in it keep theirs.

        Text sorts by code point, bytes by their values, labels in the order in which the column
        lists them, NaN as the greatest number.

        Args:
            name: The column.
            descending: Greatest first.

        Raises:
            KeyError: There is no column of this name.
        """
        return self._same_shape(
            self._sorted_by(self._index(name), arguments.boolean("descending", descending))
        )

    def to_dict(self) -> dict[str, list[Any]]:
        """Return every column as a list."""
        return {name: self.column(name).tolist() for name in self.names}

    def to_pandas(self) -> pd.DataFrame:
        """Return a pandas data frame, which is a copy: labels are categories, all else as here.

        Raises:
            ImportError: pandas is not installed.
        """
        return frames.pandas_frame(self)

    def to_polars(self) -> pl.DataFrame:
        """Return a polars data frame, which shares the cells: labels are categories.

        Raises:
            ImportError: polars is not installed.
        """
        return frames.polars_frame(self)  # type: ignore[no-any-return]

    def to_arrow(self) -> pa.Table:
        """Return a table of Arrow, which shares the cells: labels are dictionaries.

        Raises:
            ImportError: pyarrow is not installed.
        """
        return frames.arrow_table(self)

    def __repr__(self) -> str:
        """Return the title, the number of rows and the columns, and below them some rows."""
        return preview.text(self)

    def _repr_html_(self) -> str:
        """Return the same for a notebook."""
        return preview.html(self)

    def _words(self) -> list[list[str]]:
        """Return the cells of each column as they are shown."""
        return self._shape.shown([self.column(name).tolist() for name in self.names])

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how to make it again: pickled, it is its own rows, without those of a whole."""
        columns = {name: packed(self.column(name)) for name in self.names}
        return _unpickled, (self.title, self._shape.kind, columns)

    def __copy__(self) -> Table[RowT]:
        """Return itself: it is frozen."""
        return self

    def __deepcopy__(self, memo: object) -> Table[RowT]:
        """Return itself: it is frozen."""
        return self

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
            return self.names.index(arguments.instance("name", name, str))
        except ValueError:
            msg = f"no column {name!r}: there are {', '.join(self.names)}"
            raise KeyError(msg) from None

    def _same_shape(self, rows: native.Table) -> Table[RowT]:
        return _wrap(rows, self._shape)


def adopt(rows: native.Table, kind: type[RowT]) -> Table[RowT]:
    """Make a native result a ``Table``. For ntpages's own modules.

    Args:
        rows: What a native call returned.
        kind: What its rows are: a named tuple with a field for each column.
    """
    return _wrap(rows, shape_of(kind, rows.names))  # type: ignore[arg-type]


def _wrap(rows: native.Table, shape: Shape) -> Table[Any]:
    table = Table.__new__(Table)
    native.Table.__init__(table, rows)
    table._shape = shape
    return table


def _unpickled(title: str, kind: Any, columns: dict[str, Packed]) -> Table[Any]:
    return _wrap(unpacked(title, columns), shape_of(kind, tuple(columns)))


def _bools(mask: Buffer | Sequence[bool], count: int) -> Buffer:
    """Return a mask as a buffer: its length is that of what is in it, whatever it said before."""
    try:
        cells = memoryview(mask)  # type: ignore[arg-type]
    except TypeError:
        # Who is asked for more may never end.
        some = islice(arguments.several("mask", mask), count + 1)  # type: ignore[arg-type]
        bools = bytes(arguments.each("mask", some, arguments.boolean))
        if len(bools) > count:
            msg = f"mask must have {count} items, one for each row, not more"
            raise ValueError(msg) from None
        return bools
    if cells.ndim != 1 or cells.itemsize != 1:
        msg = f"mask must hold a bool for each row, not {cells.ndim} dimensions of {cells.format!r}"
        raise TypeError(msg)
    return cells


def _integers(indices: Iterable[int], count: int) -> list[int]:
    """Return numbers of rows as plain integers."""
    try:
        given = memoryview(indices).tolist()  # type: ignore[arg-type]
    except (TypeError, ValueError, NotImplementedError, BufferError):
        given = arguments.each("indices", indices, lambda _, index: index)
    if {*map(type, given)} == {int}:
        lowest, highest = min(given), max(given)
        if lowest >= -(2**63) and highest < 2**63:
            return given  # C++ says which row is not there
    return [arguments.position(f"indices[{at}]", index, count) for at, index in enumerate(given)]
