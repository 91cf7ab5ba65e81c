"""Reading, writing and changing the memory of another process."""

from __future__ import annotations

import os
import threading
from array import array
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.errors import InvalidAddressError, NoSuchProcessError, NtError
from ntpages.processes import Process
from ntpages.regions import Placeholder, Protection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab
    from target import Target

PAGE = 4096


@pytest.fixture
def process(target: Target, request: pytest.FixtureRequest) -> Iterator[Process]:
    if "strict" in request.fixturenames:  # the laboratory has to see it opened
        request.getfixturevalue("strict")
    with Process(target.pid) as opened:
        yield opened


# ---- Reading -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place", ["private", "readonly", "executable", "border", "edge", "mapped", "writecopy"]
)
def test_reads_what_is_there(process: Process, target: Target, place: str) -> None:
    assert process.read(target[place], len(target.mark)) == target.mark


def test_reads_straight_into_a_buffer(process: Process, target: Target) -> None:
    buffer = bytearray(len(target.mark) + 4)
    with memoryview(buffer)[2:-2] as middle:
        assert process.read_into(target["private"], middle) == len(target.mark)
    assert bytes(buffer) == b"\0\0" + target.mark + b"\0\0"


def test_reads_into_what_is_no_array_of_bytes(process: Process, target: Target) -> None:
    target.tell("number 3 77")
    numbers = array("I", [0] * 8)
    process.read_into(target["numbers"], numbers)
    assert list(numbers) == [0, 0, 0, 77, 0, 0, 0, 0]


@pytest.mark.parametrize("buffer", [b"constant", memoryview(bytearray(8))[::2]])
def test_refuses_a_buffer_that_it_cant_fill(
    process: Process, target: Target, buffer: bytes
) -> None:
    with pytest.raises(BufferError):
        process.read_into(target["private"], buffer)


def test_reading_nothing_gives_nothing(process: Process, target: Target) -> None:
    assert process.read(target["private"], 0) == b""


@pytest.mark.usefixtures("strict")
def test_a_read_that_goes_too_far_says_how_far_it_got(process: Process, target: Target) -> None:
    start = target["edge"] - 100
    wanted = 100 + len(target.mark) + 50
    words = f"pid {target.pid}, {wanted - 50} of {wanted} bytes at {start:#x}"
    with pytest.raises(InvalidAddressError, match=words) as refused:
        process.read(start, wanted)
    assert refused.value.call == "ReadProcessMemory"


@pytest.mark.usefixtures("strict")
def test_a_partial_read_returns_what_there_is(process: Process, target: Target) -> None:
    data = process.read(target["edge"], 3 * PAGE, partial=True)
    assert data == target.mark


@pytest.mark.usefixtures("strict")
def test_a_partial_read_into_a_buffer_tells_how_much(process: Process, target: Target) -> None:
    buffer = bytearray(5 * PAGE)
    assert process.read_into(target["edge"], buffer, partial=True) == len(target.mark)
    assert buffer.startswith(target.mark)


@pytest.mark.usefixtures("strict")
def test_a_partial_read_of_nothing_is_empty(process: Process, target: Target) -> None:
    assert process.read(target["edge"] + len(target.mark), 10, partial=True) == b""


@pytest.mark.parametrize("address", [-1, 1 << 64])
def test_an_address_that_cant_be_is_refused(process: Process, address: int) -> None:
    with pytest.raises(ValueError, match=f"address must be from 0 to .*, not {address:#x}"):
        process.read(address, 1)


def test_a_size_that_cant_be_is_refused(process: Process) -> None:
    with pytest.raises(ValueError, match=r"size must be from 0 to .* bytes, not -1"):
        process.read(0x10000, -1)


@pytest.mark.usefixtures("strict")
def test_the_highest_address_is_no_accident(process: Process) -> None:
    with pytest.raises(InvalidAddressError):
        process.read((1 << 64) - 8, 16)


