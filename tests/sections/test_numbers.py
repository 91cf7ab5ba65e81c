"""Attributes of sections have the numbers of winnt.h, row by row."""

from __future__ import annotations

from ntpages.sections import Attributes


def test_attributes_are_those_of_windows() -> None:
    assert {name: int(value) for name, value in Attributes.__members__.items()} == {
        "FILE": 0x80_0000,  # SEC_*
        "IMAGE": 0x100_0000,
        "RESERVE": 0x400_0000,
        "COMMIT": 0x800_0000,
        "NOCACHE": 0x1000_0000,
        "WRITECOMBINE": 0x4000_0000,
        "LARGE_PAGES": 0x8000_0000,
    }
