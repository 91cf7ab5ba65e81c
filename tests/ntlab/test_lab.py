"""The laboratory itself: what it sees, refuses, hides and models.

Functions are called here through the laboratory's thunks, as ``ntpages._native`` calls them.
"""

from __future__ import annotations

import ctypes
import re
import struct
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab

SYSTEM_CLASS = 80
PRIVILEGE_NOT_HELD = 0xC0000061


# ---- Its own locks ------------------------------------------------------------------------------


def asking_with_a_lock(source: str) -> list[int]:
    """Lines that ask the loader while a model's lock is held."""
    depth, held, found = 0, [], []
    for number, line in enumerate(source.splitlines(), 1):
        code = line.partition("//")[0]
        if re.search(r"\bLocked \w+\(", code):
            held.append(depth)
        if held and re.search(r"\b(beyond|real|GetProcAddress|GetModuleHandleW?)\(", code):
            found.append(number)
        depth += code.count("{") - code.count("}")
        held = [each for each in held if depth >= each]
    return found


@pytest.mark.parametrize(
    "path", sorted(Path(__file__).parent.glob("model_*.cpp")), ids=lambda path: path.stem
)
def test_no_model_asks_the_loader_with_its_lock_held(path: Path) -> None:
    """A thread that ends holds the loader's lock, and closes its handle, which models answer."""
    assert asking_with_a_lock(path.read_text(encoding="utf-8")) == []


def test_one_that_does_would_be_found() -> None:
    does = 'BOOL f() {\n  const Locked locked(lock);\n  return beyond("CloseHandle", &f)();\n}'
    does_not = (
        'BOOL f() {\n  {\n    const Locked locked(lock);\n  }\n  return beyond("X", &f)();\n}'
    )
    assert asking_with_a_lock(does) == [3]
    assert asking_with_a_lock(does_not) == []


# ---- What it sees ------------------------------------------------------------------------------


def test_every_function_that_ntpages_uses_has_a_row_in_the_table(lab: Lab) -> None:
    assert [each.name for each in lab.functions() if not each.known] == []


def test_linked_functions_come_from_system_dlls_alone(lab: Lab) -> None:
    dlls = {each.dll.lower() for each in lab.functions() if each.linked}
    assert "kernel32.dll" in dlls
    assert dlls <= {"kernel32.dll", "advapi32.dll", "ntdll.dll", "kernelbase.dll"}


def test_a_call_reaches_windows_and_is_counted(lab: Lab) -> None:
    before = lab.count("GetProcAddress")
    assert lab.reach("GetTickCount64", "kernel32.dll")() > 0
    assert lab.count("GetTickCount64") == 1
    assert lab.count("GetProcAddress") == before + 1


def test_what_is_looked_up_is_reached_by_its_dll_whoever_asked_before(lab: Lab) -> None:
    lab.model("heaps")
    name = "RtlCreateQueryDebugBuffer"
    assert callable(lab.reach(name, "ntdll.dll"))
    with pytest.raises(LookupError, match=f"{name} is looked up by name: say in which DLL"):
        lab.reach(name)


def test_floating_point_arguments_arrive(lab: Lab) -> None:
    address = lab.look_up("ntdll.dll", "pow")
    assert address
    power = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_double)(address)
    assert power(1.5, 3.0) == 1.5**3


def test_nothing_is_recorded_unless_asked(lab: Lab) -> None:
    lab.reach("GetTickCount64", "kernel32.dll")()
    assert lab.calls() == []


def test_recorded_calls_carry_their_arguments_and_the_thread(lab: Lab) -> None:
    create = lab.reach("CreateFileW", "kernel32.dll")
    lab.record("CreateFileW")
    create(ctypes.c_wchar_p("Z:\\nowhere\\at all"), 1, 2, 0, 4, 5, 6)
    (call,) = lab.calls("CreateFileW")
    assert call.arguments[1:7] == (1, 2, 0, 4, 5, 6)
    assert call.thread == threading.get_native_id()
    assert not call.refused


def test_a_recorded_call_tells_whether_the_interpreter_waited(lab: Lab) -> None:
    lab.record("VirtualQuery")
    query = lab.reach("VirtualQuery")  # by ctypes, which lets go of the interpreter
    query(0, 0, 0)
    held = ctypes.PYFUNCTYPE(ctypes.c_size_t, *[ctypes.c_void_p] * 2, ctypes.c_size_t)
    held(lab.address("VirtualQuery"))(None, None, 0)
    assert [call.held_up for call in lab.calls("VirtualQuery")] == [False, True]


def test_the_bytes_handed_to_the_kernel_are_recorded(lab: Lab) -> None:
    lab.model("memory_lists")
    set_class = lab.reach("NtSetSystemInformation", "ntdll.dll")
    lab.record()
    set_class(SYSTEM_CLASS, struct.pack("<I", 2), 4)
    (call,) = lab.calls("NtSetSystemInformation")
    assert call.arguments[0] == SYSTEM_CLASS
    assert call.arguments[2] == 4
    assert call.data == b"\x02\0\0\0"


def test_recording_an_unreadable_input_takes_what_can_be_read(lab: Lab) -> None:
    lab.model("memory_lists")
    set_class = lab.reach("NtSetSystemInformation", "ntdll.dll")
    lab.record("NtSetSystemInformation")
    lab.fail("NtSetSystemInformation")
    set_class(SYSTEM_CLASS, 0x10, 4)
    (call,) = lab.calls()
    assert call.refused


