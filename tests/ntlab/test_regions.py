"""The laboratory's regions: as strict as Windows with what ntpages never asks, or asks it first."""

from __future__ import annotations

import ctypes
import gc
import mmap
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab

pytestmark = pytest.mark.lab

PAGE, GRAIN, LARGE = 4096, 65536, 2 << 20
RESERVE, COMMIT, RESET, RESET_UNDO = 0x2000, 0x1000, 0x80000, 0x1000000
DECOMMIT, RELEASE, COALESCE, PRESERVE = 0x4000, 0x8000, 1, 2
WRITE_WATCH, LARGE_PAGES = 0x200000, 0x20000000
RESERVE_PLACE, REPLACE = 0x40000, 0x4000
NOACCESS, READONLY, READWRITE = 1, 2, 4
SELF = 2**64 - 1
OK, BAD, TAKEN, NOT_LOCKED, BUSY, NO_PRIVILEGE = 0, 87, 487, 158, 170, 1314
NO_ACCESS, GUARD_TOUCHED = 998, 0x80000001
GUARD = 0x100


class Kernel:
    """The functions, as ntpages reaches them; each answers 0 or a code."""

    def __init__(self, lab: Lab) -> None:
        self.reach = lab.reach
        self.alloc2 = lab.reach("VirtualAlloc2", "kernelbase.dll")

    def alloc(self, at: int, size: int, kind: int, protection: int) -> tuple[int, int]:
        found = self.reach("VirtualAlloc")(at, size, kind, protection)
        return found, 0 if found else ctypes.get_last_error()

    def place(self, at: int, size: int, kind: int, protection: int = NOACCESS) -> tuple[int, int]:
        found = self.alloc2(0, at, size, RESERVE | kind, protection, 0, 0)
        return found, 0 if found else ctypes.get_last_error()

    def free(self, at: int, size: int, kind: int) -> int:
        done = self.reach("VirtualFree")(at, size, kind) & 0xFFFFFFFF
        return 0 if done else ctypes.get_last_error()

    def with_parameters(self, *parameters: tuple[int, int]) -> int:
        array = (ctypes.c_uint64 * (2 * len(parameters)))(*(n for pair in parameters for n in pair))
        found = self.alloc2(0, 0, GRAIN, RESERVE, READWRITE, array, len(parameters))
        if found:
            return self.free(found, 0, RELEASE)
        return ctypes.get_last_error()


@pytest.fixture
def kernel(lab: Lab) -> Kernel:
    lab.model("regions")
    lab.model("privileges").hold("SeLockMemoryPrivilege", enabled=True)
    return Kernel(lab)


# ---- large pages --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "size", "kind", "protection"),
    [
        (0, LARGE, RESERVE, READWRITE),
        (0, LARGE, COMMIT, READWRITE),
        (0, LARGE - PAGE, RESERVE | COMMIT, READWRITE),
        (0, 0, RESERVE | COMMIT, READWRITE),
        (GRAIN, LARGE, RESERVE | COMMIT, READWRITE),
        (0, LARGE, RESERVE | COMMIT | WRITE_WATCH, READWRITE),
        (0, LARGE, RESERVE | COMMIT, NOACCESS),
    ],
)
def test_large_pages_that_can_not_be(
    kernel: Kernel, at: int, size: int, kind: int, protection: int
) -> None:
    assert kernel.alloc(at, size, kind | LARGE_PAGES, protection) == (0, BAD)


def test_a_privilege_that_is_held_but_not_enabled_is_not_enough(lab: Lab, kernel: Kernel) -> None:
    lab.model("privileges").hold("SeLockMemoryPrivilege", enabled=False)
    assert kernel.alloc(0, LARGE, RESERVE | COMMIT | LARGE_PAGES, READWRITE) == (0, NO_PRIVILEGE)
    node = kernel.reach("VirtualAllocExNuma")
    assert node(SELF, 0, LARGE, RESERVE | COMMIT | LARGE_PAGES, READWRITE, 0) == 0
    assert ctypes.get_last_error() == NO_PRIVILEGE


def test_large_pages_go_together(lab: Lab, kernel: Kernel) -> None:
    base, _ = kernel.alloc(0, 2 * LARGE, RESERVE | COMMIT | LARGE_PAGES, READWRITE)
    assert kernel.free(base, LARGE, DECOMMIT) == BAD
    assert kernel.free(base, 0, RELEASE) == OK
    assert lab.model("regions").large == 0


