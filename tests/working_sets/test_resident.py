"""What is in a working set, as sums: of a process, and region by region."""

from __future__ import annotations

import mmap
import os
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import regions, working_sets
from ntpages.errors import NoSuchProcessError, NtError
from ntpages.regions import Region, State, Type
from target import EXECUTABLE32, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab
    from ntpages.regions import ResidentRegionRow

PAGE = 4096
VALID, SHARED, LOCKED, LARGE = 1, 1 << 15, 1 << 22, 1 << 23
ME = os.getpid()
COLUMNS = {
    "resident": "total",
    "resident_private": "private",
    "resident_shareable": "shareable",
    "resident_shared": "shared",
    "resident_locked": "locked",
    "resident_large": "large",
}


def sharers(count: int) -> int:
    return VALID | SHARED | count << 1


@pytest.fixture
def door(lab: Lab) -> Any:
    return lab.model("working_sets")


@pytest.fixture
def pid(door: Any) -> Iterator[int]:
    del door  # the model has to be there first
    with Target("idle") as target:
        yield target.pid


def row_of(address: int) -> ResidentRegionRow:
    walked = regions.walk(names=False, uses=False, resident=True)
    [row] = [row for row in walked if row.address <= address < row.address + row.size]
    return row


def test_what_was_touched_is_resident_and_private() -> None:
    with Region(64 * PAGE) as region:
        assert row_of(region.address).resident == 0
        for page in range(0, 10 * PAGE, PAGE):
            region.view(page, 1)[0] = 1
        row = row_of(region.address)
    assert (row.resident, row.resident_private, row.resident_shareable) == (10 * PAGE, 10 * PAGE, 0)


def test_every_kind_of_page_is_counted(door: Any) -> None:
    with Region(16 * PAGE) as region:
        told = [
            *(VALID, VALID | LOCKED, VALID | LARGE | LOCKED, VALID | LARGE),
            *(sharers(1), sharers(1), sharers(2), sharers(7), sharers(0)),
            *(0, SHARED, 1 << 22, LARGE | LOCKED),  # none of these is in the working set
        ]
        for number, bits in enumerate(told):
            door.page(region.address + number * PAGE, bits)
        row = row_of(region.address)
    assert row.resident == 9 * PAGE
    assert row.resident_private == 4 * PAGE
    assert row.resident_shareable == 5 * PAGE
    assert row.resident_shared == 2 * PAGE
    assert row.resident_locked == 2 * PAGE
    assert row.resident_large == 2 * PAGE


def test_the_unique_set_is_what_nobody_shares(door: Any) -> None:
    with Region(8 * PAGE) as region:
        before = working_sets.resident()
        for number, bits in enumerate((VALID, sharers(1), sharers(2), sharers(3))):
            door.page(region.address + number * PAGE, bits)
        after = working_sets.resident()
    assert after.uss - before.uss == pytest.approx(2 * PAGE, abs=64 * PAGE)
    assert after.shared - before.shared == 2 * PAGE
    assert after.uss == after.total - after.shared
    assert after.total == after.private + after.shareable


def test_sums_are_those_of_the_pages(pid: int) -> None:
    pages = working_sets.pages(pid, valid_only=True)
    of_pages = {
        "resident": list(pages.column("address")),
        "resident_shareable": [page.address for page in pages if page.shared],
        "resident_shared": [page.address for page in pages if page.share_count > 1],
        "resident_locked": [page.address for page in pages if page.locked],
    }
    walked = regions.walk(pid, resident=True)
    assert of_pages["resident"]
    for row in walked:
        for column, addresses in of_pages.items():
            there = [each for each in addresses if row.address <= each < row.address + row.size]
            assert getattr(row, column) == len(there) * PAGE, (row, column)


def test_regions_sum_up_to_the_process(pid: int) -> None:
    walked = regions.walk(pid, resident=True)
    whole = working_sets.resident(pid)
    assert whole.total > 0
    for column, field in COLUMNS.items():
        assert sum(walked.column(column)) == getattr(whole, field), column


@pytest.mark.skipif(not EXECUTABLE32, reason="NTPAGES_TARGET32_EXE names no 32-bit program")
def test_a_32_bit_process_is_counted_to_its_end(door: Any) -> None:
    del door
    with Target("idle", executable=EXECUTABLE32) as target:
        walked = regions.walk(target.pid, resident=True)
        assert 0 < sum(walked.column("resident")) == working_sets.resident(target.pid).total


def test_an_image_that_was_written_to_has_pages_of_its_own(door: Any) -> None:
    image = next(
        row
        for row in regions.walk(resident=True)
        if row.type is Type.IMAGE and row.state is State.COMMIT and row.size >= 4 * PAGE
    )
    for page, bits in enumerate((sharers(3), sharers(3), VALID, sharers(3))):
        door.page(image.address + page * PAGE, bits)
    assert row_of(image.address).resident_private == PAGE


def test_the_other_columns_are_those_of_any_walk(pid: int) -> None:
    plain = regions.walk(pid)
    assert plain.names == regions.walk(pid, resident=False).names
    resident = regions.walk(pid, resident=True)
    assert resident.names == (*plain.names, *COLUMNS)
    for name in plain.names:
        assert list(resident.column(name)) == list(plain.column(name)), name


def test_what_holds_nothing_has_nothing_resident(pid: int) -> None:
    for row in regions.walk(pid, resident=True):
        if row.state is not State.COMMIT:
            assert not any(getattr(row, column) for column in COLUMNS)


def test_small_regions_share_a_call(lab: Lab) -> None:
    with Region(2000 * PAGE, commit=False) as region:
        for page in range(0, 2000 * PAGE, 2 * PAGE):
            region.commit(page, PAGE)
        before = lab.count("K32QueryWorkingSetEx")
        walked = regions.walk(names=False, uses=False, resident=True)
        assert sum(row.allocation_base == region.address for row in walked) == 2000
        assert 0 < lab.count("K32QueryWorkingSetEx") - before < 100


def test_a_region_larger_than_a_batch_is_counted_whole() -> None:
    size = 300 << 20
    with mmap.mmap(-1, size) as memory:
        for page in range(0, size, PAGE):
            memory[page] = 1
        found = working_sets.resident()
    assert found.total >= size


def test_who_looks_is_not_in_the_picture(lab: Lab) -> None:
    del lab
    first, second = (working_sets.resident().total for _ in range(2))
    assert abs(first - second) < 1 << 20  # a batch is as large


def test_a_process_that_is_gone_has_no_working_set() -> None:
    with Target("idle") as target:
        gone = target.pid
        target.end()
        with pytest.raises(NoSuchProcessError):
            working_sets.resident(gone)
        with pytest.raises(NoSuchProcessError):
            regions.walk(gone, resident=True)


def test_a_refusal_is_no_smaller_sum(lab: Lab, pid: int) -> None:
    for look in (working_sets.resident, lambda of: regions.walk(of, resident=True)):
        lab.fail("K32QueryWorkingSetEx", code=5)
        with pytest.raises(NtError) as refused:
            look(pid)
        assert refused.value.code == 5
    assert lab.refused == 2
    assert working_sets.resident(ME).total > 0