def test_more_calls_than_there_is_room_for_are_not_passed_over(lab: Lab) -> None:
    tick = lab.reach("GetTickCount64", "kernel32.dll")
    lab.record("GetTickCount64")
    for _ in range(20_000):
        tick()
    with pytest.raises(OverflowError, match="3616 calls more"):
        lab.calls()


def test_calls_of_many_threads_are_all_counted(lab: Lab) -> None:
    tick = lab.reach("GetTickCount64", "kernel32.dll")
    lab.record("GetTickCount64")
    threads = [threading.Thread(target=lambda: [tick() for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lab.count("GetTickCount64") == 4000
    assert len({call.thread for call in lab.calls()}) == 8


# ---- What it refuses ---------------------------------------------------------------------------


def test_the_nth_call_fails_and_no_other(lab: Lab) -> None:
    allocate = lab.reach("VirtualAlloc", "kernel32.dll")
    release = lab.reach("VirtualFree", "kernel32.dll")
    lab.fail("VirtualAlloc", nth=2, code=1455)
    results = []
    for _ in range(3):
        results.append(allocate(0, 4096, 0x3000, 4))
        code = ctypes.get_last_error()
        assert code == (0 if results[-1] else 1455)
    assert [bool(result) for result in results] == [True, False, True]
    assert lab.refused == lab.function("VirtualAlloc").refused == 1
    for result in results:
        if result:
            assert release(result, 0, 0x8000)


def test_every_call_from_the_nth_on_fails(lab: Lab) -> None:
    tick = lab.reach("VirtualQuery", "kernel32.dll")
    buffer = ctypes.create_string_buffer(48)
    lab.fail("VirtualQuery", nth=2, every=True)
    assert [tick(0x10000, buffer, 48) for _ in range(4)] == [48, 0, 0, 0]


@pytest.mark.parametrize(
    ("name", "dll", "result", "code"),
    [
        ("VirtualProtect", "kernel32.dll", 0, 487),
        ("CreateFileW", "kernel32.dll", 0xFFFFFFFF_FFFFFFFF, 5),
        ("HeapSize", "kernel32.dll", 0xFFFFFFFF_FFFFFFFF, 87),
        ("RegCloseKey", "advapi32.dll", 6, 0),
        ("NtQuerySystemInformation", "ntdll.dll", PRIVILEGE_NOT_HELD, 0),
    ],
)
def test_each_function_fails_in_its_own_way(
    lab: Lab, name: str, dll: str, result: int, code: int
) -> None:
    call = lab.reach(name, dll)
    lab.fail(name)
    assert call(0, 0, 0, 0) == result
    assert ctypes.get_last_error() == code


def test_a_success_that_is_a_failure_can_be_planned(lab: Lab) -> None:
    adjust = lab.reach("AdjustTokenPrivileges", "advapi32.dll")
    lab.fail("AdjustTokenPrivileges", value=1, code=1300)
    assert adjust(0, 0, 0, 0, 0, 0) == 1
    assert ctypes.get_last_error() == 1300


def test_a_plan_ends_with_the_reset(lab: Lab) -> None:
    query = lab.reach("VirtualQuery", "kernel32.dll")
    lab.fail("VirtualQuery", every=True)
    lab.reset()
    assert query(0x10000, ctypes.create_string_buffer(48), 48) == 48


def test_a_function_without_a_row_can_not_be_failed(lab: Lab) -> None:
    with pytest.raises(LookupError, match="VirtualAllok"):
        lab.fail("VirtualAllok")


def test_a_function_that_can_not_fail_is_left_alone(lab: Lab) -> None:
    with pytest.raises(ValueError, match="GetCurrentProcess can't fail"):
        lab.fail("GetCurrentProcess")


def test_the_last_error_survives_the_laboratory(lab: Lab) -> None:
    keep = lab.reach("SetLastError", "kernel32.dll")
    lab.record()
    keep(4242)
    assert lab.reach("GetLastError", "kernel32.dll")() == 0  # ctypes swaps in its own copy
    keep(4242)
    assert ctypes.get_last_error() == 4242


# ---- What it hides and finds ---------------------------------------------------------------------


def test_a_hidden_function_is_not_found_until_the_reset(lab: Lab) -> None:
    assert lab.look_up("kernel32.dll", "PrefetchVirtualMemory")
    lab.hide("PrefetchVirtualMemory")
    assert lab.look_up("kernel32.dll", "PrefetchVirtualMemory") is None
    lab.reset()
    assert lab.look_up("kernel32.dll", "PrefetchVirtualMemory")


def test_a_linked_function_can_not_be_hidden(lab: Lab) -> None:
    with pytest.raises(ValueError, match="GetProcAddress is linked"):
        lab.hide("GetProcAddress")


def test_a_function_that_the_system_lacks_is_not_found(lab: Lab) -> None:
    assert lab.look_up("ntdll.dll", "NtNoSuchFunction") is None


def test_a_model_offers_its_functions_where_windows_exports_them(lab: Lab) -> None:
    lab.model("privileges")
    assert lab.look_up("advapi32.dll", "LsaAddAccountRights")
    assert lab.look_up("kernel32.dll", "LsaAddAccountRights") is None


def test_a_model_that_does_not_exist_is_refused(lab: Lab) -> None:
    with pytest.raises(LookupError, match="model_nouns"):
        lab.model("nouns")
