"""Flags and kinds of heaps have Windows' own numbers and words, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from house.through import through
from ntpages.heaps import EntryFlag, GlobalFlag, HeapFlag, HeapKind, PageHeapFlag

if TYPE_CHECKING:
    from enum import IntFlag

NUMBERS: dict[type[IntFlag], dict[str, int]] = {
    GlobalFlag: {  # FLG_* of the documentation of gflags
        "HEAP_TAIL_CHECK": 0x10,
        "HEAP_FREE_CHECK": 0x20,
        "HEAP_VALIDATE_PARAMETERS": 0x40,
        "HEAP_VALIDATE_ALL": 0x80,
        "HEAP_TAGGING": 0x800,
        "USER_STACK_TRACES": 0x1000,
        "HEAP_TAG_BY_DLL": 0x8000,
        "HEAP_DISABLE_COALESCING": 0x0020_0000,
        "HEAP_PAGE_ALLOCATIONS": 0x0200_0000,
    },
    EntryFlag: {  # RTL_HEAP_*; phnt, ntrtl.h
        "BUSY": 0x0001,
        "SEGMENT": 0x0002,
        "SETTABLE": 0x0010,
        "MOVABLE": 0x0020,
        "DDE_SHARE": 0x0040,
        "UNCOMMITTED": 0x1000,
        "NO_ACCESS": 0x2000,
        "LARGE": 0x4000,
        "LOW_FRAGMENTATION": 0x8000,
    },
    HeapFlag: {  # HEAP_*; winnt.h, and phnt, ntrtl.h
        "NO_SERIALIZE": 0x1,
        "GROWABLE": 0x2,
        "GENERATE_EXCEPTIONS": 0x4,
        "ZERO_MEMORY": 0x8,
        "REALLOC_IN_PLACE_ONLY": 0x10,
        "TAIL_CHECKING": 0x20,
        "FREE_CHECKING": 0x40,
        "DISABLE_COALESCING": 0x80,
        "SEGMENT_HEAP": 0x100,
        "PRIVATE": 0x1000,
        "ALIGN_16": 0x1_0000,
        "TRACING": 0x2_0000,
        "EXECUTABLE": 0x4_0000,
        "PAGE_ALLOCATIONS": 0x100_0000,
        "CAPTURE_STACKS": 0x800_0000,
        "SKIP_VALIDATION": 0x1000_0000,
        "VALIDATE_ALL": 0x2000_0000,
        "VALIDATE_PARAMETERS": 0x4000_0000,
    },
    PageHeapFlag: {  # PAGE_HEAP_*, as gflags and Application Verifier write them
        "ENABLE_PAGE_HEAP": 0x1,
        "COLLECT_STACK_TRACES": 0x2,
        "CATCH_BACKWARD_OVERRUNS": 0x10,
        "UNALIGNED_ALLOCATIONS": 0x20,
        "SMART_MEMORY_USAGE": 0x40,
        "USE_SIZE_RANGE": 0x80,
        "USE_DLL_RANGE": 0x100,
        "USE_RANDOM_DECISION": 0x200,
        "USE_DLL_NAMES": 0x400,
        "USE_FAULT_INJECTION": 0x800,
        "PROTECT_META_DATA": 0x1000,
        "CHECK_NO_SERIALIZE_ACCESS": 0x2000,
        "NO_LOCK_CHECKS": 0x4000,
    },
}


@through(kind=NUMBERS)
def test_names_have_windows_numbers_and_there_are_no_others(kind: type[IntFlag]) -> None:
    assert {name: int(value) for name, value in kind.__members__.items()} == NUMBERS[kind]


def test_a_heap_is_of_one_of_three_kinds() -> None:
    assert {kind.name: kind.value for kind in HeapKind} == {
        "NT": 0,
        "LOW_FRAGMENTATION": 1,
        "SEGMENT": 2,
    }