@pytest.mark.parametrize(
    ("ask", "size"),
    [
        (lambda process: process.read(0x10000, 1 << 40), 1 << 40),
        (lambda process: process.read(0x10000, 1 << 40, partial=True), 1 << 40),
        (lambda process: process.read_many([0x10000] * 4, 1 << 38), 1 << 40),
    ],
)
def test_more_than_there_is_memory_for_is_told_in_bytes(
    process: Process, ask: Any, size: int
) -> None:
    with pytest.raises(MemoryError, match=f"^there is no memory for {size} bytes$"):
        ask(process)


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("address", [0x7FFF_FFFF_0000, 0xFFFF_8000_0000_0000, 2**64 - 8])
def test_addresses_of_the_kernel_are_none_of_a_process(process: Process, address: int) -> None:
    refusals = (
        lambda: process.read(address, 8),
        lambda: process.write(address, b"8 bytes."),
        lambda: process.write(address, b"8 bytes.", unprotect=True),
    )
    for attempt in refusals:
        with pytest.raises(InvalidAddressError, match=f"pid {process.pid}"):
            attempt()
    assert process.read(address, 8, partial=True) == b""
    assert process.read_many([address], 8).missing == {0}
    assert len(process.scan(b"8", start=address).matches) == 0


# ---- Writing -------------------------------------------------------------------------------------


def test_writes_what_it_is_given(process: Process, target: Target) -> None:
    place = target["several"] + 100
    process.write(place, memoryview(b"abcdef")[1:4])
    assert process.read(place - 1, 5) == b"\0bcd\0"


def test_writing_nothing_changes_nothing(process: Process, target: Target) -> None:
    process.write(target["private"], b"")
    assert process.read(target["private"], len(target.mark)) == target.mark


@pytest.mark.usefixtures("strict")
def test_writing_where_nothing_is_fails(process: Process) -> None:
    with pytest.raises(NtError) as refused:
        process.write(0x10, b"lost")
    assert refused.value.call == "WriteProcessMemory"


@pytest.mark.usefixtures("strict")
def test_an_unprotected_write_leaves_every_protection_as_it_was(
    process: Process, target: Target
) -> None:
    first = target["several"] + 8 * PAGE
    process.protect(first, PAGE, Protection.READONLY)
    process.protect(first + PAGE, PAGE, Protection.EXECUTE_READ)
    process.protect(first + 2 * PAGE, PAGE, Protection.READWRITE | Protection.GUARD)
    data = b"xyz" * PAGE
    process.write(first, data, unprotect=True)
    kept = [process.protect(first + i * PAGE, PAGE, Protection.READWRITE) for i in range(3)]
    assert kept == [
        Protection.READONLY,
        Protection.EXECUTE_READ,
        Protection.READWRITE | Protection.GUARD,
    ]
    assert process.read(first, len(data)) == data


@pytest.mark.usefixtures("strict")
def test_nothing_is_unprotected_where_part_of_it_is_not_there(
    process: Process, target: Target
) -> None:
    with pytest.raises(NtError):
        process.write(target["edge"] - 5, bytes(PAGE), unprotect=True)
    assert process.read(target["edge"], len(target.mark)) == target.mark


@pytest.mark.usefixtures("strict")
def test_code_is_written_without_force_as_windows_does(process: Process, target: Target) -> None:
    process.write(target["executable"], b"\xcc")
    assert process.read(target["executable"], 1) == b"\xcc"
    kept = process.protect(target["executable"], 1, Protection.EXECUTE_READ)
    assert kept == Protection.EXECUTE_READ


@pytest.mark.usefixtures("strict")
def test_a_write_that_comes_to_a_page_it_cant_write_fails(process: Process, target: Target) -> None:
    first = target["several"] + 8 * PAGE
    process.protect(first + PAGE, PAGE, Protection.READONLY)
    with pytest.raises(InvalidAddressError) as refused:
        process.write(first + PAGE - 4, b"too long")
    assert refused.value.code == 299
    assert process.read(first + PAGE, 4) == b"j\0\0\0"


def test_a_write_by_force_leaves_the_targets_of_calls_alone(
    lab: Lab, process: Process, target: Target
) -> None:
    lab.record("VirtualProtectEx")
    process.write(target["executable"], b"by force", unprotect=True)
    asked = [call.arguments[3] & 0xFFFFFFFF for call in lab.calls("VirtualProtectEx")]
    no_update = 0x4000_0000  # PAGE_TARGETS_NO_UPDATE
    assert asked == [Protection.EXECUTE_READWRITE | no_update, Protection.EXECUTE_READ | no_update]


