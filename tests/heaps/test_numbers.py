"""Flags and kinds of heaps have Windows' own numbers and words, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ntpages.heaps import EntryFlag, GlobalFlag, HeapKind

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
        "UNCOMMITTED": 0x1000,
        "NO_ACCESS": 0x2000,
        "LARGE": 0x4000,
        "LOW_FRAGMENTATION": 0x8000,
    },
}


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind in NUMBERS for name in NUMBERS[kind]],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_name_has_windows_number(kind: type[IntFlag], name: str) -> None:
    assert int(kind[name]) == NUMBERS[kind][name]


@pytest.mark.parametrize("kind", NUMBERS, ids=lambda kind: kind.__name__)
def test_there_are_no_other_names(kind: type[IntFlag]) -> None:
    assert {*kind.__members__} == {*NUMBERS[kind]}


def test_a_heap_is_of_one_of_three_kinds() -> None:
    assert {kind.name: kind.value for kind in HeapKind} == {
        "NT": 0,
        "LOW_FRAGMENTATION": 1,
        "SEGMENT": 2,
    }
