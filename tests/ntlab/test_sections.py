"""The laboratory's sections: as strict as Windows with what ntpages never asks, or asks first."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab

PAGE, GRAIN, LARGE = 4096, 65536, 2 << 20
SELF = 2**64 - 1
READWRITE, NOACCESS, READONLY = 4, 1, 2
SEC_COMMIT, SEC_RESERVE, SEC_LARGE = 0x8000000, 0x4000000, 0x80000000
MAP, MAP_LARGE = 6, 0x20000006
RESERVE, RESERVE_PLACE, REPLACE, RELEASE, PRESERVE = 0x2000, 0x40000, 0x4000, 0x8000, 2
ALIGNMENT, BAD, TAKEN, NO_PRIVILEGE, BAD_HANDLE = 1132, 87, 487, 1314, 6
ANY = 0xFFFFFFFF


class Kernel:
    """The functions, as ntpages reaches them; each answers what it gave and a code."""

    def __init__(self, lab: Lab) -> None:
        self.reach = lab.reach
        self.alloc2 = lab.reach("VirtualAlloc2", "kernelbase.dll")
        self.map3 = lab.reach("MapViewOfFile3", "kernelbase.dll")
        self.unmap2 = lab.reach("UnmapViewOfFile2", "kernelbase.dll")

    def section(self, size: int, kind: int = SEC_COMMIT, node: int = ANY) -> tuple[int, int]:
        create = self.reach("CreateFileMappingNumaW")
        made = create(SELF, 0, READWRITE | kind, size >> 32, size & 0xFFFFFFFF, 0, node)
        return made, 0 if made else ctypes.get_last_error()

    def view(self, section: int, access: int, offset: int, size: int) -> tuple[int, int]:
        made = self.reach("MapViewOfFileEx")(section, access, 0, offset, size, 0)
        return made, 0 if made else ctypes.get_last_error()

    def unmap(self, base: int) -> int:
        return self.reach("UnmapViewOfFile")(base) & 1

    def placeholder(self, size: int) -> int:
        return self.alloc2(0, 0, size, RESERVE | RESERVE_PLACE, NOACCESS, 0, 0)

    def in_place(self, section: int, base: int, offset: int, size: int, **other: Any) -> int:
        """0, or the code of the refusal."""
        wish = {"process": SELF, "kind": REPLACE, "protection": READWRITE, **other}
        made = self.map3(
            *(section, wish["process"], base, offset, size),
            *(wish["kind"], wish["protection"], 0, 0),
        )
        return 0 if made else ctypes.get_last_error()

    def close(self, *handles: int) -> None:
        for handle in handles:
            self.reach("CloseHandle")(handle)


@pytest.fixture
def kernel(lab: Lab) -> Kernel:
    lab.model("sections")
    lab.model("privileges").hold("SeLockMemoryPrivilege", enabled=True)
    return Kernel(lab)


@pytest.mark.parametrize(
    ("size", "kind"),
    [(LARGE, SEC_LARGE), (LARGE, SEC_LARGE | SEC_RESERVE), (PAGE, SEC_LARGE | SEC_COMMIT)],
)
def test_large_pages_that_can_not_be(kernel: Kernel, size: int, kind: int) -> None:
    assert kernel.section(size, kind) == (0, BAD)


def test_a_privilege_that_is_held_but_not_enabled_is_not_enough(lab: Lab, kernel: Kernel) -> None:
    lab.model("privileges").hold("SeLockMemoryPrivilege", enabled=False)
    assert kernel.section(LARGE, SEC_LARGE | SEC_COMMIT) == (0, NO_PRIVILEGE)


def test_a_view_is_large_where_both_are_and_only_if_it_asks(lab: Lab, kernel: Kernel) -> None:
    door = lab.model("sections")
    large, _ = kernel.section(2 * LARGE, SEC_LARGE | SEC_COMMIT)
    small, _ = kernel.section(2 * LARGE)
    assert kernel.view(small, MAP_LARGE, 0, LARGE) == (0, BAD)
    assert kernel.view(large, MAP_LARGE, GRAIN, LARGE) == (0, ALIGNMENT)
    assert kernel.view(large, MAP_LARGE, 0, PAGE) == (0, BAD)
    silent, _ = kernel.view(large, MAP, 0, LARGE)
    assert door.large == 0
    asked, _ = kernel.view(large, MAP_LARGE, LARGE, LARGE)
    assert (door.large, asked % LARGE) == (LARGE, 0)
    assert kernel.unmap(silent)
    assert kernel.unmap(asked)
    assert door.large == 0
    kernel.close(large, small)


def test_a_view_takes_a_whole_placeholder_and_nothing_else(kernel: Kernel) -> None:
    section, _ = kernel.section(4 * GRAIN)
    place = kernel.placeholder(2 * GRAIN)
    assert kernel.in_place(section, place, 0, GRAIN) == TAKEN
    assert kernel.in_place(section, place + GRAIN, 0, GRAIN) == TAKEN
    assert kernel.in_place(section, place, 100, 2 * GRAIN) == ALIGNMENT
    assert kernel.in_place(section, place, 0, 2 * GRAIN - 1) == BAD
    assert kernel.in_place(section, place, 0, 2 * GRAIN, protection=NOACCESS) == BAD
    assert kernel.in_place(section, place, 0, 2 * GRAIN, kind=REPLACE | 1) == BAD
    assert kernel.in_place(section, place, 0, 2 * GRAIN, process=0) == BAD_HANDLE
    assert kernel.reach("VirtualFree")(place, 0, RELEASE) & 1
    kernel.close(section)


def test_a_view_leaves_a_placeholder_where_one_was(kernel: Kernel) -> None:
    section, _ = kernel.section(4 * GRAIN)
    place = kernel.placeholder(2 * GRAIN)
    free = kernel.reach("VirtualFree")
    assert free(place, GRAIN, RELEASE | PRESERVE) & 1
    assert kernel.in_place(section, place, 0, GRAIN) == 0
    assert kernel.in_place(section, place + GRAIN, 0, GRAIN) == 0
    ctypes.memset(place, 7, 1)
    assert ctypes.string_at(place + GRAIN, 1) == b"\7"
    assert not kernel.unmap2(SELF, place, 4) & 1
    assert ctypes.get_last_error() == BAD
    assert kernel.unmap2(SELF, place, PRESERVE) & 1
    assert kernel.in_place(section, place, GRAIN, GRAIN) == 0
    assert kernel.unmap(place)
    assert kernel.unmap(place + GRAIN)
    plain, _ = kernel.view(section, MAP, 0, GRAIN)
    assert not kernel.unmap2(SELF, plain, PRESERVE) & 1
    assert ctypes.get_last_error() == TAKEN
    assert kernel.unmap(plain)
    kernel.close(section)