NO_UPDATE = Protection.TARGETS_NO_UPDATE
GUARDED_CODE = Protection.EXECUTE_READWRITE | Protection.GUARD
OPENED_CODE = Protection.EXECUTE_READWRITE | NO_UPDATE


@pytest.mark.parametrize(
    ("place", "protection", "asked"),
    [
        ("private", Protection.NOACCESS, [Protection.READWRITE, Protection.NOACCESS]),
        ("private", Protection.READONLY, [Protection.READWRITE, Protection.READONLY]),
        ("private", Protection.READWRITE, [Protection.READWRITE]),
        ("writecopy", Protection.WRITECOPY, [Protection.WRITECOPY]),
        ("private", Protection.EXECUTE, [OPENED_CODE, Protection.EXECUTE | NO_UPDATE]),
        ("private", Protection.EXECUTE_READ, [OPENED_CODE, Protection.EXECUTE_READ | NO_UPDATE]),
        ("private", Protection.EXECUTE_READWRITE, [OPENED_CODE]),
        ("private", GUARDED_CODE, [OPENED_CODE, GUARDED_CODE | NO_UPDATE]),
    ],
    ids=lambda value: value.name if isinstance(value, Protection) else "",
)
def test_a_write_by_force_opens_what_is_closed_and_puts_back_what_was_there(
    lab: Lab,
    process: Process,
    target: Target,
    place: str,
    protection: Protection,
    asked: list[Protection],
) -> None:
    process.protect(target[place], PAGE, protection)
    lab.record("VirtualProtectEx")
    process.write(target[place], b"x", unprotect=True)
    calls = lab.calls("VirtualProtectEx")
    assert [call.arguments[3] & 0xFFFFFFFF for call in calls] == asked


@pytest.mark.parametrize("size", [1, PAGE, 1 << 47])
def test_nothing_is_protected_at_the_end_of_all_addresses(process: Process, size: int) -> None:
    with pytest.raises(InvalidAddressError):
        process.protect((1 << 64) - 1, size, Protection.READONLY)
    with pytest.raises(InvalidAddressError):
        process.write((1 << 64) - 1, bytes(min(size, 8)), unprotect=True)


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("place", ["readonly", "guarded", "noaccess"])
def test_what_is_protected_is_not_written(process: Process, target: Target, place: str) -> None:
    with pytest.raises(InvalidAddressError) as refused:
        process.write(target[place], b"not allowed")
    assert refused.value.call == "WriteProcessMemory"


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("place", ["readonly", "executable", "guarded", "noaccess", "border"])
def test_what_is_protected_is_written_by_force(
    process: Process, target: Target, place: str
) -> None:
    process.write(target[place], b"by force", unprotect=True)
    with process.protected(target[place], 8, Protection.READONLY):
        assert process.read(target[place], 8) == b"by force"


@pytest.mark.usefixtures("strict")
def test_reading_a_guard_page_uses_its_guard_up(process: Process, target: Target) -> None:
    assert process.read(target["guarded"], len(target.mark)) == target.mark
    assert target.tell("guarded") == "no"


# ---- Allocating and protecting -------------------------------------------------------------------


def test_allocates_commits_and_frees(process: Process) -> None:
    address = process.allocate(3 * PAGE, commit=False)
    with pytest.raises(InvalidAddressError):
        process.protect(address, PAGE, Protection.READONLY)
    process.commit(address + PAGE, PAGE)
    process.write(address + PAGE, b"here")
    assert process.read(address + PAGE, 4) == b"here"
    process.decommit(address + PAGE, PAGE)
    process.free(address)
    with pytest.raises(NtError) as refused:
        process.free(address)
    assert refused.value.call == "VirtualFreeEx"


@pytest.mark.parametrize("beside", [1, 8, PAGE - 1])
def test_an_address_beside_an_allocation_frees_nothing(process: Process, beside: int) -> None:
    address = process.allocate(PAGE)
    with pytest.raises(
        ValueError, match=f"address must be a multiple of 4096 .*{address + beside}"
    ):
        process.free(address + beside)  # Windows would round it down
    process.write(address, b"still there")
    process.free(address)