# ---- VirtualAlloc2 ------------------------------------------------------------------------------


def bounds(lowest: int, highest: int, alignment: int) -> tuple[int, Any]:
    structure = (ctypes.c_uint64 * 3)(lowest, highest, alignment)
    return ctypes.addressof(structure), structure


@pytest.mark.parametrize("kind", [0, 7, 200, 1 << 8 | 2])  # X03
def test_parameters_of_no_kind_that_is_known(kernel: Kernel, kind: int) -> None:
    assert kernel.with_parameters((kind, 0)) == BAD


def test_parameters_that_are_not_there_or_there_twice(kernel: Kernel) -> None:  # X01
    assert kernel.alloc2(0, 0, GRAIN, RESERVE, READWRITE, 0, 1) == 0
    assert ctypes.get_last_error() == BAD
    assert kernel.with_parameters((2, 0)) == OK
    assert kernel.with_parameters((2, 0), (2, 0)) == BAD


@pytest.mark.parametrize(
    "wish",
    [
        (PAGE, 0, 0),
        (0, 0x2000_0000, 0),
        (0x2000_0000, 0x1FFF_FFFF, 0),
        (0, 1 << 48, 0),
        (0, 0, 0x8000),  # X08
        (0, 0, 0x30000),
    ],
)
def test_bounds_that_can_not_be(kernel: Kernel, wish: tuple[int, int, int]) -> None:
    address, kept = bounds(*wish)
    assert kernel.with_parameters((1, address)) == BAD
    assert len(kept) == 3


def test_a_place_and_bounds_at_once(kernel: Kernel) -> None:
    address, kept = bounds(GRAIN, 0, 0)
    array = (ctypes.c_uint64 * 2)(1, address)
    assert kernel.alloc2(0, 1 << 32, GRAIN, RESERVE, READWRITE, array, 1) == 0
    assert ctypes.get_last_error() == BAD
    assert len(kept) == 3


# ---- placeholders -------------------------------------------------------------------------------


def test_a_placeholder_has_no_access(kernel: Kernel) -> None:  # X15
    assert kernel.place(0, GRAIN, RESERVE_PLACE, READWRITE) == (0, BAD)
    assert kernel.place(0, GRAIN, RESERVE_PLACE | COMMIT) == (0, BAD)
    base, _ = kernel.place(0, GRAIN, RESERVE_PLACE)
    assert kernel.alloc(base, PAGE, COMMIT, READWRITE) == (0, TAKEN)
    assert kernel.free(base, 0, RELEASE) == OK


def test_virtualalloc_makes_none(kernel: Kernel) -> None:
    assert kernel.alloc(0, GRAIN, RESERVE | RESERVE_PLACE, NOACCESS) == (0, BAD)


def test_the_middle_is_split_off(kernel: Kernel) -> None:  # X19
    base, _ = kernel.place(0, 4 * PAGE, RESERVE_PLACE)
    assert kernel.free(base, 4 * PAGE, RELEASE | PRESERVE) == TAKEN  # the whole
    assert kernel.free(base, 0, RELEASE | PRESERVE) == BAD
    assert kernel.free(base, 5 * PAGE, RELEASE | PRESERVE) == BAD
    assert kernel.free(base + PAGE, PAGE, RELEASE | PRESERVE) == OK
    assert kernel.place(base, 2 * PAGE, REPLACE, READWRITE) == (0, TAKEN)
    assert kernel.free(base + PAGE, 2 * PAGE, RELEASE | COALESCE) == TAKEN  # 3 follow as one
    assert kernel.free(base, PAGE, RELEASE | COALESCE) == TAKEN  # one alone
    assert kernel.free(base + 1, 4 * PAGE, RELEASE | COALESCE) == TAKEN
    assert kernel.free(base, 4 * PAGE, RELEASE | COALESCE) == OK
    assert kernel.free(base, 0, RELEASE | PRESERVE | COALESCE) == BAD
    assert kernel.free(base, 0, RELEASE) == OK


def test_only_the_whole_place_is_replaced_and_released(kernel: Kernel) -> None:
    base, _ = kernel.place(0, 2 * PAGE, RESERVE_PLACE)
    assert kernel.place(base, PAGE, REPLACE, READWRITE) == (0, TAKEN)
    assert kernel.place(base + PAGE, PAGE, REPLACE, READWRITE) == (0, TAKEN)
    assert kernel.place(base, 2 * PAGE, REPLACE | COMMIT, 0) == (0, BAD)
    assert kernel.place(base, 2 * PAGE, REPLACE | COMMIT, READWRITE) == (base, OK)
    assert kernel.place(base, 2 * PAGE, REPLACE, READWRITE) == (0, TAKEN)
    assert kernel.free(base + PAGE, 0, RELEASE) == TAKEN
    assert kernel.free(base, 2 * PAGE, RELEASE) == BAD
    assert kernel.free(base, 0, RELEASE) == OK


