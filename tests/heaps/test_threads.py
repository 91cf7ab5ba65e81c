"""Heaps on many threads, and heaps that one of them keeps to itself."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from ntpages._native import heaps as native
from ntpages.errors import NtError
from ntpages.heaps import Heap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

PATIENCE = 60  # seconds for what takes none


@pytest.fixture
def heap() -> Iterator[Heap]:
    with Heap.create() as heap:
        yield heap


def work_on(heap: Heap, threads: int, turns: int = 300) -> None:
    """Allocate, fill, grow and free on many threads; each finds its own bytes again."""
    wrong: list[object] = []

    def work(number: int) -> None:
        try:
            for turn in range(turns):
                size = 1 + (number * 31 + turn * 17) % 500
                block = heap.allocate(size)
                with memoryview(block) as view:
                    view[:] = bytes([number]) * size
                heap.reallocate(block, size + 50)
                if bytes(block)[:size] != bytes([number]) * size:
                    wrong.append(number)
                block.free()
        except BaseException as error:  # whatever it is, a thread of its own would hide it
            wrong.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(PATIENCE)
        assert not worker.is_alive()
    assert wrong == []


def test_an_unserialized_heap_serves_many_threads() -> None:
    with Heap.create(serialize=False) as heap:
        work_on(heap, threads=4)
        assert heap.blocks == 0
        assert heap.validate()
        with pytest.raises(ValueError, match="serialize=False has no lock"), heap.locked():
            pass


def test_a_locked_heap_keeps_other_threads_waiting_and_the_interpreter_going(heap: Heap) -> None:
    doomed = [heap.allocate(8)]
    steps: list[str] = []

    def outside() -> None:
        heap.allocate(8)
        steps.append("allocated")
        doomed.clear()  # frees, from a destructor
        steps.append("freed")

    with heap.locked():
        thread = threading.Thread(target=outside)
        thread.start()
        thread.join(0.2)
        assert steps == []
        with heap.locked():  # it nests, and its own thread may do as it likes
            heap.allocate(8).free()
        assert len(heap.walk())
    thread.join(PATIENCE)
    assert steps == ["allocated", "freed"]


def test_a_locked_heap_does_not_close(heap: Heap) -> None:
    with heap.locked(), pytest.raises(BufferError, match="Heap is in use"):
        heap.close()


def test_closing_while_another_thread_waits_for_the_lock_is_refused_at_once(heap: Heap) -> None:
    with heap.locked():
        thread = threading.Thread(target=heap.allocate, args=(8,))
        thread.start()
        thread.join(0.2)
        with pytest.raises(BufferError):
            heap.close()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_only_the_thread_that_locked_unlocks(heap: Heap) -> None:
    hold = native.HeapHold(heap)
    hold.__enter__()
    caught: list[BaseException] = []

    def elsewhere() -> None:
        try:
            hold.__exit__(None, None, None)
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(PATIENCE)
    assert "not locked by this thread" in str(caught[0])
    for _ in range(2):  # the second time there is nothing left to do
        hold.__exit__(None, None, None)
    heap.close()


def test_the_default_heap_is_not_locked_by_python_code() -> None:
    default = Heap.default()
    with pytest.raises(ValueError, match=r"only a heap made by Heap\.create"), default.locked():
        pass


def test_a_heap_that_windows_leaves_locked_is_told_and_unlocked_in_the_end(
    heap: Heap, lab: Lab
) -> None:
    with pytest.raises(NtError, match="HeapUnlock"), heap.locked():
        lab.fail("HeapUnlock")
    thread = threading.Thread(target=heap.allocate, args=(8,))
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    heap.close()


def test_a_lock_that_fails_holds_nothing(heap: Heap, lab: Lab) -> None:
    lab.fail("HeapLock")
    with pytest.raises(NtError) as refused, heap.locked():
        pass
    assert refused.value.call == "HeapLock"
    heap.close()