def test_a_placeholder_is_committed_by_being_replaced_alone(lab: Lab) -> None:
    lab.model("regions")
    with Placeholder(16 * PAGE) as place, Process(os.getpid()) as own:
        with pytest.raises(InvalidAddressError, match="VirtualAllocEx"):
            own.commit(place.address, PAGE)
        with place.replace(commit=False) as region:
            own.commit(place.address, PAGE)
            with pytest.raises(NtError, match="VirtualFreeEx"):
                own.decommit(place.address, 17 * PAGE)
            assert region.committed == PAGE


def test_no_product_of_a_caller_s_numbers_wraps(process: Process) -> None:
    addresses = array("Q", [0] * (1 << 14))
    with pytest.raises(OverflowError, match=r"16384 times \d+ bytes"):
        process._read_many(addresses, (1 << 50) + 1)


def test_allocates_where_it_is_told(process: Process) -> None:
    address = process.allocate(1)
    process.free(address)
    assert process.allocate(PAGE, at=address) == address
    with pytest.raises(InvalidAddressError):
        process.allocate(PAGE, at=address)
    process.free(address)


def test_protect_returns_what_was_there(process: Process) -> None:
    address = process.allocate(PAGE, protection=Protection.EXECUTE_READ)
    assert process.protect(address, 1, Protection.READONLY) == Protection.EXECUTE_READ
    assert process.protect(address, 1, Protection.READWRITE) == Protection.READONLY
    process.free(address)


def test_protected_gives_every_region_its_own_protection_back(process: Process) -> None:
    address = process.allocate(3 * PAGE)
    process.protect(address + PAGE, PAGE, Protection.READONLY)
    with process.protected(address, 3 * PAGE, Protection.NOACCESS):
        assert process.protect(address + PAGE, 1, Protection.NOACCESS) == Protection.NOACCESS
    kept = [process.protect(address + i * PAGE, 1, Protection.READWRITE) for i in range(3)]
    assert kept == [Protection.READWRITE, Protection.READONLY, Protection.READWRITE]
    process.free(address)


def test_a_protection_changes_everywhere_or_nowhere(process: Process) -> None:
    address = process.allocate(3 * PAGE)
    process.decommit(address + 2 * PAGE, PAGE)
    with pytest.raises(InvalidAddressError):
        process.protect(address, 3 * PAGE, Protection.READONLY)
    assert process.protect(address, 1, Protection.READWRITE) == Protection.READWRITE
    process.free(address)


def test_its_regions_are_walked(process: Process, target: Target) -> None:
    rows = {row.address: row for row in process.regions()}
    assert rows[target["readonly"]].protection == Protection.READONLY


# ---- Threads and the dead ------------------------------------------------------------------------


def test_the_dead_are_no_such_process(process: Process, target: Target) -> None:
    process.write(target["several"], b"alive")
    target.end()
    for attempt in (
        lambda: process.read(target["private"], 4),
        lambda: process.read_into(target["private"], bytearray(4), partial=True),
        lambda: process.read_many([target["private"]], 4),
        lambda: process.write(target["several"], b"dead?"),
        lambda: process.write(target["several"], b"dead?", unprotect=True),
        lambda: process.allocate(PAGE),
        lambda: process.commit(target["several"], PAGE),
        lambda: process.free(target["several"]),
        lambda: process.protect(target["several"], PAGE, Protection.READONLY),
    ):
        with pytest.raises(NoSuchProcessError, match=f"pid {target.pid}"):
            attempt()


def test_closing_waits_for_what_other_threads_do(process: Process, target: Target) -> None:
    endings: list[BaseException] = []
    going = threading.Barrier(5)

    def read() -> None:
        going.wait()
        try:
            while True:
                assert process.read(target["private"], len(target.mark)) == target.mark
        except BaseException as ended:
            endings.append(ended)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    going.wait()
    process.close()
    for thread in threads:
        thread.join()
    assert [str(each) for each in endings] == ["process is closed"] * 4
