"""What does an array cost of which little is touched?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ntpages import sparse

if TYPE_CHECKING:
    from ..conftest import Race

MIB = 1 << 20
GIB = 1 << 30


def _scattered(array: Any) -> Any:
    """A hundredth of an array, a mebibyte at a time, set to ones."""
    step = MIB // array.itemsize
    for start in range(0, len(array), 100 * step):
        array[start : start + step] = 1
    return array


@pytest.mark.parametrize("way", ["numpy", "ntpages", "ntpages, all of it"])
@pytest.mark.sizes(GIB, 16 * GIB)
def bench_reduction(race: Race, way: str, size: int) -> None:
    """How long does the sum of an array take of which 99 % was never touched?"""
    numpy = pytest.importorskip("numpy")
    if way == "numpy":
        array = _scattered(numpy.zeros(size // 8))
        race(
            lambda: float(array.sum()),
            rounds=3,
            note=lambda _: f"Windows charges {array.nbytes / GIB:.2f} GiB from the start",
        )
        return
    array = _scattered(sparse.array(size // 8))
    buffer = sparse.buffer_of(array)
    by_parts = way == "ntpages"
    race(
        lambda: (
            float(sum(part.sum() for part in sparse.touched(array)))
            if by_parts
            else float(array.sum())
        ),
        rounds=3,
        note=lambda _: f"{buffer.committed / GIB:.2f} GiB committed",
    )
