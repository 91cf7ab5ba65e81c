"""SparseBuffer: giving memory back, lending it to the kernel, and what Windows may refuse."""

from __future__ import annotations

import ctypes
import threading
from typing import TYPE_CHECKING

import pytest

from ntpages.errors import NtError, OutOfMemoryError
from ntpages.sparse import Span, SparseBuffer
from sparse.touching import CHUNK, MIB, PAGE, TIB, touch

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab

pytestmark = pytest.mark.usefixtures("no_stacks")


# ---- Giving back -------------------------------------------------------------------------------


def test_decommit_gives_whole_chunks_back_and_forgets_them() -> None:
    with SparseBuffer(TIB) as buffer:
        for offset in range(0, 4 * CHUNK, PAGE):
            touch(buffer, offset, 9)
        assert buffer.decommit(1, 3 * CHUNK) == 2 * CHUNK  # not the two that it only begins
        assert buffer.spans()[:3] == [
            Span(0, CHUNK, committed=True),
            Span(CHUNK, 2 * CHUNK, committed=False),
            Span(3 * CHUNK, CHUNK, committed=True),
        ]
        assert buffer.committed == 2 * CHUNK
        assert ctypes.string_at(buffer.address + CHUNK, 1) == b"\0"


def test_decommit_to_the_end_takes_the_last_chunk_though_it_is_not_full() -> None:
    with SparseBuffer(CHUNK + 5) as buffer:
        buffer.commit()
        assert buffer.decommit(CHUNK) == CHUNK
        assert buffer.committed == CHUNK


def test_decommit_keeps_views_valid() -> None:
    with SparseBuffer(TIB) as buffer, memoryview(buffer) as view:
        view[0] = 1
        buffer.decommit()
        assert view[0] == 0


def test_trim_gives_back_what_is_zero_and_nothing_else() -> None:
    with SparseBuffer(TIB, chunk=PAGE) as buffer, memoryview(buffer) as view:
        buffer.commit(0, 5 * MIB)
        view[3 * PAGE - 1] = 1
        view[4 * MIB] = 1
        assert buffer.trim() == 5 * MIB - 2 * PAGE
        assert [span for span in buffer.spans() if span.committed] == [
            Span(2 * PAGE, PAGE, committed=True),
            Span(4 * MIB, PAGE, committed=True),
        ]
        assert view[3 * PAGE - 1] == view[4 * MIB] == 1
        assert buffer.trim() == 0


def test_trim_loses_no_write_of_another_thread() -> None:
    stop = threading.Event()
    lost: list[int] = []

    def count_up(buffer: SparseBuffer, offset: int) -> None:
        at = buffer.address + offset
        number = 0
        while not stop.is_set():
            number = number % 250 + 1
            ctypes.memset(at, number, 1)
            if ctypes.string_at(at, 1)[0] != number:
                lost.append(number)
            ctypes.memset(at, 0, 1)  # zero again: worth trimming

    with SparseBuffer(TIB, chunk=PAGE) as buffer:
        threads = [threading.Thread(target=count_up, args=(buffer, i * PAGE)) for i in range(4)]
        for thread in threads:
            thread.start()
        trimmed = sum(buffer.trim() for _ in range(400))
        stop.set()
        for thread in threads:
            thread.join()
        assert lost == []
        assert trimmed > 0
        assert buffer.committed == sum(span.size for span in buffer.spans() if span.committed)


def test_peek_touches_nothing() -> None:
    with SparseBuffer(TIB) as buffer:
        assert buffer.peek(0, 10) is None
        touch(buffer, CHUNK - 1, 8)
        assert buffer.peek(CHUNK - 2, 2) == b"\0\x08"
        assert buffer.peek(CHUNK - 1, 2) is None  # the second byte is not committed
        assert buffer.peek(TIB, 0) == b""
        assert buffer.committed == CHUNK


# ---- Lending to the kernel ---------------------------------------------------------------------


