"""The laboratory's memory of processes: what copying is refused with, and in which order."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntlab import Lab
    from target import Target

pytestmark = pytest.mark.lab

PAGE = 4096
ACCESS_DENIED, INVALID_HANDLE, PARTIAL_COPY, NOACCESS = 5, 6, 299, 998
VM_OPERATION, VM_READ, VM_WRITE = 0x0008, 0x0010, 0x0020
COPYING = VM_OPERATION | VM_READ | VM_WRITE
LAST_OF_PROGRAMS = 0x7FFF_FFFE_FFFF
UNTOLD = 77  # in the count of bytes, where the call left it alone

CALLS = ("ReadProcessMemory", "WriteProcessMemory")
CALL = pytest.mark.parametrize("name", CALLS)


@pytest.fixture(autouse=True)
def model(lab: Lab) -> None:
    lab.model("processes")


@pytest.fixture
def opened(lab: Lab, target: Target) -> Iterator[Callable[[int], int]]:
    """Handles of the target, closed when the test ends."""
    handles: list[int] = []

    def open_for(access: int) -> int:
        handles.append(lab.reach("OpenProcess")(access, 0, target.pid))
        assert handles[-1]
        return handles[-1]

    yield open_for
    for handle in handles:
        lab.reach("CloseHandle")(handle)


@pytest.fixture
def copy(lab: Lab) -> Any:
    """A copy of so many bytes: the code it is refused with, 0 if it is not, and its count."""
    buffer = ctypes.create_string_buffer(2 * PAGE)

    def ask(name: str, handle: int, address: int, size: int) -> tuple[int, int]:
        count: Any = ctypes.c_uint64(UNTOLD)
        done = lab.reach(name)(handle, address, buffer, size, ctypes.byref(count)) & 0xFFFFFFFF
        return 0 if done else ctypes.get_last_error(), count.value

    return ask


@CALL
@pytest.mark.parametrize("handle", [0, 0x7FFF_FFF0], ids=["null", "of nothing"])
def test_what_is_no_handle_is_an_invalid_one(
    copy: Any, target: Target, name: str, handle: int
) -> None:
    assert copy(name, handle, target["several"], 1)[0] == INVALID_HANDLE


@CALL
def test_a_handle_that_was_closed_is_an_invalid_one(
    lab: Lab, copy: Any, target: Target, name: str
) -> None:
    handle = lab.reach("OpenProcess")(COPYING, 0, target.pid)
    assert copy(name, handle, target["several"], 1)[0] == 0
    lab.reach("CloseHandle")(handle)
    assert copy(name, handle, target["several"], 1)[0] == INVALID_HANDLE


@pytest.mark.parametrize(
    ("name", "access"),
    [
        ("ReadProcessMemory", VM_WRITE | VM_OPERATION),
        ("WriteProcessMemory", VM_READ | VM_WRITE),
        ("WriteProcessMemory", VM_READ | VM_OPERATION),
    ],
)
def test_a_handle_without_the_right_is_denied(
    copy: Any, opened: Any, target: Target, name: str, access: int
) -> None:
    assert copy(name, opened(access), target["several"], 1)[0] == ACCESS_DENIED


@CALL
@pytest.mark.parametrize("place", ["several", "noaccess", "guarded"])
def test_nothing_is_always_copied(
    copy: Any, opened: Any, target: Target, name: str, place: str
) -> None:
    assert copy(name, opened(COPYING), target[place], 0) == (0, 0)
    assert target.tell("guarded") == "yes"


def test_nothing_is_read_without_a_look_at_the_handle(copy: Any, target: Target) -> None:
    assert copy("ReadProcessMemory", 0, target["several"], 0) == (0, 0)


@CALL
@pytest.mark.parametrize(
    ("address", "size"),
    [
        (LAST_OF_PROGRAMS + 1, 1),
        (LAST_OF_PROGRAMS - 3, 5),
        (0xFFFF_8000_0000_0000, 8),
        (2**64 - 1, 1),
        (2**64 - PAGE, 2 * PAGE),
    ],
    ids=hex,
)
def test_what_is_the_kernels_is_no_access(
    copy: Any, opened: Any, name: str, address: int, size: int
) -> None:
    assert copy(name, opened(COPYING), address, size) == (NOACCESS, UNTOLD)


def test_the_kernels_addresses_are_refused_before_the_handle(copy: Any) -> None:
    assert copy("ReadProcessMemory", 0, LAST_OF_PROGRAMS + 1, 1)[0] == NOACCESS


@pytest.mark.parametrize("place", ["noaccess", "guarded"])
def test_a_page_that_refuses_ends_a_read_in_part(
    copy: Any, opened: Any, target: Target, place: str
) -> None:
    assert copy("ReadProcessMemory", opened(COPYING), target[place], 1) == (PARTIAL_COPY, 0)


@pytest.mark.parametrize("place", ["readonly", "noaccess"])
def test_a_page_that_refuses_to_be_written_is_no_access(
    copy: Any, opened: Any, target: Target, place: str
) -> None:
    assert copy("WriteProcessMemory", opened(COPYING), target[place], 1)[0] == NOACCESS
