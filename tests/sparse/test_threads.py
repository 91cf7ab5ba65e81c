"""SparseBuffer under many threads: touches, commits, retreats, and buffers that come and go."""

from __future__ import annotations

import ctypes
import random
import sys
import threading
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ntpages.sparse import SparseBuffer
from sparse.touching import CHUNK, MIB, PAGE, TIB, touch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

THREADS = 8

pytestmark = pytest.mark.usefixtures("no_stacks")


def together(work: Callable[[int], object], threads: int = THREADS) -> None:
    """Run work(0), work(1), ... at the same time; whatever one raises is raised here."""
    gate = threading.Barrier(threads)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            gate.wait()
            work(number)
        except BaseException as error:
            errors.append(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    for error in errors:
        raise error


@contextmanager
def meanwhile(work: Callable[[], object], threads: int) -> Iterator[None]:
    """Repeat work on some threads for as long as the block runs."""
    stop = threading.Event()
    errors: list[BaseException] = []

    def run() -> None:
        try:
            while not stop.is_set():
                work()
        except BaseException as error:
            errors.append(error)

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in running:
            thread.join()
    for error in errors:
        raise error


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    """Threads that change places a thousand times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(usual)


def marked(buffer: SparseBuffer) -> int:
    return sum(span.size for span in buffer.spans() if span.committed)


def test_random_touches_of_terabytes_agree_with_a_plain_account() -> None:
    with ExitStack() as stack:
        buffers = [
            stack.enter_context(SparseBuffer(size, chunk=chunk, ahead=0))
            for size, chunk in ((TIB, CHUNK), (2 * TIB, PAGE), (3 * TIB - 1, MIB))
        ]
        written: list[dict[tuple[int, int], int]] = [{} for _ in range(THREADS)]

        def scatter(number: int) -> None:
            rng = random.Random(number)
            for _ in range(400):
                which = rng.randrange(len(buffers))
                offset = rng.randrange(buffers[which].size // THREADS - 1) * THREADS + number
                value = rng.randrange(1, 256)
                touch(buffers[which], offset, value)
                written[number][which, offset] = value

        together(scatter)
        account = {place: value for each in written for place, value in each.items()}
        for (which, offset), value in account.items():
            assert buffers[which].peek(offset, 1) == bytes([value])
        for which, buffer in enumerate(buffers):
            chunks = {offset // buffer.chunk for at, offset in account if at == which}
            assert buffer.committed == marked(buffer) <= len(chunks) * buffer.chunk
            assert buffer.committed > (len(chunks) - 1) * buffer.chunk


@pytest.mark.parametrize("ahead", [0, 16 * PAGE])
def test_threads_on_the_same_page_all_go_on_and_it_is_counted_once(ahead: int) -> None:
    with SparseBuffer(TIB, chunk=PAGE, ahead=ahead) as buffer:

        def run_into_the_others(number: int) -> None:
            for page in range(300):
                touch(buffer, page * PAGE + number)

        together(run_into_the_others)
        assert buffer.peek(0, THREADS) == b"\1" * THREADS
        assert buffer.committed == marked(buffer)
        if ahead == 0:
            assert buffer.committed == 300 * PAGE


def touch_one_of_four(buffer: SparseBuffer, number: int) -> None:
    touch(buffer, number % 4 * PAGE)


def test_at_the_limit_threads_on_the_same_page_need_room_for_one() -> None:
    for _ in range(200):
        with SparseBuffer(MIB, chunk=PAGE, limit=4 * PAGE) as buffer:
            together(partial(touch_one_of_four, buffer))
            assert buffer.committed == 4 * PAGE


def test_commits_and_touches_of_the_same_pages_are_counted_once() -> None:
    with SparseBuffer(TIB, chunk=PAGE) as buffer:

        def commit_or_touch(number: int) -> None:
            for page in range(200):
                if number % 2:
                    buffer.commit(page * PAGE, 3 * PAGE)
                else:
                    touch(buffer, page * PAGE)

        together(commit_or_touch)
        assert buffer.committed == marked(buffer) >= 202 * PAGE


def test_touches_survive_memory_being_given_back_under_them() -> None:
    with SparseBuffer(TIB, chunk=PAGE) as buffer:

        def touch_about() -> None:
            touch(buffer, random.randrange(64) * PAGE)

        with meanwhile(touch_about, threads=4):
            for _ in range(200):
                buffer.decommit(0, 48 * PAGE)
                buffer.trim()
        assert buffer.committed == marked(buffer)
        buffer.decommit()
        assert buffer.committed == 0


def test_buffers_come_and_go_while_others_are_touched() -> None:
    with SparseBuffer(TIB, ahead=0) as steady:
        random_chunks = random.Random(1)

        def touch_steady() -> None:
            touch(steady, random_chunks.randrange(2000) * 2 * CHUNK)

        def churn(_: int) -> None:
            for _ in range(100):
                with SparseBuffer(16 * MIB) as passing:
                    touch(passing, 0, 3)
                    assert ctypes.string_at(passing.address, 1) == b"\3"
                    touch(passing, 8 * MIB, 4)
                    assert passing.committed == 2 * CHUNK

        with meanwhile(touch_steady, threads=4):
            together(churn, threads=4)
        assert steady.committed == marked(steady)


def test_a_touch_just_after_close_is_an_access_violation() -> None:
    for _ in range(200):
        buffer = SparseBuffer(MIB)
        address = buffer.address
        touch(buffer, 0)
        buffer.close()
        with pytest.raises(OSError, match="access violation"):
            ctypes.memset(address, 1, 1)
