"""Tables in the hands of the real libraries: pandas, polars, pyarrow and DuckDB."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import heaps, processes, regions, working_sets
from ntpages.heaps import Heap
from ntpages.regions import Region
from ntpages.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVERY_KIND: dict[str, Any] = {
    "text": ["", "a", "k\u00e4se \U0001f9c0", "x" * 5000],
    "yes": [True, False, True, True],
    "signed": [-(1 << 62), 0, 1, 2],
    "unsigned": [1 << 63, 0, 1, 2],
    "real": [0.5, -1.0, 1e300, 0.0],
}


def spans() -> Table[Any]:
    with Region(1 << 16, commit=False) as region:
        region.commit(4096, 8192)
        return region.spans()


TABLES: dict[str, Callable[[], Table[Any]]] = {
    "every kind": lambda: Table("Row", EVERY_KIND),
    "no rows": lambda: Table("Row", EVERY_KIND)[:0],
    "rows from the middle": lambda: Table("Row", EVERY_KIND)[1:3],
    "regions": regions.walk,
    "processes": processes.list_processes,
    "processes with limits": lambda: processes.list_processes(limits=True),
    "heap": Heap.default().walk,
    "histogram": Heap.default().histogram,
    "growth": lambda: heaps.diff(Heap.default().walk()[:100], Heap.default().walk()),
    "pages": lambda: working_sets.pages(size=1 << 24),
    "spans": spans,
}


@pytest.fixture(scope="module", autouse=True)
def real() -> SimpleNamespace:
    """The libraries. To import them takes seconds, so who only collects these tests does not."""
    names = ("duckdb", "pandas", "polars", "pyarrow")
    return SimpleNamespace(**{name: pytest.importorskip(name) for name in names})


@pytest.fixture(params=TABLES, name="table")
def any_table(request: pytest.FixtureRequest) -> Table[Any]:
    return TABLES[request.param]()


def test_pandas_has_every_cell(table: Table[Any]) -> None:
    frame = table.to_pandas()
    assert {name: frame[name].tolist() for name in frame} == table.to_dict()
    assert [*frame] == [*table.names]


def test_polars_has_every_cell(table: Table[Any], real: SimpleNamespace) -> None:
    frame = table.to_polars()
    assert frame.to_dict(as_series=False) == table.to_dict()
    assert real.polars.DataFrame(table).equals(frame)


def test_arrow_has_every_cell(table: Table[Any], real: SimpleNamespace) -> None:
    arrow = table.to_arrow()
    arrow.validate(full=True)
    assert arrow.to_pydict() == table.to_dict()
    assert real.pyarrow.record_batch(table).to_pydict() == table.to_dict()


def test_arrow_gives_pandas_what_we_give_it(table: Table[Any], real: SimpleNamespace) -> None:
    real.pandas.testing.assert_frame_equal(
        table.to_arrow().to_pandas(), table.to_pandas(), check_dtype=False, check_categorical=False
    )


def test_duckdb_asks_a_table_by_its_name(real: SimpleNamespace) -> None:
    space = regions.walk()
    asked = real.duckdb.sql("SELECT count(*), sum(size) FROM space WHERE state = 'commit'")
    (found,) = asked.fetchall()
    sizes = space.where(space["state"] == "commit")["size"].tolist()
    assert found == (len(sizes), sum(sizes))


def test_labels_are_categories_and_numbers_keep_their_width() -> None:
    frame = regions.walk().to_pandas()
    assert [*frame["state"].cat.categories] == ["free", "reserve", "commit"]
    assert str(frame["protection"].dtype) == "uint32"
    sums = frame.groupby("state", observed=True)["size"].sum()
    assert sums["commit"] > 0
    assert frame.sort_values("state")["state"].iloc[0] == "free"


def test_dictionaries_of_arrow_have_signed_indices(
    table: Table[Any], real: SimpleNamespace
) -> None:
    kinds = [field.type for field in table.to_arrow().schema]
    is_dictionary = real.pyarrow.types.is_dictionary
    indices = {str(kind.index_type) for kind in kinds if is_dictionary(kind)}
    assert indices <= {"int8"}
    assert bool(indices) == any(table[name].labels for name in table.names)


def test_a_frame_is_the_callers_own() -> None:
    table = Table("Row", {"n": [1, 2]})
    frame = table.to_pandas()
    frame.loc[0, "n"] = 9
    assert table["n"].tolist() == [1, 2]


def test_frames_go_to_files_and_come_back(tmp_path: Path, real: SimpleNamespace) -> None:
    space = regions.walk()
    space.to_pandas().to_parquet(tmp_path / "pandas.parquet")
    space.to_polars().write_parquet(tmp_path / "polars.parquet")
    for name in ("pandas", "polars"):
        read = real.pandas.read_parquet(tmp_path / f"{name}.parquet")
        assert read["address"].tolist() == space["address"].tolist()
        assert read["use"].astype(str).tolist() == space["use"].tolist()


@pytest.mark.parametrize(
    ("library", "give"),
    [("pandas", Table.to_pandas), ("polars", Table.to_polars), ("pyarrow", Table.to_arrow)],
)
def test_what_is_missing_is_named_with_the_line_that_installs_it(
    library: str, give: Callable[[Table[Any]], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(
        ImportError, match=rf'this needs {library}: pip install "ntpages\[frames\]"'
    ):
        give(Table("Row", {"n": [1]}))
