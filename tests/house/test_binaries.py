"""What the compiled files need, how they are hardened, and what the wheel says is in them."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import ntpages
from ntpages import _native, bench

pefile = pytest.importorskip("pefile")

assert _native.__file__
MODULES = [Path(_native.__file__), *Path(bench.__path__[0]).glob("_bare.*.pyd")]
LAUNCHER = os.environ.get("NTPAGES_LAUNCHER_EXE")  # where the tests' own parts were built
BINARIES = [*MODULES, *([Path(LAUNCHER)] if LAUNCHER else [])]
EX_CHARACTERISTICS = 20  # the kind of debug entry that Microsoft's linker says CETCOMPAT in


@cache
def read(path: Path) -> Any:
    """What is in a binary: to read that takes a while."""
    return pefile.PE(str(path))


@pytest.fixture(params=BINARIES, ids=lambda path: path.name.partition(".")[0])
def image(request: pytest.FixtureRequest) -> Any:
    return read(request.param)


def needed_by(image: Any) -> set[str]:
    return {entry.dll.decode().lower() for entry in image.DIRECTORY_ENTRY_IMPORT}


def is_microsofts(image: Any) -> bool:
    """Whether Microsoft's compiler built it: MinGW's asks for another C runtime."""
    return "msvcrt.dll" not in needed_by(image)


def test_both_modules_are_looked_at() -> None:
    assert [path.name.partition(".")[0] for path in MODULES] == ["_native", "_bare"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name.partition(".")[0])
def test_a_module_needs_windows_and_python_alone(path: Path) -> None:
    allowed = {"kernel32.dll", "advapi32.dll", "msvcrt.dll"}
    needed = needed_by(read(path))
    python = {name for name in needed if re.fullmatch(r"python3\d*\.dll", name)}
    runtime = {name for name in needed if name.startswith("api-ms-win-crt-")}  # of MSVC builds
    assert len(python) == 1
    assert needed - python - runtime <= allowed


def test_it_is_loaded_anywhere_and_its_data_never_runs(image: Any) -> None:
    header = image.OPTIONAL_HEADER
    assert header.IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE
    assert header.IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA
    assert header.IMAGE_DLLCHARACTERISTICS_NX_COMPAT
    assert not image.FILE_HEADER.IMAGE_FILE_RELOCS_STRIPPED


def test_no_section_is_both_writable_and_executable(image: Any) -> None:
    assert [
        section.Name
        for section in image.sections
        if section.IMAGE_SCN_MEM_WRITE and section.IMAGE_SCN_MEM_EXECUTE
    ] == []


def test_microsofts_compiler_guards_its_jumps(image: Any) -> None:
    guarded = bool(image.OPTIONAL_HEADER.IMAGE_DLLCHARACTERISTICS_GUARD_CF)
    assert guarded == is_microsofts(image)


def test_microsofts_compiler_keeps_shadow_stacks_on_x86(image: Any) -> None:
    said = [
        image.get_data(entry.struct.AddressOfRawData, 4)[0] & 1
        for entry in getattr(image, "DIRECTORY_ENTRY_DEBUG", [])
        if entry.struct.Type == EX_CHARACTERISTICS
    ]
    x86 = image.FILE_HEADER.Machine == pefile.MACHINE_TYPE["IMAGE_FILE_MACHINE_AMD64"]
    assert any(said) == (x86 and is_microsofts(image))


def test_the_wheel_says_what_is_in_it() -> None:
    files = metadata.files("ntpages") or ()
    [file] = [each for each in files if each.parts[1:2] == ("sboms",)]
    said = json.loads(file.read_text(encoding="utf-8"))
    assert (file.name, said["bomFormat"]) == ("ntpages.cdx.json", "CycloneDX")
    assert said["metadata"]["component"]["version"] == ntpages.__version__

    parts = {each["name"]: each for each in said["components"]}
    compiled = [name for name in parts if not parts[name].get("purl", "").startswith("pkg:pypi/")]
    asked = [
        re.match(r"[\w-]+", each)[0]  # type: ignore[index]
        for each in metadata.requires("ntpages") or ()
        if "extra ==" not in each
    ]
    assert {*parts} == {"pybind11", *asked, *compiled}
    assert len(compiled) == 1  # the C++ runtime of whichever compiler it was
    for name in ("pybind11", *compiled):
        assert re.fullmatch(r"\d+\.\d[\d.]*", parts[name]["version"])
    [edges] = said["dependencies"]
    assert sorted(edges["dependsOn"]) == sorted(each["bom-ref"] for each in said["components"])
