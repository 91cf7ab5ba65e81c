"""The laboratory's physical pages and windows: a page's bytes follow it, at one place at a time."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ntlab import Lab

pytestmark = pytest.mark.lab

PAGE = 4096
SELF = 2**64 - 1
RESERVE, COMMIT, PHYSICAL = 0x2000, 0x1000, 0x400000
DECOMMIT, RELEASE = 0x4000, 0x8000
READONLY, READWRITE = 0x02, 0x04
INVALID_HANDLE, INVALID_PARAMETER, INVALID_ADDRESS = 6, 87, 487
PRIVILEGE_NOT_HELD, NO_SYSTEM_RESOURCES = 1314, 1450


@dataclass
class Kernel:
    """The functions, as ntpages reaches them, in the types that Python has."""

    door: Any
    reach: Callable[[str], Callable[..., int]]

    def call(self, name: str, *arguments: Any) -> int:
        """0 if it went well, else the last error."""
        return 0 if self.reach(name)(*arguments) & 0xFFFFFFFF else ctypes.get_last_error()

    def take(self, count: int, process: int = SELF) -> tuple[int, list[int]]:
        """The code, and the numbers of the pages taken."""
        numbers = (ctypes.c_uint64 * count)()
        obtained = ctypes.c_uint64(count)
        code = self.call("AllocateUserPhysicalPages", process, ctypes.byref(obtained), numbers)
        return code, [] if code else list(numbers[: obtained.value])

    def free(self, numbers: Sequence[int]) -> tuple[int, int]:
        """The code, and how many were freed."""
        count = ctypes.c_uint64(len(numbers))
        array = (ctypes.c_uint64 * len(numbers))(*numbers)
        code = self.call("FreeUserPhysicalPages", SELF, ctypes.byref(count), array)
        return code, count.value

    def window(self, pages: int) -> int:
        return self.reach("VirtualAlloc")(0, pages * PAGE, RESERVE | PHYSICAL, READWRITE)

    def map(self, address: int, numbers: Sequence[int]) -> int:
        array = (ctypes.c_uint64 * len(numbers))(*numbers)
        return self.call("MapUserPhysicalPages", address, len(numbers), array)

    def unmap(self, address: int, count: int) -> int:
        return self.call("MapUserPhysicalPages", address, count, 0)

    def scatter(self, places: dict[int, int]) -> int:
        addresses = (ctypes.c_uint64 * len(places))(*places)
        numbers = (ctypes.c_uint64 * len(places))(*places.values())
        return self.call("MapUserPhysicalPagesScatter", addresses, len(places), numbers)


def write(address: int, text: bytes) -> None:
    ctypes.memmove(address, text, len(text))


def read(address: int, size: int) -> bytes:
    return ctypes.string_at(address, size)


@pytest.fixture
def kernel(lab: Lab) -> Kernel:
    door = lab.model("awe")
    lab.model("privileges").hold("SeLockMemoryPrivilege", enabled=True)
    scatter = lab.reach("MapUserPhysicalPagesScatter", "kernel32.dll")
    return Kernel(door, lambda name: scatter if name.endswith("Scatter") else lab.reach(name))


def test_the_sample_of_1000_pages_and_200_shown(kernel: Kernel) -> None:
    code, numbers = kernel.take(1000)
    window = kernel.window(200)
    assert (code, len(set(numbers))) == (0, 1000)
    assert kernel.map(window, numbers[:200]) == 0
    ctypes.memset(window, 0xFF, 200 * PAGE)
    assert kernel.door.held == (1000, 200, 1)
    assert kernel.free(numbers) == (0, 1000)
    assert kernel.call("VirtualFree", window, 0, RELEASE) == 0
    assert kernel.door.held == (0, 0, 0)


def test_bytes_follow_a_page_through_unmap_reversal_and_scatter(kernel: Kernel) -> None:
    _, numbers = kernel.take(4)
    here, there = kernel.window(4), kernel.window(4)
    assert kernel.map(here, numbers) == 0
    for page in range(4):
        write(here + page * PAGE, b"page %d" % page)
    assert kernel.unmap(here, 4) == 0
    assert kernel.map(there, numbers[::-1]) == 0
    assert [read(there + at * PAGE, 6)[-1:] for at in range(4)] == [b"3", b"2", b"1", b"0"]
    assert kernel.unmap(there, 4) == 0
    assert kernel.scatter({here: numbers[2], there + PAGE: numbers[0]}) == 0
    assert (read(here, 6), read(there + PAGE, 6)) == (b"page 2", b"page 0")


def test_pages_mapped_in_place_of_others_swap_the_bytes(kernel: Kernel) -> None:
    _, numbers = kernel.take(2)
    window = kernel.window(1)
    for number, text in zip(numbers, (b"first", b"other"), strict=True):
        assert kernel.map(window, [number]) == 0
        write(window, text)
    assert kernel.map(window, numbers[:1]) == 0
    assert read(window, 5) == b"first"


def test_scatter_unmaps_where_the_number_is_0(kernel: Kernel) -> None:
    _, numbers = kernel.take(2)
    window = kernel.window(2)
    assert kernel.map(window, numbers) == 0
    assert kernel.scatter({window: 0}) == 0
    assert kernel.door.held == (2, 1, 1)


def test_pages_are_zeroed_before_they_are_given_to_anyone(kernel: Kernel) -> None:
    _, numbers = kernel.take(1)
    window = kernel.window(1)
    kernel.map(window, numbers)
    write(window, b"secret")
    kernel.free(numbers)
    assert kernel.take(1)[1] == numbers
    assert kernel.map(window, numbers) == 0
    assert read(window, 6) == bytes(6)


def test_fewer_than_asked_is_no_error_and_none_is(kernel: Kernel) -> None:
    kernel.door.leave(3)
    code, numbers = kernel.take(5)
    assert (code, len(numbers)) == (0, 3)
    assert kernel.take(1)[0] == NO_SYSTEM_RESOURCES


def test_without_the_privilege_none_is_given(lab: Lab, kernel: Kernel) -> None:
    lab.model("privileges").hold("SeLockMemoryPrivilege", enabled=False)
    assert kernel.take(1)[0] == PRIVILEGE_NOT_HELD
    lab.model("privileges").drop("SeLockMemoryPrivilege")
    assert kernel.take(1)[0] == PRIVILEGE_NOT_HELD


def test_another_process_gets_none(kernel: Kernel) -> None:
    assert kernel.take(1, process=0x1234)[0] == INVALID_HANDLE


def test_a_page_is_at_one_place_only(kernel: Kernel) -> None:
    _, numbers = kernel.take(2)
    window = kernel.window(4)
    assert kernel.map(window, numbers[:1]) == 0
    assert kernel.map(window + PAGE, numbers[:1]) == INVALID_PARAMETER
    assert kernel.map(window + PAGE, [numbers[1]] * 2) == INVALID_PARAMETER
    assert kernel.scatter({window + PAGE: numbers[1], window + 2 * PAGE: numbers[1]}) != 0
    assert kernel.door.held == (2, 1, 1)


def test_what_is_no_page_of_this_process_is_refused_and_nothing_changes(kernel: Kernel) -> None:
    _, numbers = kernel.take(2)
    window = kernel.window(2)
    kernel.free(numbers[1:])
    for wrong in (numbers[1], numbers[0] + 1, 1, 2**63):
        assert kernel.map(window, [numbers[0], wrong]) == INVALID_PARAMETER
    assert kernel.free(numbers) == (INVALID_PARAMETER, 1)
    assert kernel.door.held == (0, 0, 1)


def test_pages_are_shown_in_windows_only(kernel: Kernel) -> None:
    _, numbers = kernel.take(2)
    window = kernel.window(1)
    ordinary = kernel.reach("VirtualAlloc")(0, PAGE, RESERVE, READWRITE)
    assert kernel.map(ordinary, numbers[:1]) == INVALID_PARAMETER
    assert kernel.map(window, numbers) == INVALID_PARAMETER  # the window ends before
    kernel.call("VirtualFree", ordinary, 0, RELEASE)


@pytest.mark.parametrize(
    ("kind", "protection"),
    [
        (RESERVE | PHYSICAL, READONLY),
        (RESERVE | COMMIT | PHYSICAL, READWRITE),
        (PHYSICAL, READWRITE),
    ],
)
def test_a_window_is_reserved_and_read_write(kernel: Kernel, kind: int, protection: int) -> None:
    allocate = kernel.reach("VirtualAlloc")
    assert allocate(0, PAGE, kind, protection) == 0
    assert ctypes.get_last_error() == INVALID_PARAMETER


def test_a_window_is_neither_committed_nor_released_in_part(kernel: Kernel) -> None:
    window = kernel.window(2)
    assert kernel.reach("VirtualAlloc")(window, PAGE, COMMIT, READWRITE) == 0
    assert ctypes.get_last_error() == INVALID_ADDRESS
    assert kernel.call("VirtualFree", window, PAGE, DECOMMIT) == INVALID_PARAMETER
    assert kernel.call("VirtualFree", window + PAGE, 0, RELEASE) == INVALID_PARAMETER
    assert kernel.door.held == (0, 0, 1)


def test_a_released_window_lets_its_pages_go(kernel: Kernel) -> None:
    _, numbers = kernel.take(1)
    window, other = kernel.window(1), kernel.window(1)
    kernel.map(window, numbers)
    write(window, b"kept")
    assert kernel.call("VirtualFree", window, 0, RELEASE) == 0
    assert kernel.map(other, numbers) == 0
    assert read(other, 4) == b"kept"


def test_ordinary_memory_is_the_system_s_business(kernel: Kernel) -> None:
    memory = kernel.reach("VirtualAlloc")(0, PAGE, RESERVE | COMMIT, READWRITE)
    write(memory, b"real")
    assert read(memory, 4) == b"real"
    assert kernel.call("VirtualFree", memory, 0, RELEASE) == 0


def test_pages_that_nobody_freed_are_seen_as_a_leak(lab: Lab, kernel: Kernel) -> None:
    before = lab.footprint()
    kernel.take(3)
    assert lab.footprint().growth_since(before)["committed"] >= 3 * PAGE


def test_freeing_says_how_many_pages_are_gone_also_where_it_refuses(kernel: Kernel) -> None:
    _, numbers = kernel.take(3)
    kernel.door.refuse_after(2)
    assert kernel.free(numbers) == (INVALID_PARAMETER, 2)
    assert kernel.door.held == (1, 0, 0)
    assert kernel.free(numbers[2:]) == (0, 1)
