"""GrowableBuffer: bytes that grow in place."""

from __future__ import annotations

import ctypes
import pickle
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ntpages.errors import NtError, OutOfMemoryError
from ntpages.sparse import GrowableBuffer
from sparse.touching import MIB, PAGE

if TYPE_CHECKING:
    from pathlib import Path

    from ntlab import Lab


def test_append_says_where_the_bytes_begin() -> None:
    with GrowableBuffer(b"ab") as buffer:
        assert buffer.append(b"cde") == 2
        assert buffer.append(b"") == 5
        assert buffer.append(memoryview(b"fgh")[1:]) == 5
        assert bytes(buffer) == b"abcdegh"
        assert len(buffer) == 7


def test_nothing_moves_and_views_stay_valid_while_it_grows() -> None:
    with GrowableBuffer(b"first") as buffer:
        view = memoryview(buffer)
        address = buffer.address
        for _ in range(200):
            buffer.append(b"x" * MIB)
        assert buffer.address == address
        assert bytes(view) == b"first"  # what was there when it was made
        view[0] = ord("F")
        view.release()
        assert ctypes.string_at(address, 6) == b"Firstx"


def test_commit_runs_ahead_by_an_eighth() -> None:
    with GrowableBuffer() as buffer:
        assert buffer.committed == 0
        most = 0.0
        for _ in range(400):
            buffer.append(bytes(256 * 1024))
            most = max(most, buffer.committed / len(buffer))
            assert buffer.committed >= len(buffer)
        assert most <= 1.26  # the first piece: 64 KiB ahead of 256
        assert buffer.committed <= 1.13 * len(buffer)


def test_a_buffer_can_append_itself() -> None:
    with GrowableBuffer(b"ab") as buffer:
        for _ in range(18):
            with memoryview(buffer) as view:
                buffer.append(view)
        assert len(buffer) == 2 << 18
        assert bytes(buffer) == b"ab" * (1 << 18)


def test_extend_appends_zeros_for_others_to_fill(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_bytes(b"q" * 200_000)
    with GrowableBuffer(b"head") as buffer, file.open("rb", buffering=0) as stream:
        offset = buffer.extend(200_000)
        with memoryview(buffer) as view:
            assert stream.readinto(view[offset:]) == 200_000
        assert bytes(buffer) == b"head" + b"q" * 200_000


def test_truncate_gives_memory_back_and_leaves_zeros_behind_the_end() -> None:
    with GrowableBuffer(b"x" * MIB) as buffer:
        buffer.truncate(PAGE + 3)
        assert (len(buffer), buffer.committed) == (PAGE + 3, 2 * PAGE)
        buffer.extend(2 * PAGE)
        assert bytes(buffer) == b"x" * (PAGE + 3) + bytes(2 * PAGE)
        buffer.truncate()
        assert (len(buffer), buffer.committed) == (0, 0)


def test_truncate_is_refused_while_a_view_lives() -> None:
    with GrowableBuffer(b"bytes") as buffer:
        with memoryview(buffer), pytest.raises(BufferError, match="GrowableBuffer is in use"):
            buffer.truncate(1)
        buffer.truncate(1)


def test_maximum_is_exact_and_refused_bytes_change_nothing() -> None:
    with GrowableBuffer(maximum=10) as buffer:
        buffer.append(b"123456")
        with pytest.raises(OverflowError, match="5 bytes more do not fit: 6 of at most 10 are"):
            buffer.append(b"xxxxx")
        with pytest.raises(OverflowError, match="bytes more do not fit"):
            buffer.extend(1 << 47)
        buffer.append(b"7890")
        assert bytes(buffer) == b"1234567890"


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match=r"maximum must be from 1 to .* bytes, not 0"):
        GrowableBuffer(maximum=0)
    with GrowableBuffer(b"abc") as buffer:
        with pytest.raises(ValueError, match=r"size must be from 0 to .* bytes, not -1"):
            buffer.truncate(-1)
        with pytest.raises(ValueError, match="size must be at most the 3 bytes there are, not 4"):
            buffer.truncate(4)
        with pytest.raises(ValueError, match=r"size must be from 0 to .* bytes, not -1"):
            buffer.extend(-1)
        with pytest.raises(TypeError):
            buffer.append("text")  # type: ignore[arg-type]