def test_reading_lends_committed_bytes_to_the_kernel(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_bytes(b"q" * 300_000)
    with SparseBuffer(TIB) as buffer, file.open("rb", buffering=0) as stream:
        with pytest.raises(OSError, match="Invalid argument"), memoryview(buffer) as view:
            stream.readinto(view[:300_000])
        with buffer.reading(5, 300_000) as view:
            assert stream.readinto(view) == 300_000
        assert buffer.peek(0, 6) == b"\0\0\0\0\0q"
        assert buffer.peek(300_004, 2) == b"q\0"


def test_writing_untouched_bytes_to_a_file_needs_it_too(tmp_path: Path) -> None:
    file = tmp_path / "data"
    with (
        SparseBuffer(TIB) as buffer,
        file.open("wb", buffering=0) as stream,
        buffer.reading(MIB, PAGE) as view,
    ):
        assert stream.write(view) == PAGE
    assert file.read_bytes() == bytes(PAGE)


def test_what_is_being_read_into_is_not_given_back() -> None:
    with SparseBuffer(TIB) as buffer:
        with buffer.reading(CHUNK, 1):
            assert buffer.trim() == 0
            with pytest.raises(BufferError, match="in use"):
                buffer.decommit(0, 2 * CHUNK)
            assert buffer.decommit(0, CHUNK) == 0
        assert buffer.trim() == CHUNK


def test_reading_ends_with_its_block() -> None:
    with SparseBuffer(TIB) as buffer:
        with buffer.reading(0, 10) as view:
            pass
        with pytest.raises(ValueError, match="released"):
            view[0]


def test_reading_past_the_limit_leaves_nothing_pinned() -> None:
    with SparseBuffer(TIB, limit=CHUNK) as buffer:
        with pytest.raises(OutOfMemoryError), buffer.reading(0, 2 * CHUNK):
            pass
        buffer.commit(0, CHUNK)
        assert buffer.decommit() == CHUNK


# ---- When Windows refuses ----------------------------------------------------------------------


def test_a_touch_that_windows_refuses_is_an_access_violation_after_a_message(
    lab: Lab, capfd: pytest.CaptureFixture[str]
) -> None:
    with SparseBuffer(TIB) as buffer:
        lab.fail("VirtualAlloc", every=True, code=1455)
        with pytest.raises(OSError, match="access violation writing"):
            touch(buffer, 5)
        lab.reset()
        assert buffer.committed == buffer.faults == 0
        touch(buffer, 5)
        assert buffer.committed == CHUNK
    assert "touch of byte 5: VirtualAlloc failed with error 1455" in capfd.readouterr().err


def test_a_run_ahead_that_windows_refuses_shrinks_to_the_chunk(lab: Lab) -> None:
    with SparseBuffer(TIB) as buffer:
        buffer.commit(0, MIB)
        lab.fail("VirtualAlloc")
        touch(buffer, MIB)
        assert lab.refused == 1
        assert buffer.committed == MIB + CHUNK


def test_the_last_error_survives_a_touch(lab: Lab) -> None:
    fill = ctypes.WinDLL("ntdll", use_last_error=True).RtlFillMemory
    with SparseBuffer(TIB) as buffer:
        buffer.commit(0, MIB)
        lab.fail("VirtualAlloc", code=1455)  # what the handler itself has to cope with
        ctypes.set_last_error(1234)
        fill(ctypes.c_void_p(buffer.address + MIB), ctypes.c_size_t(1), 1)
        assert ctypes.get_last_error() == 1234
        assert lab.refused == buffer.faults == 1


def test_commit_that_windows_refuses_counts_nothing(lab: Lab) -> None:
    with SparseBuffer(TIB, limit=MIB) as buffer:
        buffer.commit(0, 1)  # the map's memory is there now
        lab.fail("VirtualAlloc")
        with pytest.raises(OutOfMemoryError, match="VirtualAlloc"):
            buffer.commit(CHUNK, 4 * CHUNK)
        assert buffer.committed == CHUNK
        buffer.commit(0, MIB)  # nor does the limit
        assert buffer.committed == MIB


def test_decommit_that_windows_refuses_changes_nothing(lab: Lab) -> None:
    with SparseBuffer(TIB) as buffer:
        touch(buffer, 0, 7)
        lab.fail("VirtualFree")
        with pytest.raises(NtError, match="VirtualFree"):
            buffer.decommit()
        assert buffer.committed == CHUNK
        assert buffer.peek(0, 1) == b"\x07"
        assert buffer.decommit() == CHUNK


@pytest.mark.parametrize("refused", ["VirtualFree", "VirtualProtect", "VirtualQuery"])
def test_trim_that_windows_refuses_leaves_the_pages_usable(lab: Lab, refused: str) -> None:
    with SparseBuffer(TIB) as buffer:
        buffer.commit(0, MIB)
        lab.fail(refused)
        with pytest.raises(NtError):
            buffer.trim()
        assert lab.refused == 1
        touch(buffer, 0, 7)
        assert buffer.committed == MIB
        assert buffer.trim() == MIB - CHUNK


def test_a_buffer_that_can_t_be_watched_is_not_made(lab: Lab) -> None:
    with SparseBuffer(CHUNK) as other:
        lab.fail("AddVectoredExceptionHandler")
        with pytest.raises(OutOfMemoryError, match="AddVectoredExceptionHandler"):
            SparseBuffer(TIB)
        assert lab.count("VirtualAlloc") == 2  # one for each, and of them
        assert lab.count("VirtualFree") == 1  # the second was given back
        touch(other, 0)
