"""The laboratory's compression store and pools: as strict as Windows."""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab

ACCESS_DENIED = 0xC0000022
INVALID_BUFFER_SIZE = 0xC0000206
INVALID_CLASS = 0xC0000003
INVALID_PARAMETER = 0xC000000D
LENGTH_MISMATCH = 0xC0000004
NOT_FOUND = 0xC0000225
REVISION_MISMATCH = 0xC0000059

STORE, TRIM, SIZES = 109, 21, 22
PROFILE = "SeProfileSingleProcessPrivilege"


@pytest.fixture
def store(lab: Lab) -> Any:
    door = lab.model("compression")
    lab.model("privileges").hold(PROFILE, enabled=True)
    return door


def question(kind: int, data: Any, *, version: int = 1, size: int | None = None) -> bytes:
    length = len(data) if size is None else size
    return struct.pack("<2IQI4x", version, kind, ctypes.addressof(data), length)


def call(lab: Lab, name: str, asked: bytes) -> int:
    more = [0] if name.startswith("NtQuery") else []
    return lab.reach(name, "ntdll.dll")(STORE, asked, len(asked), *more) & 0xFFFFFFFF


def set_store(lab: Lab, asked: bytes) -> int:
    return call(lab, "NtSetSystemInformation", asked)


def query_store(lab: Lab, asked: bytes) -> int:
    return call(lab, "NtQuerySystemInformation", asked)


def trim(pages: int, *, version: int = 1) -> Any:
    return ctypes.create_string_buffer(struct.pack("<I4xQ", version, pages), 16)


def test_a_store_is_trimmed_by_setting_and_never_by_asking(lab: Lab, store: Any) -> None:
    assert set_store(lab, question(TRIM, trim(7))) == 0
    assert query_store(lab, question(TRIM, trim(7))) == INVALID_CLASS
    assert store.trims == 1


def test_what_a_trim_would_be_refused_for_is_refused(lab: Lab, store: Any) -> None:
    seven = trim(7)
    good = question(TRIM, seven)
    assert set_store(lab, good[:-1]) == INVALID_BUFFER_SIZE
    assert set_store(lab, good + b"\0") == LENGTH_MISMATCH
    assert set_store(lab, question(TRIM, trim(7), version=2)) == REVISION_MISMATCH
    assert set_store(lab, question(TRIM, trim(0))) == INVALID_PARAMETER
    assert set_store(lab, question(TRIM, trim(7, version=3))) == REVISION_MISMATCH
    assert set_store(lab, question(TRIM, trim(7, version=0x101))) == INVALID_PARAMETER
    assert set_store(lab, question(TRIM, trim(7), size=24)) == LENGTH_MISMATCH
    store.store(pid=0)
    assert set_store(lab, good) == NOT_FOUND
    assert store.trims == 0


def test_the_store_denies_and_does_not_speak_of_a_privilege(lab: Lab) -> None:
    lab.model("compression")
    assert set_store(lab, question(TRIM, trim(7))) == ACCESS_DENIED
    assert query_store(lab, question(1, trim(7))) == ACCESS_DENIED


def test_everybody_may_have_its_sizes_in_the_form_of_this_windows(lab: Lab) -> None:
    door = lab.model("compression")
    old = ctypes.create_string_buffer(struct.pack("<I", 3), 40)
    new = ctypes.create_string_buffer(struct.pack("<I", 4), 48)
    assert query_store(lab, question(SIZES, old)) == 0
    assert struct.unpack_from("<I", old, 4) == (2288,)
    assert query_store(lab, question(SIZES, new)) == LENGTH_MISMATCH
    door.store(newer=True)
    assert query_store(lab, question(SIZES, new)) == 0
    struct.pack_into("<I", new, 0, 3)
    assert query_store(lab, question(SIZES, new)) == REVISION_MISMATCH


def test_pools_are_told_in_the_layout_of_the_kernel(lab: Lab) -> None:
    door = lab.model("pools")
    ask = lab.reach("NtQuerySystemInformation", "ntdll.dll")
    buffer, returned = ctypes.create_string_buffer(128), ctypes.c_uint32()
    assert ask(22, buffer, 127, ctypes.byref(returned)) & 0xFFFFFFFF == LENGTH_MISMATCH
    assert returned.value == 128
    assert ask(22, buffer, 128, ctypes.byref(returned)) == 0
    assert struct.unpack_from("<I4x4s2I4xQ", buffer) == (3, b"MmSt", 900, 100, 800 << 10)
    door.hide_addresses()
    assert ask(66, buffer, 56, ctypes.byref(returned)) == 0
    assert struct.unpack_from("<I4x2Q4s", buffer) == (2, 0, 64 << 10, b"MmSt")
