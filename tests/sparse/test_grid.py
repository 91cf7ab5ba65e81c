"""SparseGrid: a spreadsheet that commits the pages of its written cells."""

from __future__ import annotations

import copy
import ctypes
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ntpages.errors import OutOfMemoryError
from ntpages.sparse import SparseGrid
from sparse.touching import PAGE

if TYPE_CHECKING:
    from ntlab import Lab


def test_a_gibibyte_of_cells_commits_a_page_for_the_first_four() -> None:
    with SparseGrid(1024, 1024) as grid:
        assert (grid.size, grid.committed) == (1 << 30, 0)
        grid.write(0, 0, "first")
        assert grid.committed == PAGE
        grid.write(1, 0, "its neighbour")
        assert grid.committed == PAGE
        grid.write(0, 1, "the next row")  # a mebibyte further on: a page of its own
        assert grid.committed == 2 * PAGE
        assert [grid.read(0, 0), grid.read(1, 0), grid.read(0, 1)] == [
            *("first", "its neighbour", "the next row")
        ]


def test_a_row_written_in_order_commits_what_it_needs_and_no_more() -> None:
    with SparseGrid(1024, 1024) as grid:
        for x in range(64):
            grid.write(x, 5, str(x))
        assert grid.committed == 16 * PAGE


def test_reading_a_cell_without_memory_is_an_error_and_commits_nothing() -> None:
    with SparseGrid(1024, 1024) as grid:
        with pytest.raises(LookupError, match=r"cell \(5, 6\) was never written, or released"):
            grid.read(5, 6)
        with pytest.raises(LookupError):
            grid.read_bytes(5, 6)
        assert grid.committed == 0


def test_an_unwritten_neighbour_in_a_committed_page_is_empty() -> None:
    with SparseGrid(1024, 1024) as grid:
        grid.write(4, 0, "x")
        assert grid.read(7, 0) == ""
        with pytest.raises(LookupError):
            grid.read(8, 0)


def test_a_cell_holds_text_or_bytes_up_to_its_size() -> None:
    with SparseGrid(3, 3, 16) as grid:
        grid.write(1, 1, "naïve ☃")
        assert grid.read(1, 1) == "naïve ☃"
        grid.write(1, 1, "short")  # nothing of the longer text stays
        assert grid.read_bytes(1, 1) == b"short".ljust(16, b"\0")
        grid.write(1, 1, bytes(range(16)))
        assert grid.read_bytes(1, 1) == bytes(range(16))
        grid.write(1, 1, "x" * 16)
        assert grid.read(1, 1) == "x" * 16
        with pytest.raises(ValueError, match="text must be at most 16 bytes, not 17"):
            grid.write(1, 1, "é" * 8 + "x")
        with pytest.raises(ValueError, match="text must hold no NUL, as at index 1"):
            grid.write(1, 1, "a\0b")


def test_release_gives_a_page_back_with_the_neighbours_in_it() -> None:
    with SparseGrid(1024, 1024) as grid:
        for x in range(8):
            grid.write(x, 0, str(x))
        assert grid.release(6, 0) == PAGE
        assert grid.committed == PAGE
        assert grid.read(3, 0) == "3"
        for x in range(4, 8):
            with pytest.raises(LookupError):
                grid.read(x, 0)
        assert grid.release(6, 0) == 0


def test_release_of_a_cell_across_pages_gives_back_all_of_them() -> None:
    with SparseGrid(10, 10, 3000) as grid:
        grid.write(1, 0, "3000 to 5999, in two pages")
        assert grid.committed == 2 * PAGE
        assert grid.release(1, 0) == 2 * PAGE
        grid.write(9, 9, "the last cell")
        assert grid.release(9, 9) == 2 * PAGE
        assert grid.committed == 0


def test_release_all_gives_everything_back_and_keeps_addresses() -> None:
    with SparseGrid(1024, 1024) as grid:
        where = grid.address_of(7, 9)
        grid.write(0, 0, "x")
        grid.write(7, 9, "y")
        assert grid.release_all() == 2 * PAGE
        assert (grid.committed, grid.address_of(7, 9)) == (0, where)
        with pytest.raises(LookupError):
            grid.read(0, 0)


