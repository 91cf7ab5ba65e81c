"""Memory behind GlobalAlloc and LocalAlloc handles."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import pytest

from ntpages.errors import NtError, OutOfMemoryError
from ntpages.heaps import GlobalMemory

if TYPE_CHECKING:
    from ntlab import Lab


@pytest.mark.parametrize("local", [False, True])
@pytest.mark.parametrize("movable", [False, True])
def test_memory_behind_a_handle_is_a_buffer(*, local: bool, movable: bool) -> None:
    with GlobalMemory(100, movable=movable, local=local) as memory:
        assert memory.size >= 100
        assert memory.local is local
        with memoryview(memory) as view:
            assert bytes(view[:100]) == bytes(100)
            view[:4] = b"clip"
        assert bytes(memory)[:4] == b"clip"
    assert memory.closed
    memory.close()
    with pytest.raises(ValueError, match="GlobalMemory is closed"):
        memory.handle  # noqa: B018


def test_memory_behind_a_handle_is_not_freed_under_a_view() -> None:
    memory = GlobalMemory(10)
    with memoryview(memory):
        for use in (memory.close, memory.detach):
            with pytest.raises(BufferError, match="GlobalMemory is in use"):
                use()
    memory.close()


@pytest.mark.parametrize("local", [False, True])
def test_a_handle_is_handed_on_and_taken_over(*, local: bool) -> None:
    giver = GlobalMemory(10, local=local)
    with memoryview(giver) as view:
        view[:5] = b"words"
    handle = giver.detach()
    assert giver.closed
    with GlobalMemory.adopt(handle, local=local) as taker:
        assert bytes(taker)[:5] == b"words"
        assert taker.handle == handle


def test_each_view_locks_the_handle_and_lets_go(lab: Lab) -> None:
    with GlobalMemory(10) as memory:
        views = [memoryview(memory) for _ in range(3)]
        assert (lab.count("GlobalLock"), lab.count("GlobalUnlock")) == (3, 0)
        for view in views:
            view.release()
        assert (lab.count("GlobalLock"), lab.count("GlobalUnlock")) == (3, 3)


def test_a_lock_that_fails_leaves_no_view(lab: Lab) -> None:
    memory = GlobalMemory(10)
    lab.fail("GlobalLock")
    with pytest.raises(NtError, match="GlobalLock"):
        memoryview(memory)
    memory.close()


def test_an_unknown_handle_is_refused(lab: Lab) -> None:
    lab.fail("GlobalSize")
    with pytest.raises(NtError) as refused:
        GlobalMemory.adopt(0x1234)
    assert refused.value.call == "GlobalSize"
    with pytest.raises(ValueError, match="handle must be from 1"):
        GlobalMemory.adopt(0)


@pytest.mark.parametrize("size", [0, -1, 2**48])
def test_memory_behind_a_handle_has_a_size(size: int) -> None:
    with pytest.raises(ValueError, match=rf"size must be from 1 to \d+ bytes, not {size}"):
        GlobalMemory(size)


@pytest.mark.parametrize("local", [False, True])
@pytest.mark.parametrize("movable", [False, True])
def test_memory_grows_and_shrinks_and_keeps_what_fits(*, local: bool, movable: bool) -> None:
    with GlobalMemory(100, movable=movable, local=local) as memory:
        handle = memory.handle
        with memoryview(memory) as view:
            view[:100] = bytes(range(100))
        memory.resize(100_000)
        assert memory.size >= 100_000
        assert bytes(memory)[:100_000] == bytes(range(100)) + bytes(99_900)
        memory.resize(50)
        assert bytes(memory)[:50] == bytes(range(50))
        assert memory.size < 100_000
        if movable:
            assert memory.handle == handle


@pytest.mark.parametrize("local", [False, True])
def test_memory_is_not_resized_under_a_view(*, local: bool) -> None:
    with GlobalMemory(100, local=local) as memory:
        with memoryview(memory), pytest.raises(BufferError, match="in use"):
            memory.resize(200)
        memory.resize(200)
    with pytest.raises(ValueError, match="GlobalMemory is closed"):
        memory.resize(300)


@pytest.mark.parametrize("local", [False, True])
def test_memory_that_can_not_grow_is_as_it_was(lab: Lab, *, local: bool) -> None:
    with GlobalMemory(100, local=local) as memory:
        size = memory.size
        lab.fail("LocalReAlloc" if local else "GlobalReAlloc")
        with pytest.raises(OutOfMemoryError, match="5000 bytes"):
            memory.resize(5000)
        assert memory.size == size


@pytest.mark.parametrize("local", [False, True])
def test_locks_are_counted(*, local: bool) -> None:
    with GlobalMemory(100, local=local) as memory:
        assert memory.locks == 0
        with memoryview(memory), memoryview(memory):
            assert memory.locks == 2
        assert memory.locks == 0
    with GlobalMemory(100, movable=False, local=local) as fixed, memoryview(fixed):
        assert fixed.locks == 0


@pytest.mark.parametrize("local", [False, True])
def test_the_handle_is_found_by_the_address(lab: Lab, *, local: bool) -> None:
    with GlobalMemory(100, local=local) as memory, memoryview(memory) as view:
        address = ctypes.addressof(ctypes.c_char.from_buffer(view))
        assert GlobalMemory.handle_of(address, local=local) == memory.handle
        del view
    lab.fail("LocalHandle" if local else "GlobalHandle")
    with pytest.raises(NtError, match="Handle failed"):
        GlobalMemory.handle_of(65536, local=local)
