"""The laboratory's physical memory: as strict as Windows."""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING, Any

import pytest

from ntlab.model_physical import FILE, FLAGGED, NO_RECORD, STANDBY, Stretch, process

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab

ACCESS_DENIED = 0xC0000022
BUFFER_OVERFLOW = 0x80000005
BUFFER_TOO_SMALL = 0xC0000023
INVALID_BUFFER_SIZE = 0xC0000206
INVALID_CLASS = 0xC0000003
INVALID_PARAMETER = 0xC000000D
INVALID_PAGE = 0xC00000F0
LENGTH_MISMATCH = 0xC0000004
NO_POOL = 0xC000009A
VERSION = 0xC0000355

PAGES, SOURCES, LISTS, RANGES = 6, 8, 16, 17
PROFILE = "SeProfileSingleProcessPrivilege"


def test_everybody_is_told_the_size_of_the_file_cache(lab: Lab) -> None:
    lab.model("physical").cache(3)
    lab.model("privileges").standard_user()
    call = lab.reach("NtQuerySystemInformation", "ntdll.dll")
    buffer = (ctypes.c_uint64 * 8)()
    assert call(21, buffer, 63, None) & 0xFFFFFFFF == LENGTH_MISMATCH
    assert call(21, buffer, 64, None) == 0
    assert [*buffer] == [3 * 4096] * 2 + [0] * 6


@pytest.fixture
def machine(lab: Lab) -> Any:
    """The model, and a token that may look."""
    door = lab.model("physical")
    lab.model("privileges").hold(PROFILE, enabled=True)
    return door


def ask(
    lab: Lab, asked: int, buffer: Any, size: int | None = None, **other: int
) -> tuple[int, int]:
    """The status, and the length that was spoken of."""
    fields = {"version": 45, "magic": 0x6B756843, "kind": asked} | other
    length = ctypes.sizeof(buffer) if size is None else size
    question = struct.pack("<3I4xQI4x", *fields.values(), ctypes.addressof(buffer), length)
    returned = ctypes.c_uint32()
    call = lab.reach("NtQuerySystemInformation", "ntdll.dll")
    status = call(79, question, len(question), ctypes.byref(returned)) & 0xFFFFFFFF
    return status, returned.value


def request(
    *numbers: int, version: int = 1, flags: int = 0, count: int | None = None
) -> ctypes.Array[ctypes.c_char]:
    """PF_PFN_PRIO_REQUEST for these pages."""
    wanted = len(numbers) if count is None else count
    head = struct.pack("<2IQ", version, flags, wanted).ljust(192, b"\0")
    entries = b"".join(struct.pack("<3Q", 0, number, 0) for number in numbers)
    return ctypes.create_string_buffer(head + entries, max(216, len(head + entries)))


def entry(buffer: Any, at: int) -> tuple[int, int, int]:
    word, page, detail = struct.unpack_from("<3Q", buffer, 192 + 24 * at)
    return word, page, detail


# ---- Ranges --------------------------------------------------------------------------------------


def test_ranges_have_a_32_bit_count_in_a_64_bit_field(lab: Lab, machine: Any) -> None:
    machine.ranges((1, 0x9E), (0x100, 0x1000))
    buffer = ctypes.create_string_buffer(struct.pack("<2IQ", 2, 0, 0xFFFFFFFF_00000000), 48)
    assert ask(lab, RANGES, buffer, 47) == (BUFFER_TOO_SMALL, 48)
    assert ask(lab, RANGES, buffer) == (0, 48)
    count, *pairs = struct.unpack_from("<5Q", buffer, 8)
    assert count == 0xFFFFFFFF_00000002  # who did not zero the buffer reads too much
    assert pairs == [1, 0x9E, 0x100, 0x1000]


def test_a_kernel_knows_one_version_of_the_ranges(lab: Lab, machine: Any) -> None:
    old = ctypes.create_string_buffer(struct.pack("<2I", 1, 0), 64)
    new = ctypes.create_string_buffer(struct.pack("<2I", 2, 0), 64)
    assert ask(lab, RANGES, old)[0] == INVALID_PARAMETER
    assert ask(lab, RANGES, new)[0] == 0
    machine.tell_old_ranges()
    assert ask(lab, RANGES, old)[0] == 0
    assert struct.unpack_from("<I", old, 4) == (2,)
    struct.pack_into("<2I", new, 0, 2, 0)
    assert ask(lab, RANGES, new)[0] == INVALID_PARAMETER