def test_a_closed_buffer_says_so_and_may_be_closed_again() -> None:
    buffer = GrowableBuffer(b"x")
    with memoryview(buffer), pytest.raises(BufferError):
        buffer.close()
    buffer.close()
    buffer.close()
    assert repr(buffer) == "<GrowableBuffer: closed>"
    for call in (lambda: buffer.append(b"x"), lambda: buffer.extend(1), buffer.truncate):
        with pytest.raises(ValueError, match="GrowableBuffer is closed"):
            call()


def test_pickling_is_refused() -> None:
    with GrowableBuffer() as buffer, pytest.raises(TypeError, match="can't be copied or pickled"):
        pickle.dumps(buffer)


def test_pieces_appended_by_many_threads_do_not_mix() -> None:
    with GrowableBuffer() as buffer:

        def append(number: int) -> None:
            for _ in range(300):
                offset = buffer.append(bytes([number]) * 1000)
                assert offset % 1000 == 0

        threads = [threading.Thread(target=append, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        content = bytes(buffer)
        pieces = [content[at : at + 1000] for at in range(0, len(content), 1000)]
        assert sorted(pieces) == sorted([bytes([n]) * 1000 for n in range(8)] * 300)


def test_append_at_the_commit_limit_appends_nothing(lab: Lab) -> None:
    with GrowableBuffer(b"kept") as buffer:
        lab.fail("VirtualAlloc", every=True, code=1455)
        with pytest.raises(OutOfMemoryError, match="VirtualAlloc"):
            buffer.append(bytes(MIB))
        lab.reset()
        assert bytes(buffer) == b"kept"
        assert buffer.append(b"!") == 4


def test_near_the_commit_limit_only_what_is_needed_is_committed(lab: Lab) -> None:
    with GrowableBuffer() as buffer:
        lab.fail("VirtualAlloc", code=1455)
        buffer.append(bytes(MIB))
        assert buffer.committed == MIB


def test_truncate_that_windows_refuses_changes_nothing(lab: Lab) -> None:
    with GrowableBuffer(b"x" * MIB) as buffer:
        lab.fail("VirtualFree")
        with pytest.raises(NtError, match="VirtualFree"):
            buffer.truncate(1)
        assert bytes(buffer) == b"x" * MIB


class Growing(RuleBasedStateMachine):
    """Any calls in any order, against a plain account: a bytearray."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer = GrowableBuffer(maximum=1 << 20)
        self.account = bytearray()

    @rule(data=st.binary(max_size=200), times=st.integers(0, 200))
    def append(self, data: bytes, times: int) -> None:
        if len(self.account) + len(data) * times > self.buffer.maximum:
            with pytest.raises(OverflowError):
                self.buffer.append(data * times)
        else:
            assert self.buffer.append(data * times) == len(self.account)
            self.account += data * times

    @rule(size=st.integers(0, 50_000))
    def extend(self, size: int) -> None:
        if len(self.account) + size <= self.buffer.maximum:
            assert self.buffer.extend(size) == len(self.account)
            self.account += bytes(size)

    @rule(share=st.floats(0, 1))
    def truncate(self, share: float) -> None:
        size = int(len(self.account) * share)
        self.buffer.truncate(size)
        del self.account[size:]

    @invariant()
    def agree(self) -> None:
        assert bytes(self.buffer) == self.account
        assert len(self.buffer) <= self.buffer.committed

    def teardown(self) -> None:
        self.buffer.close()


Growing.TestCase.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
test_a_growable_buffer_agrees_with_a_plain_account = Growing.TestCase
