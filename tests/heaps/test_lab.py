"""What is set of heaps, as strictly as Windows takes it: Wine accepts everything."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from ntpages import heaps
from ntpages.errors import NtError
from ntpages.heaps import Heap, HeapKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab


@pytest.fixture(autouse=True)
def machine(lab: Lab) -> None:
    lab.model("heaps")


def test_the_low_fragmentation_front_end_is_switched_on_for_good() -> None:
    with Heap.create() as heap:
        heap.use_low_fragmentation()
        assert heap.kind is HeapKind.LOW_FRAGMENTATION
        heap.use_low_fragmentation()
        assert heap.kind is HeapKind.LOW_FRAGMENTATION


@pytest.mark.parametrize("how", [{"serialize": False}, {"maximum": 1 << 20}], ids=str)
def test_some_heaps_can_not_have_it(how: dict[str, int]) -> None:
    with Heap.create(**how) as heap:  # type: ignore[arg-type]
        with pytest.raises(NtError) as refused:
            heap.use_low_fragmentation()
        assert refused.value.call == "HeapSetInformation"


def test_one_heap_is_optimized_or_all_of_them(lab: Lab) -> None:
    lab.record("HeapSetInformation")
    with Heap.create() as heap:
        heap.optimize()
        heaps.optimize()
        one, every = lab.calls("HeapSetInformation")
        assert (one.arguments[0], one.arguments[1] & 0xFFFFFFFF, one.arguments[3]) == (
            heap.address, 3, 8
        )  # fmt: skip
        assert (every.arguments[0], every.arguments[1] & 0xFFFFFFFF) == (0, 3)
    assert struct.calcsize("II") == 8  # a version and flags


def test_an_older_windows_refuses_to_optimize(lab: Lab) -> None:
    lab.fail("HeapSetInformation", code=87, every=True)
    with Heap.create() as heap:
        for call in (heap.optimize, heaps.optimize, heap.use_low_fragmentation):
            with pytest.raises(NtError, match="HeapSetInformation"):
                call()


@pytest.mark.parametrize("call", [Heap.optimize, Heap.use_low_fragmentation])
def test_a_closed_heap_is_refused(call: Callable[[Heap], None]) -> None:
    heap = Heap.create()
    heap.close()
    with pytest.raises(ValueError, match="Heap is closed"):
        call(heap)
