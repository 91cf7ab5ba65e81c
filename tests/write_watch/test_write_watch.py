"""Write watch: which pages were written, and going back to what they held before."""

from __future__ import annotations

import ctypes
import pickle
import threading
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.errors import NtError, OutOfMemoryError
from ntpages.regions import Protection, Region
from ntpages.write_watch import Snapshots, dirty
from write_watch.watched import PAGE, PAGES, watched, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ntlab import Lab


@pytest.fixture
def region() -> Iterator[Region]:
    with watched() as region:
        yield region


def written(region: Region, **wishes: Any) -> list[int]:
    """The numbers of the written pages."""
    return [offset // PAGE for offset in dirty(region, **wishes).column("offset")]


# ---- Which pages --------------------------------------------------------------------------------


def test_a_new_region_is_clean(region: Region) -> None:  # W01
    assert written(region) == []
    [span] = region.spans()
    assert (span.size, span.protection) == (PAGES * PAGE, Protection.READWRITE)


def test_written_pages_are_told_in_order_until_they_are_reset(region: Region) -> None:  # W02
    write(region, 9, 2, 5)
    assert written(region) == [2, 5, 9]
    assert written(region, reset=True) == [2, 5, 9]
    assert written(region) == []
    write(region, 5)
    assert written(region) == [5]


def test_a_part_is_asked_about_and_reset_alone(region: Region) -> None:  # W03
    write(region, 1, 2, 3, 4)
    assert written(region, offset=2 * PAGE, size=2 * PAGE) == [2, 3]
    assert written(region, offset=2 * PAGE + 1, size=PAGE) == [2, 3]  # pages that hold the bytes
    assert written(region, offset=2 * PAGE, size=PAGE, reset=True) == [2]
    assert written(region) == [1, 3, 4]


def test_a_write_across_a_border_marks_both_pages(region: Region) -> None:  # W04
    ctypes.memmove(region.address + 3 * PAGE - 2, b"four", 4)
    assert written(region) == [2, 3]


def test_more_pages_than_one_question_can_name() -> None:  # W05
    count = 3 * 4096 + 7
    with watched(count) as region:
        expected = list(range(0, count, 1))
        write(region, *expected)
        assert written(region) == expected
        assert written(region, reset=True) == expected
        assert written(region, reset=True) == []
        sparse = list(range(5, count, 3))
        write(region, *sparse)
        assert written(region, offset=6 * PAGE, reset=True) == sparse[1:]
        assert written(region) == [5]


def test_protecting_there_and_back_changes_nothing(region: Region) -> None:  # W06
    write(region, 4)
    region.protect(Protection.READONLY)
    region.protect(Protection.READWRITE)
    assert written(region) == [4]


def test_reading_marks_nothing_and_the_kernel_marks_what_it_writes(
    region: Region, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * PAGE)
    assert sum(bytes(region)) == 0
    with file.open("rb", buffering=0) as source, region.view(7 * PAGE, PAGE) as view:
        assert source.readinto(view) == PAGE
    assert written(region) == [7]


def test_reserved_pages_are_clean() -> None:
    with watched(commit=False) as region:
        region.commit(2 * PAGE, PAGE)
        with region.view(2 * PAGE, PAGE) as view:
            view[0] = 1
        assert written(region) == [2]


def test_no_write_is_lost_while_threads_write() -> None:
    pages = 2048
    with watched(pages) as region:
        held = threading.Barrier(3)

        def writer(start: int) -> None:
            held.wait()
            for page in range(start, pages, 2):
                write(region, page)

        threads = [threading.Thread(target=writer, args=(start,)) for start in (0, 1)]
        for thread in threads:
            thread.start()
        held.wait()
        found: set[int] = set()
        while any(thread.is_alive() for thread in threads):
            found.update(written(region, reset=True))
        found.update(written(region, reset=True))
        assert found == set(range(pages))


def test_a_region_that_is_not_watched_is_refused() -> None:
    with Region(PAGE) as region:
        for use in (dirty, Snapshots):
            with pytest.raises(ValueError, match="not made with write_watch=True"):
                use(region)


@pytest.mark.parametrize(
    ("offset", "size", "rule"),
    [
        (-1, None, "offset must be from 0 to 65535, not -1"),
        (0, 0, "size must be from 1 to 65536 at offset 0, not 0"),
        (PAGE, PAGES * PAGE, "size must be from 1 to 61440 at offset 4096, not 65536"),
    ],
)
def test_bytes_that_are_not_in_the_region_are_refused(
    region: Region, offset: int, size: int | None, rule: str
) -> None:
    with pytest.raises(ValueError, match=rule):
        dirty(region, offset=offset, size=size)


def test_what_is_no_region_is_refused() -> None:
    with pytest.raises(TypeError, match="region must be a Region, not b'bytes'"):
        dirty(b"bytes")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Snapshots(b"bytes")  # type: ignore[arg-type]


def test_a_closed_region_is_refused(region: Region) -> None:
    region.close()
    for use in (dirty, Snapshots):
        with pytest.raises(ValueError, match="Region is closed"):
            use(region)


@pytest.mark.usefixtures("arena_taken")
def test_nothing_is_reset_where_there_is_no_memory_for_the_answer(region: Region, lab: Lab) -> None:
    write(region, 3)
    lab.fail("VirtualAlloc")
    with pytest.raises(OutOfMemoryError):
        dirty(region, reset=True)
    assert written(region) == [3]


def test_a_refused_question_is_an_error(region: Region, lab: Lab) -> None:
    lab.fail("GetWriteWatch")
    with pytest.raises(NtError, match="GetWriteWatch"):
        dirty(region)


# ---- Snapshots ----------------------------------------------------------------------------------


def test_a_snapshot_is_restored(region: Region) -> None:
    write(region, 0, byte=1)
    with Snapshots(region) as snapshots:
        assert snapshots.take() == 0
        write(region, 0, 7, byte=2)
        assert snapshots.take() == 1
        write(region, 3, byte=3)
        assert snapshots.restore(0) == 3 * PAGE
        assert (region.view()[0], region.view()[7 * PAGE], region.view()[3 * PAGE]) == (1, 0, 0)
        assert snapshots.restore(1) == 2 * PAGE
        assert (region.view()[0], region.view()[7 * PAGE], region.view()[3 * PAGE]) == (2, 2, 0)
        assert (len(snapshots), snapshots.current) == (2, 1)


def test_before_the_first_there_is_none(region: Region) -> None:
    with Snapshots(region) as snapshots:
        assert snapshots.current is None
        with pytest.raises(IndexError, match="snapshot 0 of 0"):
            snapshots.restore(0)


def test_a_snapshot_costs_what_changed(region: Region) -> None:
    write(region, *range(PAGES))
    with Snapshots(region) as snapshots:
        snapshots.take()
        assert snapshots.stored == PAGES * PAGE
        write(region, 2, 5, byte=9)
        snapshots.take()
        assert snapshots.stored == (PAGES + 2) * PAGE
        assert snapshots.changed(-1).to_dict() == {"offset": [2 * PAGE, 5 * PAGE]}


def test_what_is_written_but_stays_the_same_is_not_kept(region: Region) -> None:
    write(region, 1)
    with Snapshots(region) as snapshots:
        snapshots.take()
        write(region, 1)
        snapshots.take()
        assert snapshots.stored == PAGE
        snapshots.restore(0)
        snapshots.take()
        assert len(snapshots.changed(2)) == 0


def test_the_first_snapshot_knows_what_was_reset_before_it(region: Region) -> None:
    write(region, 4, byte=7)
    assert written(region, reset=True) == [4]
    with Snapshots(region) as snapshots:
        snapshots.take()
        assert snapshots.stored == PAGE  # pages of zeros need not be kept
        write(region, 4, byte=8)
        snapshots.restore(0)
        assert region.view()[4 * PAGE] == 7


def test_one_taken_after_going_back_begins_a_branch(region: Region) -> None:
    with Snapshots(region) as snapshots:
        for byte in (1, 2, 3):
            write(region, 0, byte, byte=byte)
            snapshots.take()
        snapshots.restore(0)
        write(region, 9, byte=4)
        assert snapshots.take() == 3
        pictures = {}
        for number in (2, 3, 1, 0):
            snapshots.restore(number)
            pictures[number] = [page for page in range(PAGES) if region.view()[page * PAGE]]
        assert pictures == {0: [0, 1], 1: [0, 1, 2], 2: [0, 1, 2, 3], 3: [0, 1, 9]}


def test_pages_may_be_committed_meanwhile() -> None:
    with watched(commit=False) as region, Snapshots(region) as snapshots:
        snapshots.take()
        region.commit(3 * PAGE, PAGE)
        with region.view(3 * PAGE, PAGE) as view:
            view[1] = 1
            snapshots.take()
            snapshots.restore(0)
            assert view[1] == 0
            snapshots.restore(1)
            assert view[1] == 1


def test_pages_that_were_given_back_since_they_were_written_are_empty(region: Region) -> None:
    write(region, 3, 4, 5)
    region.decommit(4 * PAGE, PAGE)
    with Snapshots(region) as snapshots:
        snapshots.take()
        assert snapshots.stored == 2 * PAGE
        region.commit()
        write(region, 4, byte=9)
        snapshots.take()
        assert snapshots.changed(1).to_dict() == {"offset": [4 * PAGE]}
        snapshots.restore(0)
        assert [region.view()[page * PAGE] for page in (3, 4, 5)] == [1, 0, 1]


def test_nothing_is_followed_where_the_watch_can_not_be_told(region: Region, lab: Lab) -> None:
    region.decommit(0, PAGE)
    lab.fail("ResetWriteWatch")
    with pytest.raises(NtError, match="ResetWriteWatch"):
        Snapshots(region)
    region.close()  # nothing was left behind


def test_nothing_else_takes_from_a_region_that_is_followed(region: Region) -> None:
    with Snapshots(region):
        for take_away in (
            region.close,
            region.decommit,
            region.reset,
            lambda: region.protect(Protection.READONLY),
            lambda: dirty(region, reset=True),
            lambda: Snapshots(region),
        ):
            with pytest.raises(BufferError, match="Region is in use"):
                take_away()
        assert written(region) == []
    region.decommit()


def test_pages_that_can_not_be_read_are_not_followed(region: Region) -> None:
    region.protect(Protection.NOACCESS, offset=2 * PAGE, size=PAGE)
    with pytest.raises(BufferError, match="from offset 8192 on are protected against reading"):
        Snapshots(region)
    region.close()  # nothing was left behind


def test_snapshots_are_counted_from_the_latest_back_to_the_first(region: Region) -> None:
    with Snapshots(region) as snapshots:
        for page in (0, 1):
            write(region, page)
            snapshots.take()
        for number, page in ((-1, 1), (-2, 0)):
            assert snapshots.changed(number).column("offset").tolist() == [page * PAGE]


@pytest.mark.parametrize("number", [1, -2, 1 << 70])
def test_a_snapshot_that_there_is_not_is_named(region: Region, number: int) -> None:
    with Snapshots(region) as snapshots:
        snapshots.take()
        for use in (snapshots.restore, snapshots.changed):
            with pytest.raises(IndexError, match=f"snapshot {number} of 1"):
                use(number)


def test_closed_ones_refuse_everything(region: Region) -> None:
    snapshots = Snapshots(region)
    snapshots.take()
    snapshots.close()
    snapshots.close()
    assert snapshots.closed
    assert len(snapshots) == 0
    for use in (snapshots.take, lambda: snapshots.restore(0), lambda: snapshots.changed(0)):
        with pytest.raises(ValueError, match="Snapshots is closed"):
            use()
    assert repr(snapshots) == "<Snapshots: closed>"


def test_they_are_not_copied(region: Region) -> None:
    with Snapshots(region) as snapshots, pytest.raises(TypeError, match="can't be copied"):
        pickle.dumps(snapshots)


def test_changes_survive_a_snapshot_that_fails(region: Region, lab: Lab) -> None:
    with Snapshots(region) as snapshots:
        snapshots.take()
        write(region, 5)
        lab.fail("VirtualAlloc")
        with pytest.raises(OutOfMemoryError):
            snapshots.take()
        assert len(snapshots) == 1
        lab.fail("GetWriteWatch")
        with pytest.raises(NtError, match="GetWriteWatch"):
            snapshots.restore(0)
        assert snapshots.take() == 1
        assert snapshots.changed(1).to_dict() == {"offset": [5 * PAGE]}


def test_threads_take_and_restore_at_once(region: Region) -> None:
    with Snapshots(region) as snapshots:
        snapshots.take()
        errors: list[BaseException] = []

        def work(byte: int) -> None:
            try:
                for turn in range(40):
                    write(region, byte, turn % PAGES, byte=byte)
                    snapshots.restore(snapshots.take() // 2)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(byte,)) for byte in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len(snapshots) == 8 * 40 + 1
