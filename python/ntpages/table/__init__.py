"""Tables: many rows of one shape, held column by column outside Python.

Whatever ntpages returns in bulk (regions, heap blocks, processes, pages) is a ``Table``. It
holds no Python object per row: ``numpy.asarray(table["size"])`` shares a column without
copying it, and pandas, polars, pyarrow and DuckDB take a whole table. Iterating makes one small
frozen row at a time. Rows are chosen by comparing columns:

    space = regions.walk()
    space.where((space["state"] == "commit") & (space["size"] >= 1 << 20)).to_pandas()
"""

from __future__ import annotations

from ntpages.table.column import Column
from ntpages.table.table import Table
from ntpages.table.table import adopt as adopt

__all__ = ["Column", "Table"]

__dir__ = __all__.copy
