"""SparseBuffer: what is committed when; who may touch it; how long it lives."""

from __future__ import annotations

import copy
import ctypes
import pickle
import threading
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.errors import NtError, OutOfMemoryError
from ntpages.regions import Protection
from ntpages.sparse import Span, SparseBuffer
from sparse.touching import CHUNK, MIB, NOACCESS, PAGE, READONLY, TIB, fault_late, protect, touch

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("no_stacks")


# ---- Touching ----------------------------------------------------------------------------------


def test_a_new_buffer_of_a_tebibyte_commits_nothing() -> None:
    with SparseBuffer(TIB) as buffer:
        assert len(buffer) == buffer.size == TIB
        assert buffer.committed == 0
        assert buffer.spans() == [Span(0, TIB, committed=False)]


def test_a_touch_commits_one_chunk_of_zeros() -> None:
    with SparseBuffer(TIB) as buffer, memoryview(buffer) as view:
        assert view[TIB // 2 + 5] == 0
        assert buffer.committed == buffer.chunk == CHUNK
        assert buffer.faults == 1


def test_what_is_written_is_read_back_without_another_fault() -> None:
    with SparseBuffer(TIB) as buffer, memoryview(buffer) as view:
        view[TIB - 1] = 7
        assert view[TIB - 1] == 7
        assert buffer.faults == 1


def test_c_code_and_other_threads_touch_as_well() -> None:
    with SparseBuffer(TIB) as buffer:
        thread = threading.Thread(target=touch, args=(buffer, 10 * MIB, 9))
        thread.start()
        thread.join()
        assert buffer.peek(10 * MIB, 1) == b"\x09"


def test_a_buffer_whose_size_is_no_whole_chunk_ends_where_it_should() -> None:
    with SparseBuffer(100_001) as buffer, memoryview(buffer) as view:
        assert len(view) == 100_001
        view[100_000] = 1
        assert buffer.committed == CHUNK
        assert buffer.spans()[-1] == Span(CHUNK, 100_001 - CHUNK, committed=True)


def test_dense_access_commits_more_and_more_ahead() -> None:
    with SparseBuffer(TIB) as buffer, memoryview(buffer) as view:
        for offset in range(0, 64 * MIB, PAGE):
            view[offset] = 1
            assert buffer.committed <= max(2 * (offset + PAGE), CHUNK)
        assert buffer.faults < 30


def test_dense_access_downwards_does_so_too() -> None:
    with SparseBuffer(64 * MIB) as buffer, memoryview(buffer) as view:
        for offset in range(64 * MIB - PAGE, -1, -PAGE):
            view[offset] = 1
        assert buffer.faults < 30
        assert buffer.committed == 64 * MIB


def test_sparse_access_stays_at_the_chunk() -> None:
    with SparseBuffer(TIB) as buffer, memoryview(buffer) as view:
        for i in range(200):
            view[i * 2 * CHUNK] = 1
        assert buffer.committed == 200 * CHUNK


def test_no_touch_commits_more_than_ahead() -> None:
    with SparseBuffer(TIB, chunk=PAGE, ahead=4 * PAGE) as buffer, memoryview(buffer) as view:
        buffer.commit(0, MIB)
        view[MIB] = 1
        assert buffer.committed == MIB + 4 * PAGE


def test_ahead_of_zero_commits_one_chunk_a_touch() -> None:
    with SparseBuffer(TIB, chunk=PAGE, ahead=0) as buffer, memoryview(buffer) as view:
        for offset in range(0, 64 * PAGE, PAGE):
            view[offset] = 1
        assert buffer.faults == 64
        assert buffer.committed == 64 * PAGE


def test_a_thousand_buffers_are_open_at_once() -> None:
    buffers = [SparseBuffer(MIB) for _ in range(1000)]
    for number, buffer in enumerate(buffers):
        touch(buffer, number, number % 251)
    for number, buffer in enumerate(buffers):
        assert buffer.peek(number, 1) == bytes([number % 251])
        assert buffer.committed == CHUNK
        buffer.close()


def test_a_gap_between_buffers_is_nobody_s() -> None:
    with SparseBuffer(CHUNK) as buffer, pytest.raises(OSError, match="access violation"):
        touch(buffer, CHUNK)


# ---- Protection --------------------------------------------------------------------------------


def test_a_page_protected_on_purpose_stays_protected() -> None:
    with SparseBuffer(TIB) as buffer:
        touch(buffer, 0)
        protect(buffer, PAGE, PAGE, READONLY)
        with pytest.raises(OSError, match="access violation writing"):
            touch(buffer, PAGE)
        assert ctypes.string_at(buffer.address + PAGE, 1) == b"\0"
        protect(buffer, 2 * PAGE, PAGE, NOACCESS)
        with pytest.raises(OSError, match="access violation reading"):
            ctypes.string_at(buffer.address + 2 * PAGE, 1)
        touch(buffer, 3 * PAGE)


@pytest.mark.parametrize(
    ("protection", "is_readable", "is_writable"),
    [
        (Protection.NOACCESS, False, False),
        (Protection.READONLY, True, False),
        (Protection.READWRITE, True, True),
        (Protection.READWRITE | Protection.GUARD, False, False),
        (Protection.EXECUTE, False, False),
        (Protection.EXECUTE_READ, True, False),
        (Protection.EXECUTE_READWRITE, True, True),
    ],
)
def test_a_touch_that_comes_late_is_tried_again_where_the_page_takes_it(
    protection: Protection, *, is_readable: bool, is_writable: bool
) -> None:
    with SparseBuffer(TIB) as buffer:
        touch(buffer, 0)
        protect(buffer, 0, PAGE, protection)
        assert fault_late(buffer, 0, writing=False) is is_readable
        assert fault_late(buffer, 0, writing=True) is is_writable
        protect(buffer, 0, PAGE, Protection.READWRITE)


def test_trim_leaves_protected_pages_alone() -> None:
    with SparseBuffer(TIB, chunk=PAGE) as buffer:
        buffer.commit(0, 8 * PAGE)
        protect(buffer, 2 * PAGE, PAGE, NOACCESS)
        protect(buffer, 5 * PAGE, PAGE, READONLY)
        assert buffer.trim() == 6 * PAGE
        assert [span.offset for span in buffer.spans() if span.committed] == [2 * PAGE, 5 * PAGE]
        with pytest.raises(OSError, match="access violation writing"):
            touch(buffer, 5 * PAGE)


def test_running_code_in_a_buffer_is_an_access_violation() -> None:
    with SparseBuffer(TIB) as buffer:
        with pytest.raises(OSError, match="access violation"):
            ctypes.CFUNCTYPE(None)(buffer.address)()
        assert buffer.committed == 0


# ---- The limit ---------------------------------------------------------------------------------


def test_commit_past_the_limit_is_out_of_memory() -> None:
    with SparseBuffer(TIB, limit=MIB) as buffer:
        assert buffer.limit == MIB
        with pytest.raises(OutOfMemoryError, match="its limit is 1048576 bytes") as raised:
            buffer.commit(0, MIB + 1)
        assert raised.value.call == "SparseBuffer.commit"
        assert buffer.committed == 0
        buffer.commit(0, MIB)
        assert buffer.committed == MIB


def test_a_touch_past_the_limit_is_an_access_violation_after_a_message(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with SparseBuffer(TIB, limit=MIB) as buffer:
        for offset in range(0, MIB, PAGE):  # less is committed ahead, rather than pass the limit
            touch(buffer, offset)
        assert buffer.committed == MIB
        with pytest.raises(OSError, match="access violation writing"):
            touch(buffer, MIB)
        assert buffer.committed == MIB
        assert buffer.decommit(0, CHUNK) == CHUNK
        touch(buffer, MIB)
    assert "touch of byte 1048576: its limit of 1048576 bytes is reached" in capfd.readouterr().err


def test_commit_ahead_makes_touches_free() -> None:
    with SparseBuffer(TIB) as buffer:
        buffer.commit(MIB, 10 * MIB)
        for offset in range(MIB, 11 * MIB, PAGE):
            touch(buffer, offset)
        assert buffer.faults == 0
        assert buffer.committed == 10 * MIB


# ---- Lifetime ----------------------------------------------------------------------------------


def test_close_is_refused_while_a_view_lives() -> None:
    buffer = SparseBuffer(TIB)
    view = memoryview(buffer)
    with pytest.raises(BufferError, match="SparseBuffer is in use"):
        buffer.close()
    view[0] = 1
    view.release()
    buffer.close()
    buffer.close()
    assert buffer.closed


def test_a_closed_buffer_says_so() -> None:
    buffer = SparseBuffer(TIB)
    buffer.close()
    calls: list[Callable[[], Any]] = [
        *(buffer.commit, buffer.decommit, buffer.trim, buffer.spans),
        *(lambda: buffer.peek(0, 1), lambda: buffer.committed, lambda: buffer.address),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="SparseBuffer is closed"):
            call()
    with pytest.raises(ValueError, match="SparseBuffer is closed"):
        memoryview(buffer)
    assert repr(buffer) == f"<SparseBuffer: {TIB} bytes, closed>"


def test_memory_goes_with_the_last_reference() -> None:
    view = memoryview(SparseBuffer(TIB))
    address = ctypes.addressof(ctypes.c_char.from_buffer(view))
    view[0] = 1
    view.release()
    del view
    with pytest.raises(OSError, match="access violation"):
        ctypes.memset(address, 1, 1)


@pytest.mark.parametrize("copies", [copy.copy, copy.deepcopy, pickle.dumps])
def test_copying_and_pickling_are_refused(copies: Callable[[object], object]) -> None:
    with (
        SparseBuffer(TIB) as buffer,
        pytest.raises(TypeError, match="a SparseBuffer can't be copied or pickled"),
    ):
        copies(buffer)


@pytest.mark.parametrize(
    ("size", "options", "message"),
    [
        (0, {}, "size must be from 1 to .* bytes, not 0"),
        (-1, {}, "size must be from 1 to .* bytes, not -1"),
        (1 << 63, {}, "size must be from 1"),
        (1, {"chunk": 0}, "chunk must be a power of two from 4096 to .* not 0"),
        (1, {"chunk": 2048}, "not 2048"),
        (1, {"chunk": 12288}, "not 12288"),
        (1, {"ahead": -1}, "ahead must be from 0 to .* bytes, not -1"),
        (1, {"limit": CHUNK - 1}, "limit must be from 65536 to .* bytes, not 65535"),
    ],
)
def test_bad_arguments_are_named(size: int, options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SparseBuffer(size, **options)


@pytest.mark.parametrize(
    ("offset", "size", "message"),
    [
        (-1, 1, f"offset must be from 0 to {TIB}, not -1"),
        (TIB + 1, 0, f"offset must be from 0 to {TIB}, not {TIB + 1}"),
        (TIB - 1, 2, f"size must be from 0 to 1 at offset {TIB - 1}, not 2"),
        (0, -1, "size must be from 0 .* not -1"),
    ],
)
def test_bad_ranges_are_named(offset: int, size: int, message: str) -> None:
    with SparseBuffer(TIB) as buffer:
        calls: list[Callable[[int, int], object]] = [
            *(buffer.commit, buffer.decommit, buffer.peek),
            lambda offset, size: buffer.reading(offset, size).__enter__(),
        ]
        for call in calls:
            with pytest.raises(ValueError, match=message):
                call(offset, size)


def test_more_address_space_than_there_is_is_out_of_memory() -> None:
    with pytest.raises(NtError, match="VirtualAlloc failed"):
        SparseBuffer(1 << 47)
