"""32-bit processes (WOW64), looked into from here: all that other processes show, they show."""

from __future__ import annotations

from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import heaps, regions, working_sets
from ntpages.errors import UnavailableError
from ntpages.processes import Process, list_processes
from ntpages.regions import Protection, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntpages.table import Table
    from target import Target

PAGE = 4096
FOUR_GIB = 1 << 32


@pytest.fixture
def process(target32: Target) -> Iterator[Process]:
    with Process(target32.pid) as opened:
        yield opened


def at(table: Table, address: int) -> Any:
    """The row that an address lies in."""
    (row,) = (row for row in table if row.address <= address < row.address + row.size)
    return row


def test_its_places_lie_below_four_gib(target32: Target) -> None:
    assert 0 < max(target32.places.values()) < FOUR_GIB
    assert min(target32["stack"], target32["teb"], target32["peb"], target32["heap"]) > 0


def test_the_walk_covers_its_whole_address_space_without_a_hole(target32: Target) -> None:
    table = regions.walk(target32.pid)
    starts, sizes = table.column("address").tolist(), table.column("size").tolist()
    assert starts[0] == 0
    assert starts[1:] == [start + size for start, size in zip(starts, sizes, strict=True)][:-1]
    assert any(row.state is not State.FREE for row in table if row.address >= FOUR_GIB)


def test_its_program_and_both_kinds_of_dll_are_named(target32: Target) -> None:
    table = regions.walk(target32.pid)
    names = {row.address: PureWindowsPath(row.name.lower()) for row in table if row.name}
    assert names[target32["program"]].name == "target.exe"
    assert names[target32["kernel32"]].name == "kernel32.dll"
    ntdlls = [address for address, path in names.items() if path.name == "ntdll.dll"]
    assert len(ntdlls) == 2  # its own, and that of the 64-bit system below it


@pytest.mark.parametrize(
    ("place", "protection"),
    [
        ("readonly", Protection.READONLY),
        ("executable", Protection.EXECUTE_READ),
        ("noaccess", Protection.NOACCESS),
    ],
)
def test_its_regions_have_their_protections(
    process: Process, target32: Target, place: str, protection: Protection
) -> None:
    row = at(process.regions(), target32[place])
    assert (row.protection, row.state) == (protection, State.COMMIT)


@pytest.mark.parametrize("place", ["private", "readonly", "border", "edge", "mapped", "writecopy"])
def test_its_memory_is_read(process: Process, target32: Target, place: str) -> None:
    assert process.read(target32[place], len(target32.mark)) == target32.mark


def test_its_memory_is_written(process: Process, target32: Target) -> None:
    process.write(target32["several"] + 5, b"from 64 bits")
    assert process.read(target32["several"] + 5, 12) == b"from 64 bits"
    pieces = process.read_many([target32["several"] + i * PAGE for i in range(3)], 1)
    assert list(pieces) == [b"a", b"b", b"c"]


def test_memory_is_allocated_where_it_can_reach(process: Process) -> None:
    address = process.allocate(PAGE)
    assert address < FOUR_GIB
    process.write(address, b"given")
    assert process.read(address, 5) == b"given"
    process.free(address)


def test_the_scan_finds_each_copy_of_the_mark(process: Process, target32: Target) -> None:
    found = set(process.scan(target32.mark).matches.column("address").tolist())
    copies = ("private", "readonly", "executable", "border", "edge", "mapped", "writecopy")
    assert {target32[place] for place in copies} <= found
    assert target32["noaccess"] not in found


def test_the_process_table_lists_it_as_any_other(process: Process, target32: Target) -> None:
    (row,) = (row for row in list_processes() if row.pid == target32.pid)
    assert row.name == "target.exe"
    assert 0 < row.working_set <= process.counters().peak_working_set


def test_its_working_set_is_limited_as_any_other(target32: Target) -> None:
    limits = working_sets.limits(target32.pid)
    assert 0 < limits.minimum <= limits.maximum


def test_its_heaps_are_refused_and_not_told_in_part(target32: Target) -> None:
    with pytest.raises(UnavailableError, match=f"process {target32.pid} is a 32-bit one"):
        heaps.walk_process(target32.pid)
