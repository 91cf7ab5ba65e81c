"""Reserve 1024 x 1024 cells of 1 KiB, touch them blindly, and commit by cell: Micro Excel."""

from __future__ import annotations

from ntpages.sparse import SparseGrid

with SparseGrid(1024, 1024, 1024) as grid:
    print(
        f"{grid.size >> 10} KB reserved at {grid.address:#x}, {grid.committed >> 10} KB committed"
    )
    grid.write(0, 0, "hello")
    assert grid.committed == 4096  # a page holds four cells
    grid.write(1, 0, "next to it")
    assert grid.committed == 4096
    grid.write(0, 1, "a row below")
    assert grid.committed == 2 * 4096
    print(f"{grid.read(0, 0)}, {grid.read(1, 0)}, {grid.read(0, 1)}: {grid.committed >> 10} KB")
    try:
        grid.read(500, 500)
    except LookupError as never:
        print(f"Cell memory is not committed: {never}")
    grid.release(0, 0)
    grid.release_all()
    assert grid.committed == 0
