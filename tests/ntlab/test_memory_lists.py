"""The laboratory's memory lists, system numbers and volumes: as strict as Windows."""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab

LENGTH_MISMATCH = 0xC0000004
INVALID_CLASS = 0xC0000003
INVALID_PARAMETER = 0xC000000D
ACCESS_DENIED = 0xC0000022
PRIVILEGE_NOT_HELD = 0xC0000061

FILE_CACHE, LISTS, COMBINE, RECONCILE = 21, 80, 130, 155
READ, WRITTEN = (8, 1, 2, 1, 1, 31, 2, 2), 16  # pages, by priority, behind each command


def set_class(lab: Lab, number: int, data: bytes | None) -> int:
    call = lab.reach("NtSetSystemInformation", "ntdll.dll")
    return call(number, data, len(data or b"")) & 0xFFFFFFFF


def query_class(lab: Lab, number: int, size: int) -> tuple[int, bytes, int]:
    """The status, what the buffer holds, and the length that was spoken of."""
    buffer = ctypes.create_string_buffer(max(size, 1))
    returned = ctypes.c_uint32()
    call = lab.reach("NtQuerySystemInformation", "ntdll.dll")
    status = call(number, buffer, size, ctypes.byref(returned)) & 0xFFFFFFFF
    return status, buffer.raw, returned.value


def command(number: int) -> bytes:
    return struct.pack("<I", number)


# ---- Memory lists --------------------------------------------------------------------------------


@pytest.fixture
def lists(lab: Lab) -> Any:
    """The memory lists' model, and a token that may do everything with it."""
    door = lab.model("memory_lists")
    token = lab.model("privileges")
    token.hold("SeProfileSingleProcessPrivilege", enabled=True)
    token.hold("SeIncreaseQuotaPrivilege", enabled=True)
    return door


def total(door: Any) -> int:
    pages = door.pages
    return int(
        pages.zero + pages.free + pages.modified + pages.modified_no_write + pages.bad
        + sum(pages.standby) + pages.working_sets + pages.cache
    )  # fmt: skip


def test_emptying_working_sets_fills_standby_and_modified(lab: Lab, lists: Any) -> None:
    before, everything = lists.pages, total(lists)
    assert set_class(lab, LISTS, command(2)) == 0
    after = lists.pages
    assert after.working_sets == 0
    assert after.modified > before.modified
    assert after.standby[5] > before.standby[5]
    assert total(lists) == everything


def test_flushing_moves_modified_pages_to_standby(lab: Lab, lists: Any) -> None:
    before = lists.pages
    assert set_class(lab, LISTS, command(3)) == 0
    after = lists.pages
    assert (after.modified, after.modified_page_file) == (WRITTEN, WRITTEN)
    assert after.modified_no_write == before.modified_no_write
    assert sum(after.standby) == sum(before.standby) + before.modified + sum(READ)


def test_purging_frees_standby_pages_of_every_priority(lab: Lab, lists: Any) -> None:
    before = lists.pages
    assert set_class(lab, LISTS, command(4)) == 0
    assert tuple(lists.pages.standby) == READ
    assert lists.pages.free == before.free + sum(before.standby) - sum(READ) - WRITTEN


def test_purging_low_priority_spares_the_other_priorities(lab: Lab, lists: Any) -> None:
    before = lists.pages
    assert set_class(lab, LISTS, command(5)) == 0
    spared = (0, *before.standby[1:])
    assert list(lists.pages.standby) == [x + y for x, y in zip(spared, READ, strict=True)]


def test_no_list_is_empty_after_a_command_on_a_machine_that_runs(lab: Lab, lists: Any) -> None:
    everything = total(lists)
    for number in (2, 3, 5, 4):
        assert set_class(lab, LISTS, command(number)) == 0
    assert all(lists.pages.standby)
    assert lists.pages.modified > 0
    assert total(lists) == everything


def test_captures_of_accessed_bits_are_told_apart(lab: Lab, lists: Any) -> None:
    assert set_class(lab, LISTS, command(0)) == 0
    assert set_class(lab, LISTS, command(1)) == 0
    assert set_class(lab, LISTS, command(1)) == 0
    assert lists.captures == (1, 2)


def test_the_lists_are_read_in_the_layout_of_the_kernel(lab: Lab, lists: Any) -> None:
    status, data, length = query_class(lab, LISTS, 176)
    numbers = struct.unpack("<22Q", data)
    pages = lists.pages
    assert (status, length) == (0, 176)
    assert numbers[:5] == (100_000, 5_000, 40_000, 12, 1)
    assert numbers[5:13] == tuple(pages.standby)
    assert numbers[13:21] == tuple(pages.repurposed)
    assert numbers[21] == pages.modified_page_file


