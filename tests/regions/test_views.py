"""Regions as buffers: what lends them, and what may not happen meanwhile."""

from __future__ import annotations

import copy
import gc
import threading

import pytest

from ntpages.regions import Protection, Region

PAGE = 4096


# ---- views --------------------------------------------------------------------------------------


def test_a_view_shares_the_pages() -> None:
    with Region(PAGE) as region, memoryview(region) as one, memoryview(region) as other:
        one[5] = 77
        assert other[5] == 77
        assert (one.format, one.nbytes, one.readonly) == ("B", PAGE, False)


def test_numpy_shares_the_pages() -> None:
    np = pytest.importorskip("numpy")
    with Region(PAGE) as region:
        array = np.frombuffer(region, dtype=np.uint32)
        array[1] = 0x01020304
        assert bytes(region.view(4, 4)) == bytes([4, 3, 2, 1])
        with pytest.raises(BufferError):
            region.close()
        del array
        gc.collect()


def test_nothing_takes_pages_from_under_a_view() -> None:
    with Region(PAGE) as region:
        view = memoryview(region)
        for call in (
            region.close,
            region.decommit,
            region.offer,
            lambda: region.protect(Protection.READONLY),
            lambda: region.protect(Protection.NOACCESS),
            lambda: region.protect(Protection.READWRITE | Protection.GUARD),
        ):
            with pytest.raises(BufferError, match="Region is in use: release its views first"):
                call()
        view[0] = 1
        view.release()
        region.protect(Protection.READONLY)


def test_leaving_the_block_with_a_view_alive_is_refused() -> None:
    region = Region(PAGE)
    with pytest.raises(BufferError), region:
        view = memoryview(region)
    assert not region.closed
    view[0] = 1
    view.release()
    region.close()


def test_what_widens_access_may_happen_under_a_view() -> None:
    with Region(PAGE, protection=Protection.READONLY) as region, memoryview(region) as view:
        region.protect(Protection.READWRITE)
        assert view.readonly
        assert view[0] == 0


def test_pages_that_can_not_be_written_are_lent_read_only() -> None:
    with Region(2 * PAGE) as region:
        region.protect(Protection.READONLY, size=PAGE)
        assert memoryview(region).readonly
        assert not region.view(PAGE, PAGE).readonly
        with pytest.raises(TypeError, match="read-only"):
            memoryview(region)[0] = 1


@pytest.mark.parametrize(
    "protection",
    [Protection.NOACCESS, Protection.EXECUTE, Protection.READWRITE | Protection.GUARD],
)
def test_pages_that_can_not_be_read_are_not_lent(protection: Protection) -> None:
    with Region(2 * PAGE) as region:
        region.protect(protection, offset=PAGE, size=PAGE)
        with pytest.raises(BufferError, match="from offset 4096 on are protected against reading"):
            memoryview(region)
        assert region.view(0, PAGE).nbytes == PAGE


def test_pages_that_are_not_committed_are_not_lent() -> None:
    with Region(2 * PAGE, commit=False) as region:
        region.commit(0, PAGE)
        with pytest.raises(BufferError, match="from offset 4096 on are not committed"):
            memoryview(region)
        with region.view(10, 20) as view:
            view[0] = 1
            assert view.nbytes == 20
        assert bytes(region.view(9, 3)) == b"\0\1\0"


def test_a_view_keeps_its_region_alive() -> None:
    view = memoryview(Region(PAGE))
    part = Region(PAGE).view(0, 8)
    gc.collect()
    view[0], part[0] = 1, 2
    assert (view[0], part[0]) == (1, 2)


# ---- the end ------------------------------------------------------------------------------------


def test_closing_twice_is_harmless() -> None:
    region = Region(PAGE)
    region.close()
    region.close()
    assert region.closed
    assert "closed" in repr(region)


def test_a_closed_region_says_so() -> None:
    region = Region(PAGE)
    region.close()
    for call in (
        region.commit,
        region.decommit,
        lambda: region.protect(Protection.READONLY),
        region.lock,
        region.unlock,
        region.prefetch,
        region.offer,
        region.reclaim,
        region.discard,
        region.reset,
        region.undo_reset,
        region.spans,
        region.view,
        lambda: region.committed,
        lambda: memoryview(region),
    ):
        with pytest.raises(ValueError, match="Region is closed"):
            call()


def test_a_region_can_not_be_pickled_or_copied() -> None:
    with Region(PAGE) as region, pytest.raises(TypeError, match="can't be copied or pickled"):
        copy.copy(region)


def use_until_closed(region: Region, start: threading.Barrier, errors: list[Exception]) -> None:
    start.wait()
    try:
        for _ in range(50):
            region.protect(Protection.READWRITE, offset=PAGE, size=PAGE)
            region.spans()
    except ValueError as error:
        if "closed" not in str(error):
            errors.append(error)
    except Exception as error:
        errors.append(error)


def test_close_waits_for_calls_that_are_under_way() -> None:
    errors: list[Exception] = []
    for _ in range(50):
        region = Region(64 * PAGE)
        start = threading.Barrier(5)
        threads = [
            threading.Thread(target=use_until_closed, args=(region, start, errors))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        start.wait()
        region.close()
        for thread in threads:
            thread.join()
    assert errors == []


@pytest.mark.parametrize(
    ("protection", "readonly"),
    [
        (Protection.READONLY, True),
        (Protection.READWRITE, False),
        (Protection.EXECUTE_READ, True),
        (Protection.EXECUTE_READWRITE, False),
    ],
)
def test_a_view_can_be_written_where_its_pages_can(
    protection: Protection, *, readonly: bool
) -> None:
    with Region(PAGE, protection=protection) as region, memoryview(region) as view:
        assert view.readonly == readonly
