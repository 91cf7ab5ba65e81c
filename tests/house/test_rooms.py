"""Where things are: every noun has its rooms, and no room is too full."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from house.layout import NATIVE, NOUNS, PACKAGE, ROOT, name_of, sources

if TYPE_CHECKING:
    from pathlib import Path

LINES = 400

EVERYTHING = [
    *sources(NATIVE, "*.cpp", "*.hpp"),
    *sources(PACKAGE, "*.py"),
    *sources(ROOT / "tests", "*.py", "*.cpp", "*.hpp"),
    *sources(ROOT / "bench", "*.py", "*.cpp"),
    ROOT / "dev.py",
]


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_has_its_rooms(noun: str) -> None:
    floors = [NATIVE, PACKAGE, ROOT / "tests"]
    homeless = [
        floor.name
        for floor in floors
        if not (floor / noun).is_dir() and not list(floor.glob(f"{noun}.*"))
    ]
    assert homeless == []


def test_no_file_is_a_place_for_what_has_no_noun() -> None:
    nameless = {"utils", "util", "common", "helpers", "helper", "misc"}
    assert [name_of(path) for path in EVERYTHING if path.stem in nameless] == []


def test_the_name_of_another_package_stands_in_the_changelog_alone() -> None:
    other = b"nt" + b"mem"
    made = {".git", ".ntpages", "dist", "__pycache__"}
    found = []
    for path in ROOT.rglob("*"):
        if made & {*path.relative_to(ROOT).parts}:
            continue
        said = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
        found += [name_of(path)] if other in said.lower() else []
    assert found == ["CHANGELOG.md"]


def lines_of_code(path: Path) -> int:
    """Lines that do something: no blank ones, no comments, no docstrings."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = re.sub(r'^ *r?"""(?:.|\n)*?"""', "", text, flags=re.MULTILINE)
    lines = (line.strip() for line in text.splitlines())
    return sum(1 for line in lines if line and not line.startswith(("#", "//")))


@pytest.mark.parametrize("path", EVERYTHING, ids=name_of)
def test_no_file_is_too_long_to_read(path: Path) -> None:
    assert lines_of_code(path) <= LINES
