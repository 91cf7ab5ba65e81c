"""Stacks, TEBs, PEBs and heaps of another process, 64-bit or 32-bit, where it says they are."""

from __future__ import annotations

import ctypes
import struct
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import regions, system
from ntpages.processes import Process
from ntpages.regions import Region, State, Use
from target.memory import BITS32, BITS64, Width, row_at, written_over

if TYPE_CHECKING:
    from ntlab import Lab
    from target import Target

PAGE = 4096
WINE = system.windows().wine is not None

POINTED_AT = {  # by the PEB: what, and where it says so in the 64-bit one and in the 32-bit one
    Use.API_SETS: (0x68, 0x38),
    Use.SERVER_MEMORY: (0x88, 0x4C),
    Use.CODE_PAGES: (0xA0, 0x58),
    Use.GDI_HANDLES: (0xF8, 0x94),
    Use.SHIMS: (0x2D8, 0x1E8),
    Use.ACTIVATION_CONTEXT: (0x2F8, 0x1F8),
    Use.ASSEMBLY_STORAGE: (0x300, 0x1FC),
    Use.DEFAULT_CONTEXT: (0x308, 0x200),
    Use.ERROR_REPORTING: (0x358, 0x230),
}


def rows_of(target: Target, use: Use) -> list[Any]:
    return [row for row in regions.walk(target.pid) if row.use is use]


def test_the_stack_that_the_program_runs_on_is_its_threads(target: Target, width: Width) -> None:
    row = row_at(target, target["stack"])
    stack = width.use(Use.STACK)
    assert (row.use, row.thread, row.state) == (stack, target["thread"], State.COMMIT)


def of_thread(target: Target, use: Use) -> list[Any]:
    return [row for row in rows_of(target, use) if row.thread == target["thread"]]


def test_a_32_bit_thread_has_a_stack_and_a_teb_for_the_64_bit_code_around_it(
    target: Target, width: Width
) -> None:
    row = row_at(target, target["teb"])
    assert (row.use, row.thread) == (width.use(Use.TEB), target["thread"])
    assert sum(each.size for each in of_thread(target, Use.TEB)) == 2 * PAGE
    narrow = 0 if width is BITS64 else 1
    assert sum(each.size for each in of_thread(target, Use.TEB32)) == narrow * PAGE
    for use, stacks in ((Use.STACK, 1), (Use.STACK32, narrow)):
        assert len({each.allocation_base for each in of_thread(target, use)}) == stacks, use


@pytest.mark.parametrize("field", ["self", "thread"])
def test_a_teb_that_is_no_longer_the_threads_marks_nothing(
    target: Target, width: Width, field: str
) -> None:
    stack, teb = width.use(Use.STACK), width.use(Use.TEB)
    place = target["teb"] + getattr(width, field)
    with written_over(target, place, width.pack(4)):
        assert row_at(target, target["teb"]).use is not teb
        assert row_at(target, target["stack"]).use is not stack
    assert row_at(target, target["stack"]).use is stack


def test_a_stack_is_private_memory_whatever_the_teb_says(target: Target, width: Width) -> None:
    image = width.pack(target["program"] + PAGE)
    with written_over(target, target["teb"] + width.stack_base, image):
        assert row_at(target, target["program"]).use is Use.IMAGE


def test_a_32_bit_process_has_two_pebs(target: Target, width: Width) -> None:
    assert row_at(target, target["peb"]).use is width.use(Use.PEB)
    assert sum(row.size for row in rows_of(target, Use.PEB)) == PAGE
    assert sum(row.size for row in rows_of(target, Use.PEB32)) == (width is BITS32) * PAGE


@pytest.mark.parametrize("use", POINTED_AT, ids=lambda use: use.value)
def test_what_the_peb_points_at_has_its_name(target: Target, width: Width, use: Use) -> None:
    field = target["peb"] + POINTED_AT[use][0 if width is BITS64 else 1]
    place = target["numbers"]
    before = row_at(target, place).use
    with written_over(target, field, width.pack(place + 8)):
        assert (before, row_at(target, place).use) == (Use.PRIVATE, use)
    assert row_at(target, place).use is before


@pytest.mark.parametrize("use", POINTED_AT, ids=lambda use: use.value)
def test_what_lies_in_a_heap_or_a_program_is_theirs(target: Target, width: Width, use: Use) -> None:
    field = target["peb"] + POINTED_AT[use][0 if width is BITS64 else 1]
    for place, its in (("heap", width.use(Use.HEAP)), ("program", Use.IMAGE)):
        with written_over(target, field, width.pack(target[place] + PAGE)):
            assert row_at(target, target[place]).use is its


@pytest.mark.parametrize("pointer", [4, 0xFFFF_FFFF])
def test_a_pointer_that_leads_nowhere_marks_nothing(
    target: Target, width: Width, pointer: int
) -> None:
    before = regions.walk(target.pid).column("use").tolist()
    field = target["peb"] + POINTED_AT[Use.SHIMS][0 if width is BITS64 else 1]
    with written_over(target, field, width.pack(pointer)):
        assert regions.walk(target.pid).column("use").tolist() == before


def test_the_kernels_page_is_in_every_process(target: Target) -> None:
    row = row_at(target, 0x7FFE_0000)
    assert (row.use, row.size) == (Use.SHARED_DATA, PAGE)


@pytest.mark.lab
def test_a_hypervisors_page_is_told_from_its_neighbours(lab: Lab) -> None:
    door = lab.model("regions")
    with Region(3 * PAGE) as region:
        door.hypervisor_page(region.address + PAGE)
        mine = [row for row in regions.walk() if row.allocation_base == region.address]
        assert [row.use for row in mine] == [Use.PRIVATE, Use.HYPERVISOR_DATA, Use.PRIVATE]
        lab.fail("NtQuerySystemInformation", every=True, code=0xC0000003)  # an older Windows
        mine = [row for row in regions.walk() if row.allocation_base == region.address]
        assert [row.use for row in mine] == [Use.PRIVATE]


BLOCK = {128: 96, 208: 176, 224: 176, 240: 184, 296: 184}
"""Sizes of the block that the kernel fills for ntdll, and where the bitmaps are in it."""


@pytest.mark.parametrize("width", [BITS64], indirect=True)
@pytest.mark.parametrize("size", BLOCK)
@pytest.mark.parametrize("bitmap", [0, 16], ids=["64-bit", "32-bit"])
def test_bitmaps_of_control_flow_guard_are_found_by_the_size_of_their_block(
    target: Target, width: Width, size: int, bitmap: int
) -> None:
    del width
    block = init_block()
    with Process(target.pid) as process:
        before = process.read(block, 296)
        content = bytearray(296)
        struct.pack_into("<I", content, 0, size)
        struct.pack_into("<Q", content, BLOCK[size] + bitmap, target["numbers"])
        process.write(block, bytes(content), unprotect=True)
        try:
            use = Use.CFG_BITMAP if bitmap == 0 else Use.CFG_BITMAP32
            assert row_at(target, target["numbers"]).use is use
            process.write(block, struct.pack("<I", 100), unprotect=True)  # none that is known
            assert row_at(target, target["numbers"]).use is Use.PRIVATE
        finally:
            process.write(block, before, unprotect=True)


def init_block() -> int:
    ntdll = ctypes.WinDLL("ntdll")
    return ctypes.addressof(ctypes.c_uint32.in_dll(ntdll, "LdrSystemDllInitBlock"))
