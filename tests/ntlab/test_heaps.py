"""The laboratory's debug query: as open to what ntpages never asks as Windows is."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import heaps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntlab import Lab

pytestmark = pytest.mark.lab

MODULES, SUMMARY, TAGS, ENTRIES, SEGMENTS = 0x1, 0x4, 0x8, 0x10, 0x200
HANDLE, NONINVASIVE = 0x4000_0000, 0x8000_0000
FLAGS, HEAPS = 64, 112  # where a debug buffer has the mask, and the pointer to its heaps
NOT_SUPPORTED = 0xC00000BB


@pytest.fixture
def model(lab: Lab) -> Any:
    return lab.model("heaps")


@pytest.fixture
def ask(model: Any, lab: Lab) -> Iterator[Callable[[int], tuple[int, int, bool]]]:
    """Ask about this process: the status, the mask in the buffer, and whether it tells of heaps."""
    assert len(heaps.walk_process(os.getpid()).heaps) == model.shape.heaps
    query = lab.reach("RtlQueryProcessDebugInformation", "ntdll.dll")
    buffers = []

    def ask(flags: int) -> tuple[int, int, bool]:
        buffer = lab.reach("RtlCreateQueryDebugBuffer", "ntdll.dll")(4 << 20, 0)
        buffers.append(buffer)
        status = query(os.getpid(), flags, buffer)
        mask = ctypes.c_uint32.from_address(buffer + FLAGS).value
        told = ctypes.c_uint64.from_address(buffer + HEAPS).value != 0
        return status & 0xFFFFFFFF, mask, told

    yield ask
    for buffer in buffers:
        lab.reach("RtlDestroyQueryDebugBuffer", "ntdll.dll")(buffer)


@pytest.mark.parametrize("noninvasive", [0, NONINVASIVE])
@pytest.mark.parametrize(
    "flags", [SUMMARY, SUMMARY | ENTRIES, ENTRIES, TAGS, SEGMENTS, SUMMARY | SEGMENTS | MODULES]
)
def test_any_flag_of_heaps_is_taken_kept_and_answered_by_a_thread_in_the_target(
    ask: Callable[[int], tuple[int, int, bool]], model: Any, flags: int, noninvasive: int
) -> None:
    before = model.threads_made
    assert ask(flags | noninvasive) == (0, flags | noninvasive, True)
    assert model.threads_made == before + 1


def test_modules_alone_take_no_thread_if_none_is_wanted(
    ask: Callable[[int], tuple[int, int, bool]], model: Any
) -> None:
    before = model.threads_made
    assert ask(MODULES | NONINVASIVE) == (0, MODULES | NONINVASIVE, False)
    assert model.threads_made == before
    assert ask(MODULES) == (0, MODULES, False)
    assert model.threads_made == before + 1


def test_a_handle_in_place_of_an_id_is_for_modules_alone(
    ask: Callable[[int], tuple[int, int, bool]],
) -> None:
    assert ask(SUMMARY | HANDLE)[0] == NOT_SUPPORTED


def test_what_is_set_of_heaps_is_checked_as_strictly_as_windows_does(lab: Lab) -> None:
    lab.model("heaps")
    set_, create, destroy = (
        lab.reach(name) for name in ("HeapSetInformation", "HeapCreate", "HeapDestroy")
    )

    def code(heap: int, what: int, *words: int, size: int | None = None) -> int:
        value = (ctypes.c_uint32 * max(1, len(words)))(*words)
        done = set_(heap, what, value if words else 0, 4 * len(words) if size is None else size)
        return 0 if done & 0xFFFFFFFF else ctypes.get_last_error()

    growing, lockless, fixed = create(0, 0, 0), create(1, 0, 0), create(0, 0, 1 << 20)
    assert [code(heap, 0, 2) for heap in (growing, lockless, fixed)] == [0, 87, 87]
    assert [code(growing, 0, 2), code(growing, 0, 1), code(growing, 0, 2, size=2)] == [0, 31, 122]
    assert code(0, 0, 2) == 87
    assert [code(0, 3, 1, 0), code(growing, 3, 1, 0)] == [0, 0]
    assert [code(0, 3, 2, 0), code(0, 3, 1, 1), code(0, 3, 1), code(0, 99, 1)] == [87, 87, 122, 87]
    for heap in (growing, lockless, fixed):
        assert destroy(heap) & 1