def test_older_windows_fills_168_bytes(lab: Lab, lists: Any) -> None:
    lists.before_windows_8()
    status, data, length = query_class(lab, LISTS, 176)
    assert (status, length) == (0, 168)
    assert data[168:] == bytes(8)


def test_the_file_cache_is_flushed_by_the_greatest_limits_only(lab: Lab, lists: Any) -> None:
    def limits(minimum: int, maximum: int, flags: int = 0) -> bytes:
        return struct.pack("<2QI4x4Q2I", 0, 0, 0, minimum, maximum, 0, 0, 0, flags)

    assert set_class(lab, FILE_CACHE, limits(1 << 20, 1 << 30)) == 0
    assert lists.pages.cache == 25_000
    assert set_class(lab, FILE_CACHE, limits(1 << 30, 1 << 20)) == INVALID_PARAMETER
    assert set_class(lab, FILE_CACHE, limits(0, 0, flags=16)) == INVALID_PARAMETER
    assert set_class(lab, FILE_CACHE, limits((1 << 64) - 1, (1 << 64) - 1)) == 0
    assert lists.pages.cache == 0
    status, data, length = query_class(lab, FILE_CACHE, 64)
    assert (status, length, data[:8]) == (0, 64, bytes(8))


@pytest.mark.parametrize("size", [16, 24, 32])
def test_combining_writes_the_count_back(lab: Lab, lists: Any, size: int) -> None:
    buffer = ctypes.create_string_buffer(size)
    call = lab.reach("NtSetSystemInformation", "ntdll.dll")
    assert call(COMBINE, buffer, size) & 0xFFFFFFFF == 0
    assert struct.unpack_from("<Q", buffer, 8) == (700,)
    assert lists.pages.free == 5_700


def test_combining_refuses_flags_windows_does_not_know(lab: Lab, lists: Any) -> None:
    assert lists
    assert set_class(lab, COMBINE, struct.pack("<QQQ", 0, 0, 4)) == INVALID_PARAMETER


def test_the_registry_is_reconciled_without_a_buffer_and_by_an_administrator(
    lab: Lab, lists: Any
) -> None:
    assert set_class(lab, RECONCILE, b"1234") == LENGTH_MISMATCH
    assert set_class(lab, RECONCILE, None) == 0
    lab.model("privileges").elevate(on=False)
    assert set_class(lab, RECONCILE, None) == ACCESS_DENIED
    assert lists.reconciliations == 1


@pytest.mark.parametrize("number", [0, 1, 2, 4, 5])
def test_without_the_privilege_no_command_but_one_is_obeyed(lab: Lab, number: int) -> None:
    door = lab.model("memory_lists")
    before = bytes(door.pages)
    assert set_class(lab, LISTS, command(number)) == PRIVILEGE_NOT_HELD
    assert bytes(door.pages) == before


def test_everybody_may_have_the_modified_list_written_and_no_more(lab: Lab) -> None:
    door = lab.model("memory_lists")
    lab.model("privileges").standard_user()
    assert set_class(lab, LISTS, command(3)) == 0
    assert door.pages.modified == WRITTEN
    assert set_class(lab, LISTS, command(6)) == INVALID_PARAMETER


def test_without_the_privilege_nothing_is_told(lab: Lab) -> None:
    lab.model("memory_lists")
    assert query_class(lab, LISTS, 176)[0] == PRIVILEGE_NOT_HELD
    assert set_class(lab, FILE_CACHE, bytes(64)) == PRIVILEGE_NOT_HELD
    assert set_class(lab, COMBINE, bytes(16)) == PRIVILEGE_NOT_HELD


@pytest.mark.parametrize(
    ("number", "data", "status"),
    [
        (LISTS, b"", LENGTH_MISMATCH),
        (LISTS, bytes(8), LENGTH_MISMATCH),
        (LISTS, command(6), INVALID_PARAMETER),
        (LISTS, command(0xFFFFFFFF), INVALID_PARAMETER),
        (FILE_CACHE, bytes(63), LENGTH_MISMATCH),
        (COMBINE, bytes(12), LENGTH_MISMATCH),
        (999, bytes(4), INVALID_CLASS),
        (2, bytes(4), INVALID_CLASS),
    ],
)
def test_what_the_kernel_would_refuse_is_refused(
    lab: Lab, lists: Any, number: int, data: bytes, status: int
) -> None:
    before = bytes(lists.pages)
    assert set_class(lab, number, data) == status
    assert bytes(lists.pages) == before


@pytest.mark.parametrize(("number", "size"), [(LISTS, 175), (FILE_CACHE, 63)])
def test_a_short_buffer_learns_the_length(lab: Lab, lists: Any, number: int, size: int) -> None:
    assert lists
    status, _, length = query_class(lab, number, size)
    assert (status, length) == (LENGTH_MISMATCH, size + 1)


