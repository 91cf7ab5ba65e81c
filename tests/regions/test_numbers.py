"""Flags and kinds of regions have the numbers of winnt.h, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from house.through import through
from ntpages._native.regions import AllocationType
from ntpages.regions import Attribute, OfferPriority, Protection, Traits

if TYPE_CHECKING:
    from enum import IntEnum, IntFlag

NUMBERS: dict[type[IntFlag | IntEnum], dict[str, int]] = {
    Protection: {  # PAGE_*
        "NOACCESS": 0x01,
        "READONLY": 0x02,
        "READWRITE": 0x04,
        "WRITECOPY": 0x08,
        "EXECUTE": 0x10,
        "EXECUTE_READ": 0x20,
        "EXECUTE_READWRITE": 0x40,
        "EXECUTE_WRITECOPY": 0x80,
        "GUARD": 0x100,
        "NOCACHE": 0x200,
        "WRITECOMBINE": 0x400,
        "TARGETS_INVALID": 0x4000_0000,
        "TARGETS_NO_UPDATE": 0x4000_0000,
    },
    AllocationType: {  # MEM_*
        "COMMIT": 0x1000,
        "RESERVE": 0x2000,
        "RESERVE_PLACEHOLDER": 0x0004_0000,
        "TOP_DOWN": 0x0010_0000,
        "WRITE_WATCH": 0x0020_0000,
        "PHYSICAL": 0x0040_0000,
        "LARGE_PAGES": 0x2000_0000,
    },
    Attribute: {  # MEM_EXTENDED_PARAMETER_*
        "NONE": 0x00,
        "NONPAGED": 0x02,
        "ZERO_PAGES_OPTIONAL": 0x04,
        "NONPAGED_LARGE": 0x08,
        "NONPAGED_HUGE": 0x10,
        "SOFT_FAULT_PAGES": 0x20,
        "EC_CODE": 0x40,
    },
    OfferPriority: {"VERY_LOW": 1, "LOW": 2, "BELOW_NORMAL": 3, "NORMAL": 4},
    Traits: {  # the bits of MEMORY_REGION_INFORMATION; phnt, ntmmapi.h
        "PRIVATE": 0x1,
        "MAPPED_DATA_FILE": 0x2,
        "MAPPED_IMAGE": 0x4,
        "MAPPED_PAGE_FILE": 0x8,
        "MAPPED_PHYSICAL": 0x10,
        "DIRECT_MAPPED": 0x20,
        "SOFTWARE_ENCLAVE": 0x40,
        "PAGES_64K": 0x80,
        "PLACEHOLDER": 0x100,
        "MAPPED_AWE": 0x200,
        "WRITE_WATCH": 0x400,
        "LARGE_PAGES": 0x800,
        "HUGE_PAGES": 0x1000,
    },
}


@through(kind=NUMBERS)
def test_names_have_windows_numbers_and_there_are_no_others(kind: type[IntFlag | IntEnum]) -> None:
    assert {name: int(value) for name, value in kind.__members__.items()} == NUMBERS[kind]