def test_a_cell_can_be_touched_blindly() -> None:
    with SparseGrid(1024, 1024) as grid:
        ctypes.memmove(grid.address_of(3, 2), b"from C", 6)
        assert grid.read(3, 2) == "from C"
        with grid.cell(1000, 1000) as cell:
            assert len(cell) == 1024
            cell[:4] = b"view"
        assert grid.read(1000, 1000) == "view"
        assert grid.committed == 2 * PAGE


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (4, 0), (0, 3)])
def test_a_cell_outside_is_named(x: int, y: int) -> None:
    with SparseGrid(4, 3) as grid:
        for call in (grid.read, grid.read_bytes, grid.release, grid.cell, grid.address_of):
            with pytest.raises(IndexError, match=rf"cell \({x}, {y}\) is outside a grid of 4 x 3"):
                call(x, y)
        with pytest.raises(IndexError):
            grid.write(x, y, "")


@pytest.mark.parametrize("shape", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-1, 1, 1)])
def test_a_grid_of_nothing_is_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(
        ValueError, match=r"(columns|rows|cell_size) must be from 1 to .* not (0|-1)"
    ):
        SparseGrid(*shape)


def test_a_grid_larger_than_an_address_space_is_refused_as_a_whole() -> None:
    with pytest.raises(ValueError, match=r"columns \* rows \* cell_size must be from 1 to"):
        SparseGrid(1 << 20, 1 << 20, 1 << 10)


def test_a_closed_grid_says_so_and_may_be_closed_again() -> None:
    grid = SparseGrid(4, 4)
    cell = grid.cell(0, 0)
    with pytest.raises(BufferError):
        grid.close()
    cell.release()
    grid.close()
    grid.close()
    with pytest.raises(ValueError, match="closed"):
        grid.read(0, 0)
    with pytest.raises(ValueError, match=r"closed|released"):
        grid.write(0, 0, "x")
    assert repr(grid) == "<SparseGrid: 4 x 4 cells of 1024 bytes, closed>"


def test_copying_a_grid_is_refused() -> None:
    with (
        SparseGrid(4, 4) as grid,
        pytest.raises(TypeError, match="a SparseGrid can't be copied or pickled"),
    ):
        copy.copy(grid)


def test_a_write_at_the_commit_limit_is_an_error_and_not_a_crash(lab: Lab) -> None:
    with SparseGrid(4, 4) as grid:
        lab.fail("VirtualAlloc")
        with pytest.raises(OutOfMemoryError):
            grid.write(0, 0, "x")
        grid.write(0, 0, "x")
        assert grid.read(0, 0) == "x"


class Grid(RuleBasedStateMachine):
    """A grid of cells that are no whole part of a page, against a plain account of their bytes."""

    columns, rows, cell_size = 11, 7, 700
    xs = st.integers(0, columns - 1)
    ys = st.integers(0, rows - 1)

    def __init__(self) -> None:
        super().__init__()
        self.grid = SparseGrid(self.columns, self.rows, self.cell_size)
        self.memory = bytearray(self.columns * self.rows * self.cell_size)
        self.pages: set[int] = set()

    def offset(self, x: int, y: int) -> int:
        return (y * self.columns + x) * self.cell_size

    def pages_of(self, x: int, y: int) -> set[int]:
        offset = self.offset(x, y)
        return set(range(offset // PAGE, (offset + self.cell_size - 1) // PAGE + 1))

    @rule(x=xs, y=ys, data=st.binary(max_size=700))
    def write(self, x: int, y: int, data: bytes) -> None:
        self.grid.write(x, y, data)
        offset = self.offset(x, y)
        self.memory[offset : offset + self.cell_size] = data.ljust(self.cell_size, b"\0")
        self.pages |= self.pages_of(x, y)

    @rule(x=xs, y=ys)
    def read(self, x: int, y: int) -> None:
        if self.pages_of(x, y) <= self.pages:
            offset = self.offset(x, y)
            assert self.grid.read_bytes(x, y) == self.memory[offset : offset + self.cell_size]
        else:
            with pytest.raises(LookupError):
                self.grid.read_bytes(x, y)

    @rule(x=xs, y=ys)
    def release(self, x: int, y: int) -> None:
        gone = self.pages_of(x, y) & self.pages
        assert self.grid.release(x, y) == len(gone) * PAGE
        self.forget(gone)

    @rule()
    def release_all(self) -> None:
        assert self.grid.release_all() == len(self.pages) * PAGE
        self.forget(set(self.pages))

    def forget(self, pages: set[int]) -> None:
        for page in pages:
            piece = self.memory[page * PAGE : (page + 1) * PAGE]
            self.memory[page * PAGE : (page + 1) * PAGE] = bytes(len(piece))
        self.pages -= pages

    @invariant()
    def agree(self) -> None:
        assert self.grid.committed == len(self.pages) * PAGE

    def teardown(self) -> None:
        self.grid.close()


Grid.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
test_a_grid_agrees_with_a_plain_account = Grid.TestCase
