"""Names of programs, as people choose them, row by row."""

from __future__ import annotations

import pytest

from ntpages.processes.names import Names


@pytest.mark.parametrize(
    ("pattern", "name", "is_chosen"),
    [
        ("notepad.exe", "notepad.exe", True),
        ("NotePad.EXE", "nOTEpAD.exe", True),
        ("notepad", "notepad.exe", False),
        ("note*", "notepad.exe", True),
        ("*", "notepad.exe", True),
        ("*", "", True),
        ("*.exe", "notepad.dll", False),
        ("notepa?.exe", "notepad.exe", True),
        ("notepad?.exe", "notepad.exe", False),
        ("setup[1].exe", "setup[1].exe", True),
        ("setup[1].exe", "setup1.exe", False),
        ("setup[1]*", "Setup[1].exe", True),
        ("STRASSE.exe", "straße.exe", True),
        ("", "notepad.exe", False),
    ],
)
def test_a_pattern_chooses_names(pattern: str, name: str, *, is_chosen: bool) -> None:
    assert Names([pattern]).match(name) == is_chosen


def test_one_of_several_patterns_will_do() -> None:
    names = Names(["a*", "b*"])
    assert [names.match(name) for name in ("a.exe", "b.exe", "c.exe")] == [True, True, False]


def test_no_pattern_chooses_nobody() -> None:
    assert not Names([]).match("notepad.exe")
