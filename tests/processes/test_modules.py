"""Programs and DLLs in a process, and addresses that are written by them."""

from __future__ import annotations

import sys

import pytest

from ntpages import regions
from ntpages.errors import NoSuchProcessError
from ntpages.processes import Process, Values
from ntpages.processes.modules import Modules, Place
from ntpages.regions import Type
from ntpages.table import Table
from target import EXECUTABLE32, Target

PAGE = 4096


def test_every_image_of_the_address_space_is_a_module_from_its_base_to_its_end(me: Process) -> None:
    modules = me.modules()
    images = [row for row in regions.walk() if row.type is Type.IMAGE]
    sizes: dict[int, int] = {}
    for row in images:
        sizes[row.allocation_base] = sizes.get(row.allocation_base, 0) + row.size
    assert {row.base: row.size for row in modules} == sizes
    assert list(modules["base"]) == sorted(modules["base"])
    named = {row.allocation_base: row.name for row in images if row.name}
    assert {row.base: row.path for row in modules if row.path} == named


def test_the_program_is_there_by_its_name_and_its_path(me: Process) -> None:
    [program] = [row for row in me.modules() if row.path.casefold() == sys.executable.casefold()]
    assert program.name.casefold() == "python.exe"
    assert me.read(program.base, 2) == b"MZ"


def test_a_process_that_exits_has_no_modules() -> None:
    with Target("idle") as target, Process(target.pid) as process:
        assert "ntdll.dll" in [row.name.casefold() for row in process.modules()]
        target.end()
        with pytest.raises(NoSuchProcessError):
            process.modules()


# ---- Addresses as they are written ---------------------------------------------------------------


def test_what_is_described_is_found_again(me: Process) -> None:
    [ntdll] = [row for row in me.modules() if row.name.casefold() == "ntdll.dll"]
    inside, last = ntdll.base + 0x10, ntdll.base + ntdll.size - 1
    for address in (ntdll.base, inside, last):
        words = me.describe(address)
        assert words == f"{ntdll.name}+{address - ntdll.base:#x}"
        assert me.address_of(words) == address
    own = me.allocate(PAGE)
    assert me.describe(own) == f"{own:#x}"
    assert me.address_of(me.describe(own)) == own
    me.free(own)


@pytest.mark.parametrize(
    "written",
    ["ntdll.dll", "NTDLL.DLL", " ntdll.dll ", "ntdll.dll+0", "ntdll.dll + 0x0"],
)
def test_a_module_is_written_in_any_case_and_with_an_offset_or_none(
    me: Process, written: str
) -> None:
    [ntdll] = [row for row in me.modules() if row.name.casefold() == "ntdll.dll"]
    assert me.address_of(written) == ntdll.base
    assert me.address_of(f"{ntdll.path}+0x20") == ntdll.base + 0x20


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("0x7ffe0000", ("", 0x7FFE_0000)),
        ("7ffe`0000", ("", 0x7FFE_0000)),
        ("notepad++.exe", ("notepad++.exe", 0)),
        ("notepad++.exe+0x1F", ("notepad++.exe", 0x1F)),
        ("a.dll+0n16", ("a.dll", 16)),
        ("+0x10", ("+0x10", 0)),
    ],
)
def test_what_is_written_is_a_module_and_an_offset(written: str, place: tuple[str, int]) -> None:
    assert Place.written("address", written) == place


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("ntdll.dll+1F40", "address must be an address, or a module.*write 0x1F40"),
        ("1000", "address must be.*'1000' could be decimal or hexadecimal"),
        ("ntdl.dll", "no module is called 'ntdl.dll'; did you mean 'ntdll.dll'"),
        ("nobody.dll+0x10", "no module is called 'nobody.dll'"),
        ("ntdll.dll+0xFFFFFFFFFFFFFFFF", "address must be from 0 to"),
        ("", "address must not be empty"),
        (" ", "address must not be empty"),
    ],
)
def test_what_is_no_place_is_named_with_the_rule(me: Process, written: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"(?i){words}"):
        me.read(written, 1)


def test_a_name_that_two_modules_have_stands_for_neither_and_the_path_for_one() -> None:
    two = Modules(
        Table(
            "Module",
            {
                "name": ["a.dll", "A.DLL", ""],
                "base": [0x10000, 0x30000, 0x50000],
                "size": [0x1000] * 3,
                "path": ["C:\\a.dll", "C:\\32\\a.dll", ""],
            },
        )
    )
    with pytest.raises(ValueError, match=r"C:\\a.dll at 0x10000 and C:\\32\\a.dll at 0x30000"):
        two.base_of("address", "a.dll")
    assert two.describe(0x30010) == "C:\\32\\a.dll+0x10"
    assert two.base_of("address", "c:\\32\\A.dll") == 0x30000
    assert [two.describe(at) for at in (0xFFFF, 0x11000, 0x50001)] == [
        "0xffff",
        "0x11000",
        "0x50001",
    ]


@pytest.mark.skipif(not EXECUTABLE32, reason="NTPAGES_TARGET32_EXE names no 32-bit program")
def test_modules_of_a_32_bit_process_are_those_of_both_halves() -> None:
    with Target("idle", executable=EXECUTABLE32) as target, Process(target.pid) as process:
        both = Modules(process.modules()).called("ntdll.dll")
        assert len(both) == 2
        for row in both:
            assert process.describe(row.base) == f"{row.path}+0x0"
            assert process.address_of(process.describe(row.base)) == row.base


def test_every_method_takes_a_place_where_it_takes_an_address() -> None:
    with Target("idle") as target, Process(target.pid) as process:
        place = next(row.name for row in process.modules() if row.name.casefold() == "ntdll.dll")
        start = process.address_of(place)
        assert process.read(place, 2) == b"MZ"
        into = bytearray(2)
        process.read_into(place, into)
        assert into == b"MZ"
        assert [*process.read_many([place, start], 2)] == [b"MZ"] * 2
        found = process.scan(b"MZ", start=place, end=f"{place}+0x1000", limit=1)
        assert list(found.matches["address"]) == [start]
        assert process.strings(start=place, end=f"{place}+0x1000").scanned == PAGE
        with Values(process, kind="uint16", value=0x5A4D, start=place, end=f"{place}+2") as values:
            assert list(values.matches()["address"]) == [start]
        old = process.protect(place, PAGE, regions.Protection.READWRITE)
        assert process.read_value(place, "uint16") == 0x5A4D
        process.write_value(f"{place}+0x40", 7, "int8")
        assert process.read(start + 0x40, 1) == b"\x07"
        with process.protected(place, PAGE, regions.Protection.READONLY):
            process.lock(place, 1)
            process.unlock(place, 1)
        process.protect(place, PAGE, old)
        process.prefetch([(place, PAGE)])