@pytest.mark.parametrize("call", ["VirtualAlloc", "Ex", "ExNuma", "2"])
def test_no_function_commits_a_placeholder(kernel: Kernel, call: str) -> None:
    base, _ = kernel.place(0, GRAIN, RESERVE_PLACE)
    ways: dict[str, Callable[[], int]] = {
        "VirtualAlloc": lambda: kernel.alloc(base, PAGE, COMMIT, READWRITE)[0],
        "Ex": lambda: kernel.reach("VirtualAllocEx")(SELF, base, PAGE, COMMIT, READWRITE),
        "ExNuma": lambda: kernel.reach("VirtualAllocExNuma")(
            SELF, base, PAGE, COMMIT, READWRITE, 0xFFFFFFFF
        ),
        "2": lambda: kernel.alloc2(0, base, PAGE, COMMIT, READWRITE, 0, 0),
    }
    assert ways[call]() == 0
    assert ctypes.get_last_error() == TAKEN
    assert kernel.place(base, GRAIN, REPLACE, READWRITE) == (base, OK)
    assert ways[call]() == base
    assert kernel.free(base, 0, RELEASE) == OK


def test_what_is_freed_is_the_pages_that_hold_the_bytes(kernel: Kernel) -> None:
    base, _ = kernel.place(0, 4 * PAGE, RESERVE_PLACE)
    assert kernel.free(base + PAGE + 5, PAGE - 5, RELEASE | PRESERVE) == OK  # page 1
    assert kernel.free(base, 0, RELEASE | COALESCE) == BAD
    assert kernel.free(base + 7, 4 * PAGE - 7, RELEASE | COALESCE) == OK
    assert kernel.free(base + PAGE, 0, RELEASE) == TAKEN
    assert kernel.free(base + PAGE - 1, 0, RELEASE) == OK


@pytest.mark.parametrize("placed", [True, False])
def test_memory_is_released_by_any_address_in_its_first_page(
    kernel: Kernel, *, placed: bool
) -> None:
    if placed:
        base, _ = kernel.place(0, 2 * PAGE, RESERVE_PLACE)
        assert kernel.place(base, 2 * PAGE, REPLACE | COMMIT, READWRITE) == (base, OK)
    else:
        base, _ = kernel.alloc(0, 2 * PAGE, RESERVE | COMMIT, READWRITE)
    assert kernel.free(base, 3 * GRAIN, DECOMMIT) == BAD  # more than there is
    assert kernel.free(base + PAGE, 0, RELEASE) == TAKEN
    assert kernel.free(base + 0xFFF, 0, RELEASE) == OK
    assert kernel.free(base, 0, RELEASE) == TAKEN  # nothing is there


def test_a_view_does_not_become_a_placeholder(kernel: Kernel) -> None:
    with mmap.mmap(-1, PAGE) as view:
        base = ctypes.addressof(ctypes.c_char.from_buffer(view))
        assert kernel.free(base, 0, RELEASE | PRESERVE) == BAD
        assert kernel.free(base, PAGE, RELEASE | PRESERVE) == BAD
        gc.collect()
    memory, _ = kernel.alloc(0, PAGE, RESERVE, READWRITE)
    assert kernel.free(memory, PAGE, RELEASE | PRESERVE) == TAKEN  # it never was one
    assert kernel.free(memory, 0, RELEASE) == OK


# ---- pages --------------------------------------------------------------------------------------


@pytest.fixture
def memory(kernel: Kernel) -> Any:
    base, _ = kernel.alloc(0, 4 * PAGE, RESERVE | COMMIT, READWRITE)
    yield base
    assert kernel.free(base, 0, RELEASE) == OK


@pytest.mark.parametrize(
    ("offset", "size", "priority", "code"),
    [
        (1, PAGE, 4, BAD),
        (0, PAGE + 1, 4, BAD),
        (0, 0, 4, BAD),
        (0, PAGE, 0, BAD),
        (0, PAGE, 5, BAD),
    ],
)
def test_offers_that_can_not_be(
    lab: Lab, memory: int, offset: int, size: int, priority: int, code: int
) -> None:
    offer = lab.reach("OfferVirtualMemory", "kernel32.dll")
    assert offer(memory + offset, size, priority) & 0xFFFFFFFF == code


