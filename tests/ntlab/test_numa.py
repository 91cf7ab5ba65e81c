"""The laboratory's NUMA nodes: memory leaves its node when it is touched."""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab

MIB = 1 << 20
SELF = 2**64 - 1
RESERVE_COMMIT, RELEASE, READWRITE = 0x3000, 0x8000, 0x04
RELATION_NODE, RELATION_NODE_EX = 1, 6
INVALID_PARAMETER, INSUFFICIENT_BUFFER = 87, 122


@pytest.fixture
def machine(lab: Lab) -> Any:
    return lab.model("numa")


def available(lab: Lab, node: int) -> int:
    bytes_ = ctypes.c_uint64()
    assert lab.reach("GetNumaAvailableMemoryNodeEx")(node, ctypes.byref(bytes_)) & 1
    return bytes_.value


def test_memory_leaves_its_node_at_the_first_touch(lab: Lab, machine: Any) -> None:
    assert machine
    before = available(lab, 0), available(lab, 1)
    allocate = lab.reach("VirtualAllocExNuma", "kernel32.dll")
    memory = allocate(SELF, 0, MIB, RESERVE_COMMIT, READWRITE, 1)
    assert available(lab, 1) == before[1]
    ctypes.memset(memory, 0xFF, MIB)
    assert (available(lab, 0), available(lab, 1)) == (before[0], before[1] - MIB)
    assert lab.reach("VirtualFree")(memory, 0, RELEASE) & 1
    assert available(lab, 1) == before[1]


def test_a_node_that_is_not_there_is_refused(lab: Lab, machine: Any) -> None:
    assert machine
    allocate = lab.reach("VirtualAllocExNuma", "kernel32.dll")
    assert allocate(SELF, 0, MIB, RESERVE_COMMIT, READWRITE, 2) == 0
    assert ctypes.get_last_error() == INVALID_PARAMETER
    bytes_ = ctypes.c_uint64()
    assert lab.reach("GetNumaAvailableMemoryNodeEx")(2, ctypes.byref(bytes_)) & 1 == 0
    assert ctypes.get_last_error() == INVALID_PARAMETER


def test_a_short_buffer_learns_the_length(lab: Lab, machine: Any) -> None:
    assert machine
    relations = lab.reach("GetLogicalProcessorInformationEx")
    length = ctypes.c_uint32()
    assert relations(RELATION_NODE, 0, ctypes.byref(length)) & 1 == 0
    assert ctypes.get_last_error() == INSUFFICIENT_BUFFER
    buffer = ctypes.create_string_buffer(length.value)
    assert relations(RELATION_NODE, buffer, ctypes.byref(length)) & 1


def test_all_groups_of_a_node_are_told_to_whoever_asks_for_them(lab: Lab, machine: Any) -> None:
    relations = lab.reach("GetLogicalProcessorInformationEx")
    machine.clear()
    machine.add(3, processors=0b11, more={1: 0b100}, memory=0)
    told: dict[int, bytes] = {}
    for relation in (RELATION_NODE, RELATION_NODE_EX):
        length = ctypes.c_uint32(64)
        buffer = ctypes.create_string_buffer(64)
        assert relations(relation, buffer, ctypes.byref(length)) & 1
        told[relation] = buffer.raw[: length.value]
    head = struct.pack("<III18xH", RELATION_NODE, 48, 3, 0)
    assert told[RELATION_NODE] == head + struct.pack("<QH6x", 0b11, 0)
    head = struct.pack("<III18xH", RELATION_NODE, 64, 3, 2)
    assert told[RELATION_NODE_EX] == head + struct.pack("<QH6xQH6x", 0b11, 0, 0b100, 1)


def test_an_older_windows_refuses_to_tell_them(lab: Lab, machine: Any) -> None:
    machine.groups_known(known=False)
    length = ctypes.c_uint32()
    relations = lab.reach("GetLogicalProcessorInformationEx")
    assert relations(RELATION_NODE_EX, 0, ctypes.byref(length)) & 1 == 0
    assert ctypes.get_last_error() == INVALID_PARAMETER


def test_other_relations_are_the_system_s_business(lab: Lab, machine: Any) -> None:
    assert machine
    length = ctypes.c_uint32()
    relations = lab.reach("GetLogicalProcessorInformationEx")
    assert relations(0, 0, ctypes.byref(length)) & 1 == 0
    assert ctypes.get_last_error() == INSUFFICIENT_BUFFER
    assert length.value > 0


def test_two_models_answer_for_one_function_in_turn(lab: Lab, machine: Any) -> None:
    assert machine
    pages = lab.model("awe")
    lab.model("privileges").hold("SeLockMemoryPrivilege", enabled=True)
    before = available(lab, 1)
    window = lab.reach("VirtualAlloc")(0, MIB, 0x402000, READWRITE)  # reserve, physical
    memory = lab.reach("VirtualAllocExNuma", "kernel32.dll")(
        SELF, 0, MIB, RESERVE_COMMIT, READWRITE, 1
    )
    ctypes.memset(memory, 1, MIB)
    assert available(lab, 1) == before - MIB
    assert pages.held == (0, 0, 1)
    release = lab.reach("VirtualFree")
    assert release(memory, 0, RELEASE) & 1
    assert release(window, 0, RELEASE) & 1
    assert available(lab, 1) == before
    assert pages.held == (0, 0, 0)
