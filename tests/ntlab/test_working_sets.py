"""The laboratory's working sets: as strict as Windows with pages, limits and who may raise them."""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING

import pytest

from target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

pytestmark = pytest.mark.lab

PAGE = 4096
SELF = 2**64 - 1
RESERVE_COMMIT, RELEASE = 0x3000, 0x8000
NOACCESS, READONLY, READWRITE, GUARD = 1, 2, 4, 0x100
VALID, ONE_SHARER, SHARED, IN_MEMORY = 1, 1 << 1, 1 << 15, 1 << 22
PRIVILEGE = "SeIncreaseWorkingSetPrivilege"


class Kernel:
    """The functions, as ntpages reaches them."""

    def __init__(self, lab: Lab) -> None:
        self.open, self.query, self.trim, self.set_limits = (
            lab.reach(name, "kernel32.dll")
            for name in (
                "OpenProcess", "K32QueryWorkingSetEx", "K32EmptyWorkingSet",
                "SetProcessWorkingSetSizeEx",
            )
        )  # fmt: skip
        self.close = lab.reach("CloseHandle")
        self.unlock = lab.reach("VirtualUnlock")
        self.unlock_ex = lab.reach("VirtualUnlockEx", "kernelbase.dll")
        self.set_range = lab.reach("NtSetInformationVirtualMemory", "ntdll.dll")
        self.get, self.set, self.get_thread, self.set_thread = (
            lab.reach(f"{verb}{what}Information", "kernel32.dll")
            for what in ("Process", "Thread")
            for verb in ("Get", "Set")
        )
        self.open_thread = lab.reach("OpenThread")

    def bits(self, process: int, *addresses: int) -> list[int]:
        """What is said of each page, as PSAPI_WORKING_SET_EX_BLOCK."""
        asked = (ctypes.c_uint64 * (2 * len(addresses)))()
        asked[::2] = list(addresses)
        assert self.query(process, asked, ctypes.sizeof(asked)) & 1
        return list(asked[1::2])

    def limit(self, minimum: int, maximum: int) -> int:
        done = self.set_limits(SELF, minimum, maximum, 0) & 0xFFFFFFFF
        return 0 if done else ctypes.get_last_error()


@pytest.fixture
def kernel(lab: Lab) -> Kernel:
    lab.model("working_sets")
    return Kernel(lab)


@pytest.fixture
def memory(lab: Lab) -> Iterator[int]:
    """Four pages, the second and the third of them written."""
    base = lab.reach("VirtualAlloc")(0, 4 * PAGE, RESERVE_COMMIT, READWRITE)
    for page in (1, 2):
        ctypes.memset(base + page * PAGE, 1, 1)
    yield base
    assert lab.reach("VirtualFree")(base, 0, RELEASE) & 1


def protect(lab: Lab, address: int, protection: int) -> None:
    before = ctypes.c_uint32()
    assert lab.reach("VirtualProtect")(address, PAGE, protection, ctypes.byref(before)) & 1


def test_a_page_that_nobody_touched_is_not_valid_and_has_no_protection(
    kernel: Kernel, memory: int
) -> None:
    written = VALID | READWRITE << 4
    assert kernel.bits(SELF, *(memory + i * PAGE for i in range(4))) == [0, written, written, 0]


@pytest.mark.parametrize("protection", [NOACCESS, READWRITE | GUARD])
def test_of_a_page_that_nobody_may_touch_nothing_is_told(
    lab: Lab, kernel: Kernel, memory: int, protection: int
) -> None:
    protect(lab, memory + PAGE, protection)
    protect(lab, memory + 2 * PAGE, READONLY)
    found = kernel.bits(SELF, memory + PAGE, memory + 2 * PAGE)
    assert found == [0, VALID | READONLY << 4]
    protect(lab, memory + PAGE, READWRITE)


def test_the_header_of_an_image_is_shared(lab: Lab, kernel: Kernel) -> None:
    header = lab.reach("GetModuleHandleW")(ctypes.c_wchar_p("kernel32.dll"))
    [bits] = kernel.bits(SELF, header)
    assert bits & (VALID | SHARED) == VALID | SHARED
    assert bits >> 1 & 7 >= 1  # one working set at least has it


def test_pages_of_another_process_are_told_alike(kernel: Kernel) -> None:
    with Target("idle") as target:
        process = kernel.open(0x0538, 0, target.pid)
        place = ctypes.windll.kernel32.VirtualAllocEx
        place.restype, place.argtypes = ctypes.c_uint64, [ctypes.c_uint64] * 2 + [
            ctypes.c_size_t, ctypes.c_uint32, ctypes.c_uint32
        ]  # fmt: skip
        base = place(process, 0, 2 * PAGE, RESERVE_COMMIT, READWRITE)
        write = ctypes.windll.kernel32.WriteProcessMemory
        write.argtypes = [ctypes.c_uint64] * 2 + [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p]
        assert write(process, base + PAGE, b"x", 1, None)
        assert kernel.bits(process, base, base + PAGE) == [0, VALID | READWRITE << 4]
        assert kernel.trim(process) & 1
        assert kernel.bits(process, base, base + PAGE) == [0, IN_MEMORY]
        assert kernel.close(process) & 1


@pytest.mark.parametrize(
    ("size", "code"), [(0, 24), (8, 24), (24, 24), (16, 0)], ids=["none", "half", "odd", "one"]
)
def test_pages_are_asked_for_by_whole_entries(
    kernel: Kernel, memory: int, size: int, code: int
) -> None:
    asked = struct.pack("<4Q", memory, 0, memory, 0)
    done = kernel.query(SELF, ctypes.create_string_buffer(asked), size) & 0xFFFFFFFF
    assert (0 if done else ctypes.get_last_error()) == code