# ---- The question --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"version": 44}, INVALID_PARAMETER),
        ({"magic": 0x4368756B}, INVALID_PARAMETER),
        ({"kind": 99}, INVALID_CLASS),
    ],
    ids=["version", "magic", "kind"],
)
def test_what_superfetch_would_refuse_is_refused(
    lab: Lab, machine: Any, wrong: dict[str, int], status: int
) -> None:
    assert machine
    assert ask(lab, RANGES, ctypes.create_string_buffer(64), **wrong)[0] == status
    call = lab.reach("NtQuerySystemInformation", "ntdll.dll")
    assert call(79, bytes(31), 31, 0) & 0xFFFFFFFF == LENGTH_MISMATCH


@pytest.mark.parametrize(
    ("kind", "status"),
    [(PAGES, ACCESS_DENIED), (SOURCES, 0), (LISTS, 0), (RANGES, ACCESS_DENIED)],
)
def test_superfetch_denies_and_does_not_speak_of_a_privilege(
    lab: Lab, kind: int, status: int
) -> None:
    lab.model("physical")
    buffer = ctypes.create_string_buffer(4096)
    struct.pack_into("<2I", buffer, 0, {SOURCES: 8, LISTS: 1}.get(kind, 2), 0)
    assert ask(lab, kind, buffer)[0] == status


# ---- Pages ---------------------------------------------------------------------------------------


def test_a_request_has_room_for_eight_entries_more_than_it_asks_for(lab: Lab, machine: Any) -> None:
    assert machine
    assert ask(lab, PAGES, request(1, 2), 215)[0] == INVALID_BUFFER_SIZE
    assert ask(lab, PAGES, request(1, 2), 24 * 10 - 1)[0] == INVALID_PARAMETER
    assert ask(lab, PAGES, request(1, 2), 24 * 10) == (0, 24 * 10)


@pytest.mark.parametrize("wrong", [{"version": 2}, {"flags": 2}, {"count": 0}, {"count": 1 << 40}])
def test_a_request_that_can_not_be_is_refused(
    lab: Lab, machine: Any, wrong: dict[str, int]
) -> None:
    assert machine
    assert ask(lab, PAGES, request(1, **wrong))[0] == INVALID_PARAMETER


def test_a_request_takes_pool(lab: Lab, machine: Any) -> None:
    machine.pool(24 * 9)
    assert ask(lab, PAGES, request(1))[0] == 0
    assert ask(lab, PAGES, request(1, 2))[0] == NO_POOL


def test_the_kernel_stops_at_a_page_it_has_no_record_of(lab: Lab, machine: Any) -> None:
    machine.ranges((16, 16))
    machine.lay(
        Stretch(pages=2, use=FILE, list=STANDBY, priority=3, detail=0xFFFFC00000000100),
        Stretch(pages=1, flags=NO_RECORD),
    )
    buffer = request(16, 17, 18, 19)
    assert ask(lab, PAGES, buffer)[0] == INVALID_PAGE
    assert entry(buffer, 1) == (1 | 2 << 4 | 3 << 57 | 4096, 17, 0xFFFFC00000000100)
    assert entry(buffer, 2) == (0, 18, 2)
    assert entry(buffer, 3) == (0, 19, 0)
    assert ask(lab, PAGES, request(15))[0] == INVALID_PAGE  # in no range


def test_a_pages_record_has_what_it_is_used_for(lab: Lab, machine: Any) -> None:
    machine.ranges((0, 4))
    machine.lay(
        Stretch(pages=1, list=6, owner=400, flags=1),
        Stretch(pages=1, use=FILE, list=6, flags=FLAGGED, offset=8192, detail=0xFFFFC00000000100),
        Stretch(pages=1, list=1, owner=400),
    )
    buffer = request(0, 1, 2, 3, flags=1)
    assert ask(lab, PAGES, buffer)[0] == 0
    assert entry(buffer, 0)[0] == 6 << 4 | 1 << 8 | 400 << 9
    assert entry(buffer, 1) == (1 | 6 << 4 | 8192, 1, 0xFFFFC00000000101)
    assert entry(buffer, 2)[0] == 1 << 4  # free, and said to be a process'
    zero, free = struct.unpack_from("<2Q", buffer, 16)
    assert (zero, free) == (1, 1)


def test_older_kernels_name_a_process_by_its_key_and_newer_ones_may_hide_it(
    lab: Lab, machine: Any
) -> None:
    machine.ranges((0, 1))
    machine.lay(Stretch(pages=1, list=6, owner=400))
    machine.sources([process(400, "game.exe", 1)])

    def owner() -> int:
        buffer = request(0)
        assert ask(lab, PAGES, buffer)[0] == 0
        return entry(buffer, 0)[0] >> 9 & 0xFFFFFFFFFFFF

    def key() -> int:
        buffer = ctypes.create_string_buffer(struct.pack("<2I", 8, 0), 112)
        assert ask(lab, SOURCES, buffer)[0] == 0
        return int(struct.unpack_from("<Q", buffer, 16 + 24)[0])

    assert (owner(), key()) == (400, 400)
    machine.name_processes_by_key()
    assert owner() == key() & 0xFFFFFFFFFFFF > 2**32
    machine.hide_addresses()
    assert (owner(), key()) == (0, 0)
    lab.model("privileges").hold("SeDebugPrivilege", enabled=True)
    assert owner() == key() & 0xFFFFFFFFFFFF > 2**32