@pytest.mark.parametrize("kind", [RESET | COMMIT, RESET_UNDO | RESET, RESET_UNDO])
def test_resetting_goes_with_no_other_flag(kernel: Kernel, memory: int, kind: int) -> None:
    assert kernel.alloc(memory, PAGE, kind, READWRITE) == (0, BAD)


def test_resetting_ends_with_the_allocation(kernel: Kernel, memory: int) -> None:  # V11, V12
    assert kernel.alloc(memory, PAGE, RESET, 0) == (0, BAD)
    assert kernel.free(memory, PAGE, DECOMMIT) == OK
    assert kernel.alloc(memory, PAGE, RESET, NOACCESS) == (memory, OK)
    assert kernel.alloc(memory, 32 * PAGE, RESET, READWRITE) == (0, TAKEN)


def test_contents_that_a_reset_lost_are_told_as_busy(lab: Lab, kernel: Kernel, memory: int) -> None:
    assert kernel.alloc(memory, PAGE, RESET, READWRITE) == (memory, OK)
    assert kernel.alloc(memory, PAGE, RESET_UNDO, READWRITE) == (memory, OK)
    assert kernel.alloc(memory, PAGE, RESET, READWRITE) == (memory, OK)
    lab.dll.regions_take()
    assert kernel.alloc(memory, PAGE, RESET_UNDO, READWRITE) == (0, BUSY)


def test_locks_do_not_count(lab: Lab, memory: int) -> None:
    lock, unlock = lab.reach("VirtualLock"), lab.reach("VirtualUnlock")

    def code(done: int) -> int:
        return 0 if done & 0xFFFFFFFF else ctypes.get_last_error()

    assert code(lock(memory, 0)) == BAD
    assert code(lock(memory, PAGE)) == code(lock(memory, PAGE)) == OK
    assert code(unlock(memory, 2 * PAGE)) == NOT_LOCKED
    assert code(unlock(memory, 1)) == OK
    assert code(unlock(memory, 1)) == NOT_LOCKED


def test_a_guard_page_is_locked_by_the_second_call(lab: Lab, memory: int) -> None:
    lock, protect = lab.reach("VirtualLock"), lab.reach("VirtualProtect")
    old = ctypes.c_uint32()

    def code(size: int) -> int:
        return 0 if lock(memory, size) & 0xFFFFFFFF else ctypes.get_last_error() & 0xFFFFFFFF

    assert protect(memory, 2 * PAGE, READWRITE | GUARD, ctypes.byref(old))
    assert code(2 * PAGE) == GUARD_TOUCHED
    assert code(PAGE) == OK
    assert code(2 * PAGE) == GUARD_TOUCHED
    assert code(2 * PAGE) == OK
    assert protect(memory, PAGE, READONLY, ctypes.byref(old))
    assert old.value == READWRITE
    assert protect(memory, PAGE, NOACCESS, ctypes.byref(old))
    assert code(PAGE) == code(PAGE) == NO_ACCESS


def test_a_page_in_a_place_is_an_allocation_of_its_own(
    kernel: Kernel, look: Callable[[int], tuple[int, ...]]
) -> None:
    base, _ = kernel.place(0, 2 * PAGE, RESERVE_PLACE)
    assert kernel.free(base, PAGE, RELEASE | PRESERVE) == OK
    assert look(base) == (base, base, NOACCESS, PAGE, RESERVE, 0)
    assert kernel.place(base, PAGE, REPLACE | COMMIT, READONLY) == (base, OK)
    assert look(base) == (base, base, READONLY, PAGE, COMMIT, READONLY)
    assert kernel.free(base, 0, RELEASE) == OK
    assert look(base)[4] == 0x10000
    assert look(base + PAGE)[4] == RESERVE
    assert kernel.free(base + PAGE, 0, RELEASE) == OK


@pytest.fixture
def look(lab: Lab) -> Callable[[int], tuple[int, ...]]:
    """Base, allocation base, its protection, size, state and protection at an address."""

    def query(address: int) -> tuple[int, ...]:
        raw = (ctypes.c_uint64 * 6)()
        assert lab.reach("VirtualQuery")(address, raw, 48)
        low = 0xFFFFFFFF
        return raw[0], raw[1], raw[2] & low, raw[3], raw[4] & low, raw[4] >> 32

    return query