def test_entries_that_are_nowhere_are_refused(kernel: Kernel) -> None:
    assert kernel.query(SELF, 0, 16) & 0xFFFFFFFF == 0
    assert ctypes.get_last_error() == 998


@pytest.mark.parametrize(
    ("held", "enabled", "code"), [(True, True, 0), (True, False, 1314), (False, False, 1314)]
)
def test_the_token_is_asked_who_may_raise_the_maximum(
    lab: Lab, kernel: Kernel, *, held: bool, enabled: bool, code: int
) -> None:
    token = lab.model("privileges")
    if held:
        token.hold(PRIVILEGE, enabled=enabled)
    else:
        token.drop(PRIVILEGE)
    assert kernel.limit(50 * PAGE, 346 * PAGE) == code
    assert kernel.limit(40 * PAGE, 300 * PAGE) == 0  # lower limits are anybody's


def failed(done: int) -> int:
    """The last error of a call, 0 where it was done."""
    return 0 if done & 0xFFFFFFFF else ctypes.get_last_error()


def test_unlocking_what_is_not_locked_takes_it_out_of_the_working_set(
    kernel: Kernel, memory: int
) -> None:
    written = VALID | READWRITE << 4
    assert failed(kernel.unlock(memory + PAGE, 1)) == 158
    assert kernel.bits(SELF, memory + PAGE, memory + 2 * PAGE) == [IN_MEMORY, written]
    assert failed(kernel.unlock(memory + 64 * PAGE, 1 << 40)) == 487


def test_what_is_locked_is_unlocked_and_stays(lab: Lab, kernel: Kernel, memory: int) -> None:
    locked = VALID | READWRITE << 4 | 1 << 22
    for page in range(4):
        lab.model("working_sets").page(memory + page * PAGE, locked)
    assert failed(kernel.unlock(memory, 4 * PAGE)) == 0
    assert kernel.bits(SELF, memory) == [locked]


def test_unlocking_for_another_process_takes_a_right(kernel: Kernel) -> None:
    with Target("idle") as target:
        process = kernel.open(0x0400, 0, target.pid)
        assert failed(kernel.unlock_ex(process, 65536, PAGE)) == 5
        assert kernel.close(process) & 1
    assert failed(kernel.unlock_ex(0x1234, 65536, PAGE)) == 6


@pytest.mark.parametrize(
    ("count", "size", "priority", "length", "status"),
    [
        (1, PAGE, 0, 4, 0),
        (1, PAGE, 5, 4, 0),
        (1, PAGE, 6, 4, 0xC00000F3),
        (1, PAGE, 1, 8, 0xC00000F4),
        (0, PAGE, 1, 4, 0xC00000F1),
        (1, 0, 1, 4, 0xC00000F2),
    ],
)
def test_a_range_is_given_a_priority_as_the_kernel_takes_it(
    kernel: Kernel, memory: int, count: int, size: int, priority: int, length: int, status: int
) -> None:
    entry = struct.pack("<QQ", memory + PAGE, size)
    value = struct.pack("<Q", priority)
    assert kernel.set_range(SELF, 1, count, entry, value, length) & 0xFFFFFFFF == status
    [bits] = kernel.bits(SELF, memory + PAGE)
    assert bits >> 24 & 7 == (priority if status == 0 else 0)


def test_the_priority_of_a_range_takes_a_handle_that_may(kernel: Kernel, memory: int) -> None:
    entry, value = struct.pack("<QQ", memory, PAGE), struct.pack("<I", 1)
    assert kernel.set_range(SELF, 1, 1, entry, 0, 4) & 0xFFFFFFFF == 0xC00000F3
    with Target("idle") as target:
        process = kernel.open(0x0400, 0, target.pid)
        assert kernel.set_range(process, 1, 1, entry, value, 4) & 0xFFFFFFFF == 0xC0000022
        assert kernel.close(process) & 1


QUERY_LIMITED, SET_INFORMATION, THREAD_SET, THREAD_QUERY = 0x1000, 0x0200, 0x0020, 0x0040


def test_priorities_are_one_number_up_to_five(kernel: Kernel) -> None:
    found = ctypes.c_uint32()
    assert failed(kernel.get(SELF, 0, ctypes.byref(found), 4)) == 0
    assert found.value == 5
    for value, size, number, code in ((0, 4, 0, 0), (6, 4, 0, 87), (1, 8, 0, 24), (1, 4, 7, 87)):
        wanted = ctypes.c_uint64(value)
        assert failed(kernel.set(SELF, number, ctypes.byref(wanted), size)) == code
    assert failed(kernel.get(SELF, 0, ctypes.byref(found), 4)) == 0
    assert found.value == 0


def test_priorities_take_handles_that_may(kernel: Kernel) -> None:
    found = ctypes.c_uint32(1)
    with Target("idle") as target:
        for access, codes in ((QUERY_LIMITED, (0, 5)), (SET_INFORMATION, (5, 0))):
            process = kernel.open(access, 0, target.pid)
            calls = (kernel.get, kernel.set)
            assert (
                tuple(failed(call(process, 0, ctypes.byref(found), 4)) for call in calls) == codes
            )
            assert kernel.close(process) & 1
    me = ctypes.windll.kernel32.GetCurrentThreadId()
    for access, codes in ((THREAD_QUERY, (0, 5)), (THREAD_SET, (5, 0))):
        thread = kernel.open_thread(access, 0, me)
        calls = (kernel.get_thread, kernel.set_thread)
        assert tuple(failed(call(thread, 0, ctypes.byref(found), 4)) for call in calls) == codes
        assert kernel.close(thread) & 1