# ---- Sources and lists ---------------------------------------------------------------------------


def test_sources_of_pages_are_told_in_version_8(lab: Lab, machine: Any) -> None:
    machine.sources([process(400, "a-game-with-a-long-name.exe", 7, stored=3)])
    buffer = ctypes.create_string_buffer(struct.pack("<2I", 8, 2), 112)
    assert ask(lab, SOURCES, buffer, 111) == (BUFFER_TOO_SMALL, 112)
    assert ask(lab, SOURCES, buffer) == (0, 112)
    kind, pid = struct.unpack_from("<2I", buffer, 16)
    private, stored = struct.unpack_from("<Q24x4x4xQ", buffer, 16 + 40)[0], 0
    stored = struct.unpack_from("<Q", buffer, 16 + 72)[0]
    assert (kind, pid, private, stored) == (2, 400, 7, 3)
    assert buffer.raw[16 + 52 : 16 + 68] == b"a-game-with-a-l\0"
    for version, flags in ((7, 0), (8, 3), (8, 8)):
        struct.pack_into("<2I", buffer, 0, version, flags)
        assert ask(lab, SOURCES, buffer)[0] == INVALID_PARAMETER


def test_everybody_may_have_the_lists_coarsely(lab: Lab) -> None:
    door = lab.model("physical")
    door.ranges((0, 100))
    door.lay(*(Stretch(pages=1, use=FILE, list=STANDBY, priority=each) for each in range(8)))
    door.lay(Stretch(pages=5, list=3), Stretch(pages=7, list=1))
    buffer = ctypes.create_string_buffer(struct.pack("<2I", 1, 64), 64)
    assert ask(lab, LISTS, buffer, 63)[0] == BUFFER_TOO_SMALL
    assert ask(lab, LISTS, buffer) == (0, 64)
    assert struct.unpack_from("<5Q", buffer, 24) == (3, 3, 2, 87, 5)


# ---- The names of files --------------------------------------------------------------------------


def open_device(lab: Lab, path: str = "\\Device\\FileInfo") -> tuple[int, int]:
    """The status, and the handle."""
    text = ctypes.create_unicode_buffer(path)
    size = 2 * len(path)
    name = ctypes.create_string_buffer(struct.pack("<2H4xQ", size, size, ctypes.addressof(text)))
    attributes = struct.pack("<I4x2QI4x2Q", 48, 0, ctypes.addressof(name), 0x40, 0, 0)
    handle, outcome = ctypes.c_uint64(), ctypes.create_string_buffer(16)
    call = lab.reach("NtOpenFile", "ntdll.dll")
    status = call(ctypes.byref(handle), 0x120089, attributes, outcome, 7, 0x60) & 0xFFFFFFFF
    return status, handle.value


def enumerate_files(
    lab: Lab, handle: int, room: int, *, version: int = 15, size: int = 12, code: int = 0x22000F
) -> tuple[int, int]:
    """The status, and how many bytes were written."""
    question = struct.pack("<3I", version, 3, 1)
    outcome, output = ctypes.create_string_buffer(16), ctypes.create_string_buffer(max(room, 1))
    call = lab.reach("NtDeviceIoControlFile", "ntdll.dll")
    status = call(handle, 0, 0, 0, outcome, code, question, size, output, room) & 0xFFFFFFFF
    return status, struct.unpack_from("<Q", outcome, 8)[0]


def test_the_device_speaks_one_version(lab: Lab, machine: Any) -> None:
    machine.log(b"x" * 100, version=13)
    status, handle = open_device(lab)
    assert status == 0
    assert enumerate_files(lab, handle, 100)[0] == VERSION
    assert enumerate_files(lab, handle, 99, version=13)[0] == BUFFER_OVERFLOW
    assert enumerate_files(lab, handle, 100, version=13) == (0, 100)
    assert enumerate_files(lab, handle, 100, version=13, size=11)[0] == INVALID_PARAMETER
    assert enumerate_files(lab, handle, 100, version=13, code=0x220007)[0] == 0xC0000010
    ctypes.WinDLL("kernel32").CloseHandle(ctypes.c_void_p(handle))


def test_the_device_is_for_administrators(lab: Lab, machine: Any) -> None:
    assert machine
    lab.model("privileges").standard_user()
    assert open_device(lab)[0] == ACCESS_DENIED
