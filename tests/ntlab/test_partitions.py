"""The laboratory's partitions: what NtManagePartition refuses, in the kernel's order."""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab

CURRENT, SYSTEM = 2**64 - 1, 2**64 - 2
INVALID_CLASS, LENGTH_MISMATCH, INVALID_HANDLE = 0xC0000003, 0xC0000004, 0xC0000008
INVALID_PARAMETER, INVALID_PARAMETER_2 = 0xC000000D, 0xC00000F0
ACCESS_DENIED, PRIVILEGE_NOT_HELD, NO_RESOURCES = 0xC0000022, 0xC0000061, 0xC000009A
LOCK_MEMORY = "SeLockMemoryPrivilege"
TOTAL, STANDBY, ID = 48, 88, 232


@pytest.fixture
def token(lab: Lab) -> Any:
    lab.model("partitions")
    token = lab.model("privileges")
    token.hold(LOCK_MEMORY, enabled=True)
    return token


def ask(lab: Lab, target: int, number: int, data: bytearray, source: int = 0) -> int:
    buffer = (ctypes.c_char * len(data)).from_buffer(data) if data else None
    answer = lab.reach("NtManagePartition", "ntdll.dll")(target, source, number, buffer, len(data))
    return int(answer) & 0xFFFFFFFF


def make(lab: Lab, access: int) -> int:
    handle = ctypes.c_uint64()
    create = lab.reach("NtCreatePartition", "ntdll.dll")
    assert create(0, ctypes.byref(handle), access, 0, 0xFFFFFFFF) & 0xFFFFFFFF == 0
    return handle.value


@pytest.mark.parametrize("handle", [CURRENT, SYSTEM])
def test_the_system_s_partition_tells_everybody(lab: Lab, token: Any, handle: int) -> None:
    token.standard_user()
    data = bytearray(240)
    assert ask(lab, handle, 0, data) == 0
    assert struct.unpack_from("<8Q", data, STANDBY) == tuple(
        lab.model("memory_lists").pages.standby
    )
    assert struct.unpack_from("<I", data, ID) == (0,)


@pytest.mark.parametrize("length", [0, 88, 232, 239, 241, 248])
def test_one_length_is_taken_and_no_other(lab: Lab, token: Any, length: int) -> None:
    assert token
    assert ask(lab, SYSTEM, 0, bytearray(length)) == LENGTH_MISMATCH


def test_classes_end_where_the_newest_windows_ends(lab: Lab, token: Any) -> None:
    assert token
    assert ask(lab, SYSTEM, 15, bytearray(240)) == INVALID_CLASS


def test_no_source_is_looked_at_where_none_is_needed(lab: Lab, token: Any) -> None:
    assert token
    assert ask(lab, SYSTEM, 0, bytearray(240), source=CURRENT) == INVALID_PARAMETER_2


def test_a_handle_is_one_of_a_partition_and_good_for_what_it_was_made_for(
    lab: Lab, token: Any
) -> None:
    assert token
    transfer = bytearray(struct.pack("<QII", 1, 0xFFFFFFFF, 0))
    assert ask(lab, 0x1234, 0, bytearray(240)) == INVALID_HANDLE
    asking, giving = make(lab, 1), make(lab, 2)
    assert ask(lab, asking, 0, bytearray(240)) == 0
    assert ask(lab, asking, 1, transfer, source=SYSTEM) == ACCESS_DENIED
    assert ask(lab, giving, 0, bytearray(240)) == ACCESS_DENIED
    assert ask(lab, giving, 1, transfer, source=SYSTEM) == 0
    close = lab.reach("CloseHandle", "kernel32.dll")
    assert close(asking) & 1
    assert close(giving) & 1


def test_memory_is_moved_by_whoever_may_lock_it(lab: Lab, token: Any) -> None:
    partition = make(lab, 3)
    moves = {
        struct.pack("<QII", 0, 9, 0x400): 0,  # nothing to move: nothing is looked at
        struct.pack("<QII", 1, 9, 0): INVALID_PARAMETER,
        struct.pack("<QII", 1, 0, 0x400): INVALID_PARAMETER,
        struct.pack("<QII", 2**40, 0, 0): NO_RESOURCES,
        struct.pack("<QII", 16, 0, 0): 0,
    }
    for move, answer in moves.items():
        assert ask(lab, partition, 1, bytearray(move), source=SYSTEM) == answer
    assert ask(lab, SYSTEM, 1, bytearray(move), source=CURRENT) == INVALID_PARAMETER
    data = bytearray(240)
    assert ask(lab, partition, 0, data) == 0
    assert struct.unpack_from("<Q", data, TOTAL) == (16,)
    token.drop(LOCK_MEMORY)
    assert ask(lab, partition, 1, bytearray(move), source=SYSTEM) == PRIVILEGE_NOT_HELD
    assert lab.reach("CloseHandle", "kernel32.dll")(partition) & 1
