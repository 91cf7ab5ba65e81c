"""What the C++ half may use, and where Python begins in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from house.layout import NATIVE, ROOT, name_of, sources
from house.through import through

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVERYTHING = sources(NATIVE, "*.cpp", "*.hpp")
# As CMakeLists.txt tells them apart; with the headers that they share.
BINDINGS = [path for path in EVERYTHING if path.stem.endswith(("binding", "module"))]
GROUND = [NATIVE / f"{part}.hpp" for part in ("bind", "buffer", "method", "record")]


def test_every_native_file_says_what_is_in_it() -> None:
    for path in EVERYTHING:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        said = re.fullmatch(r"// ([\w/]+): \S.*", first)
        assert said, path
        assert said[1] == path.relative_to(NATIVE).with_suffix("").as_posix()


def uses(unwanted: str, paths: list[Path], read: Callable[[Path], str]) -> list[tuple[str, str]]:
    """What of files there should not be, with the file that has it."""
    pattern = re.compile(unwanted, re.MULTILINE)
    return [(name_of(path), found) for path in paths for found in pattern.findall(read(path))]


def test_no_native_file_uses_what_msvc_or_gcc_lacks() -> None:
    lacking = r"^\s*#\s*define|\b__try\b|<format>|__attribute__|\bgoto\b"
    assert uses(lacking, EVERYTHING, lambda path: path.read_text(encoding="utf-8")) == []


def test_no_native_file_loads_a_library_but_from_windows_own_folder() -> None:
    windows_own = r"LoadLibraryExW\(\w+, nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32\)"
    of_its_failure = r'LoadLibraryExW", code'
    loading = r"\b(?:LoadLibrary|LdrLoadDll|LoadPackagedLibrary)\w*"
    assert uses(f"(?!{windows_own}|{of_its_failure}){loading}", EVERYTHING, code_of) == []


def windows_functions() -> set[str]:
    """The names that the laboratory knows: every function ntpages calls is among them."""
    table = (ROOT / "tests" / "ntlab" / "failures.cpp").read_text(encoding="utf-8")
    return set(re.findall(r'^    \{"(\w+)"', table, re.MULTILINE))


def code_of(path: Path) -> str:
    """A native file without its comments."""
    return re.sub(r"//.*", "", path.read_text(encoding="utf-8"))


def test_the_work_knows_no_python() -> None:
    python = r"\bpy::|\bPy[A-Z_]|pybind11|Python\.h|"
    python += r"native/(?:bind|buffer|method|record)\.hpp|_binding\.hpp"
    assert uses(python, sorted({*EVERYTHING} - {*BINDINGS} - {*GROUND}), code_of) == []


@through(path=[*BINDINGS, *GROUND])
def test_where_python_begins_windows_ends(path: Path) -> None:
    called = set(re.findall(r"(?<![\w:.>])(\w+)\s*\(", code_of(path)))
    assert called & windows_functions() == set()


@through(path=[*BINDINGS, *GROUND[1:]])
def test_classes_are_bound_in_the_one_way_that_asks_for_the_guard(path: Path) -> None:
    assert "pybind11::" not in code_of(path)  # ``py::class_`` is ours: see bind.hpp
