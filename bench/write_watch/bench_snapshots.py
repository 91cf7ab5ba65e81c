"""What does it cost to remember what a region held?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ntpages.write_watch import Snapshots

from .watched import PAGE, STEP, watched, write

if TYPE_CHECKING:
    from ..conftest import Race

MIB = 1 << 20
GIB = 1 << 30


@pytest.mark.parametrize("way", ["ntpages", "copy"])
@pytest.mark.sizes(64 * MIB, GIB)
def bench_snapshot(race: Race, way: str, size: int) -> None:
    """How long does it take to remember a region of which one page in a hundred has changed?"""
    turns = iter(range(1, 256))
    with (
        watched(size) as region,
        memoryview(region) as view,
        Snapshots(region) as snapshots,
    ):
        view[::PAGE] = b"\xff" * len(view[::PAGE])  # all of it is there
        snapshots.take()
        copy = bytearray(region.size if way == "copy" else 0)

        def change() -> None:
            write(region, next(turns))

        def take() -> bytes:
            snapshots.take()
            return bytes(view[::STEP])

        def copy_all() -> bytes:
            copy[:] = view
            return bytes(copy[::STEP])

        race(take if way == "ntpages" else copy_all, setup=change, rounds=7)
