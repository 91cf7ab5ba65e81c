"""Snapshots that are given up: what the others need of them is kept, and nothing else."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from ntpages.write_watch import Snapshots
from write_watch.watched import PAGE, PAGES, watched, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab
    from ntpages.regions import Region


@pytest.fixture
def region() -> Iterator[Region]:
    with watched() as region:
        yield region


def first_bytes(region: Region, pages: int = 3) -> list[int]:
    return [region.view()[page * PAGE] for page in range(pages)]


def test_a_snapshot_is_forgotten_and_the_others_keep_their_numbers(region: Region) -> None:
    with Snapshots(region) as snapshots:
        for byte in (1, 2, 3):
            write(region, 0, byte - 1, byte=byte)
            snapshots.take()
        assert snapshots.forget(1) == PAGE  # page 0 as it was then; page 1 is as in the last one
        assert (len(snapshots), snapshots.numbers) == (2, (0, 2))
        for use in (snapshots.restore, snapshots.changed, snapshots.forget):
            with pytest.raises(IndexError, match="snapshot 1 was forgotten"):
                use(1)
        snapshots.restore(0)
        assert first_bytes(region) == [1, 0, 0]
        snapshots.restore(-1)
        assert first_bytes(region) == [3, 2, 3]
        assert snapshots.take() == 3


def test_what_others_need_of_a_forgotten_one_is_kept(region: Region) -> None:
    write(region, *range(PAGES), byte=1)
    with Snapshots(region) as snapshots:
        snapshots.take()
        write(region, 2, byte=2)
        snapshots.take()
        assert snapshots.forget(0) == PAGE
        assert snapshots.stored == PAGES * PAGE
        assert snapshots.changed(1).to_dict() == {"offset": [n * PAGE for n in range(PAGES)]}
        write(region, *range(PAGES), byte=3)
        snapshots.restore(1)
        assert first_bytes(region) == [1, 1, 2]


def test_the_latest_ones_are_kept_at_the_cost_of_what_changes(region: Region, lab: Lab) -> None:
    write(region, *range(PAGES), byte=1)
    gc.collect()
    with Snapshots(region) as snapshots:
        for turn in range(50):
            write(region, turn % PAGES, byte=turn + 2)
            snapshots.take()
            while len(snapshots) > 3:
                snapshots.forget(snapshots.numbers[0])
            assert snapshots.stored <= (PAGES + 2) * PAGE
            if turn == 20:
                before = lab.footprint()
        assert lab.footprint().growth_since(before).get("allocations", 0) <= PAGES
        assert snapshots.numbers == (47, 48, 49)


def test_forgetting_the_current_one_goes_back_to_the_one_before(region: Region) -> None:
    with Snapshots(region) as snapshots:
        write(region, 0, byte=1)
        snapshots.take()
        write(region, 1, byte=2)
        snapshots.take()
        assert snapshots.forget(-1) == PAGE
        assert snapshots.current == 0
        assert first_bytes(region) == [1, 2, 0]  # the region is not touched
        assert snapshots.take() == 2
        assert snapshots.changed(2).to_dict() == {"offset": [PAGE]}
        assert snapshots.restore(0) == PAGE
        assert first_bytes(region) == [1, 0, 0]


def test_forgetting_all_begins_anew(region: Region) -> None:
    with Snapshots(region) as snapshots:
        write(region, 0, 2, byte=5)
        snapshots.take()
        assert snapshots.forget(0) == 2 * PAGE
        assert (len(snapshots), snapshots.current, snapshots.stored) == (0, None, 0)
        assert first_bytes(region) == [5, 0, 5]
        assert snapshots.take() == 1
        assert snapshots.stored == 2 * PAGE
        write(region, 0, 1, 2, byte=6)
        snapshots.restore(1)
        assert first_bytes(region) == [5, 0, 5]


def test_branches_outlive_the_one_they_part_from(region: Region) -> None:
    with Snapshots(region) as snapshots:
        write(region, 0, byte=1)
        snapshots.take()
        for byte in (2, 3):
            snapshots.restore(0)
            write(region, byte - 1, byte=byte)
            snapshots.take()
        assert snapshots.forget(0) == 0  # both need its page
        for number, expected in ((1, [1, 2, 0]), (2, [1, 0, 3]), (1, [1, 2, 0])):
            snapshots.restore(number)
            assert first_bytes(region) == expected
        snapshots.restore(2)
        assert snapshots.forget(1) == PAGE
        assert snapshots.forget(2) == 2 * PAGE


def test_a_change_that_is_undone_by_the_next_is_none(region: Region) -> None:
    with Snapshots(region) as snapshots:
        for byte in (1, 2, 1):
            write(region, 0, byte=byte)
            snapshots.take()
        write(region, 0, byte=7)
        snapshots.take()
        snapshots.forget(1)
        assert len(snapshots.changed(2)) == 0
        snapshots.forget(0)
        assert snapshots.changed(2).to_dict() == {"offset": [0]}  # of the first one, all differs
        snapshots.restore(2)
        assert first_bytes(region) == [1, 0, 0]


def test_nothing_is_forgotten_twice(region: Region) -> None:
    snapshots = Snapshots(region)
    snapshots.take()
    snapshots.forget(0)
    with pytest.raises(IndexError, match="snapshot 0 was forgotten"):
        snapshots.forget(0)
    with pytest.raises(IndexError, match="snapshot -1 of 0"):
        snapshots.forget(-1)
    snapshots.close()
    with pytest.raises(ValueError, match="Snapshots is closed"):
        snapshots.forget(0)
    assert snapshots.numbers == ()