def test_classes_of_no_model_are_answered_by_the_system(lab: Lab, lists: Any) -> None:
    assert lists
    status, data, length = query_class(lab, 0, 64)
    assert (status, length) == (0, 64)
    assert struct.unpack_from("<I", data, 8) == (4096,)


# ---- The system's numbers ------------------------------------------------------------------------


@pytest.mark.parametrize("size", [312, 344, 376])
def test_performance_numbers_end_where_that_windows_ends(lab: Lab, size: int) -> None:
    lab.model("system").performance_size(size)
    status, data, length = query_class(lab, 2, 376)
    assert (status, length) == (0, size)
    assert data[size:] == bytes(376 - size)
    assert struct.unpack_from("<I", data, 44)[0] > 0


def test_the_usage_agrees_with_the_lists(lab: Lab) -> None:
    lab.model("system")
    status, data, _ = query_class(lab, 182, 56)
    pages = lab.model("memory_lists").pages
    assert status == 0
    assert struct.unpack("<7Q", data)[1] == 4096 * (pages.zero + pages.free + sum(pages.standby))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_page_files_form_a_chain(lab: Lab, count: int) -> None:
    lab.model("system").pagefiles(count)
    status, data, length = query_class(lab, 18, 512)
    offsets = []
    at = 0
    while length:
        offsets.append(at)
        step = struct.unpack_from("<I", data, at)[0]
        if not step:
            break
        at += step
    assert (status, len(offsets)) == (0, count)
    assert query_class(lab, 18, 40)[0] == (LENGTH_MISMATCH if count else 0)


def test_page_files_and_their_limits_are_an_entry_of_40_bytes(lab: Lab) -> None:
    system = lab.model("system")
    status, data, length = query_class(lab, 144, 512)
    assert (status, length) == (0, 2 * 80)
    found = [struct.unpack_from("<4I16x2I", data, at) for at in (0, 80)]
    assert found == [
        (80, 500_000, 10_000, 20_000, 400_000, 900_000),
        (0, 1_000_000, 20_000, 40_000, 800_000, 1_800_000),
    ]
    assert data[40:80].decode("utf-16-le") == "\\??\\C:\\pagefile.sys\0"
    assert query_class(lab, 144, 79)[0] == LENGTH_MISMATCH
    system.limits_known(known=False)
    assert query_class(lab, 144, 512)[0] == INVALID_CLASS


def test_a_windows_without_the_usage_class_says_so(lab: Lab) -> None:
    lab.model("system").usage_known(known=False)
    assert query_class(lab, 182, 56)[0] == INVALID_CLASS


@pytest.mark.parametrize(("number", "today"), [(2, 376), (LISTS, 176), (182, 56), (18, 144)])
def test_a_newer_windows_wants_room_for_what_it_has_added(
    lab: Lab, lists: Any, number: int, today: int
) -> None:
    assert lists
    lab.model("system").performance_size(376)
    lab.grow(24)
    assert query_class(lab, number, today) == (LENGTH_MISMATCH, bytes(today), today + 24)
    status, data, length = query_class(lab, number, today + 24)
    assert (status, length, data[today:]) == (0, today + 24, b"\xff" * 24)
    assert any(data[:today])


# ---- Volumes -------------------------------------------------------------------------------------


def test_volumes_are_named_opened_and_flushed(lab: Lab) -> None:
    volumes = lab.model("volumes")
    find, more, end, open_, flush, close = (
        lab.reach(name, "kernel32.dll")
        for name in (
            "FindFirstVolumeW", "FindNextVolumeW", "FindVolumeClose",
            "CreateFileW", "FlushFileBuffers", "CloseHandle",
        )
    )  # fmt: skip
    name = ctypes.create_unicode_buffer(64)
    search = find(name, 64)
    codes = []
    while True:
        path = ctypes.c_wchar_p(name.value.rstrip("\\"))
        handle = open_(path, 0x40000000, 3, 0, 3, 0, 0)
        codes.append(0 if flush(handle) & 1 else ctypes.get_last_error())
        assert close(handle) & 1
        if not more(search, name, 64) & 1:
            break
    assert ctypes.get_last_error() == 18
    assert [code & 0xFFFFFFFF for code in codes] == [0, 0, 19, 1, 0x8031_0000]
    assert volumes.flushes == (1, 1, 0)
    assert volumes.searching == 1
    assert end(search) & 1
    assert volumes.searching == 0


def test_a_volume_is_opened_by_administrators_only(lab: Lab) -> None:
    lab.model("volumes")
    lab.model("privileges").elevate(on=False)
    open_ = lab.reach("CreateFileW", "kernel32.dll")
    path = ctypes.c_wchar_p("\\\\?\\Volume{00000000-0000-0000-0000-000000000001}")
    assert open_(path, 0x40000000, 3, 0, 3, 0, 0) == 0xFFFFFFFF_FFFFFFFF
    assert ctypes.get_last_error() == 5
