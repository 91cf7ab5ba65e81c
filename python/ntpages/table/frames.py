"""Tables for data frames: each library's own, made the way it is quickest with."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ntpages.extras import install_line

if TYPE_CHECKING:
    from ntpages.table.column import Column
    from ntpages.table.table import Table


def pandas_frame(table: Table) -> Any:
    """Do what ``Table.to_pandas()`` says."""
    pandas, numpy = _library("pandas"), _library("numpy")

    def cells(column: Column) -> Any:
        if column.labels:
            return pandas.Categorical.from_codes(memoryview(column).tolist(), column.labels)
        try:
            return numpy.array(memoryview(column))
        except BufferError:  # text
            return column.tolist()

    return pandas.DataFrame({name: cells(table[name]) for name in table.names})


def polars_frame(table: Table) -> Any:
    """Do what ``Table.to_polars()`` says."""
    return _library("polars").DataFrame(table)


def arrow_table(table: Table) -> Any:
    """Do what ``Table.to_arrow()`` says."""
    return _library("pyarrow").table(table)


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name != name:
            raise  # what it needs itself
        msg = f"this needs {name}: {install_line('frames')}"
        raise ModuleNotFoundError(msg, name=name) from None
