"""Ways over pointers, against a program that keeps some."""

from __future__ import annotations

import random
from array import array
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ntpages._native import processes as native
from ntpages.processes import PointerPath, Process
from ntpages.table import Table
from target import Target

PAGE = 4096


def found(
    pointers: dict[int, int],
    modules: list[tuple[int, int]],
    address: int,
    *,
    depth: int,
    width: int,
    limit: int = 1000,
) -> list[tuple[int, list[int]]]:
    places = sorted(pointers)
    values = array("Q", [pointers[place] for place in places])
    table = Table("Value", {"address": array("Q", places), "value": values})
    return native.find_pointer_paths(table, modules, address, depth, width, limit)


def test_a_path_goes_from_a_module_over_pointers_to_the_address() -> None:
    pointers = {0x10: 0x1000, 0x1008: 0x2000, 0x1010: 0x2020}
    assert found(pointers, [(0x0, 0x100)], 0x2020, depth=2, width=0x40) == [(0x10, [0x10, 0x0])]
    assert found({**pointers, 0x1010: 0}, [(0, 0x100)], 0x2020, depth=2, width=0x40) == [
        (0x10, [0x8, 0x20])
    ]


def test_paths_are_no_longer_and_offsets_no_wider_than_asked() -> None:
    pointers = {0x10: 0x1000, 0x1008: 0x2000}
    assert found(pointers, [(0, 0x100)], 0x2020, depth=1, width=0x40) == []
    assert found(pointers, [(0, 0x100)], 0x2020, depth=2, width=0x1F) == []
    assert found(pointers, [(0x20, 0x100)], 0x2020, depth=9, width=0x40) == []


def test_the_shortest_come_first_and_a_limit_keeps_them() -> None:
    pointers = {0x10: 0x1000, 0x18: 0x2018, 0x20: 0x2010, 0x1008: 0x2000}
    every = found(pointers, [(0, 0x100)], 0x2020, depth=4, width=0x40)
    assert every == [(0x18, [0x8]), (0x20, [0x10]), (0x10, [0x8, 0x20])]
    assert found(pointers, [(0, 0x100)], 0x2020, depth=4, width=0x40, limit=2) == every[:2]


def test_pointers_in_a_circle_end_a_search() -> None:
    pointers = {0x1000: 0x2000, 0x2000: 0x1000, 0x3000: 0x3000}
    assert found(pointers, [(0, 0x100)], 0x2000, depth=16, width=0x1000) == []


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 3), st.sampled_from([0, 8, 32]))
def test_whatever_is_found_leads_there_and_every_start_that_does_is_found(
    seed: int, depth: int, width: int
) -> None:
    chance = random.Random(seed)
    places = [8 * i for i in range(64)]
    pointers = {place: chance.choice(places) + chance.choice((0, 0, 4)) for place in places}
    address = chance.choice(places)

    fixed = [(0, 64), (256, 8)]
    starts = {place for place in places if place < 64 or place == 256}
    paths = found(pointers, fixed, address, depth=depth, width=width)
    for start, offsets in paths:
        at = start
        for step in count():
            at = pointers[at] + offsets[step]
            if step == len(offsets) - 1:
                break
        assert at == address
    lengths = [len(offsets) for _, offsets in paths]
    assert lengths == sorted(lengths)

    # A path ends in the first module that it comes to from behind.
    def leads(place: int, left: int) -> bool:
        for offset in range(width + 1):
            end = pointers[place] + offset
            if end == address:
                return True
            if left > 1 and end in pointers and end not in starts and leads(end, left - 1):
                return True
        return False

    assert {start for start, _ in paths} == {start for start in starts if leads(start, depth)}


# ---- In a process --------------------------------------------------------------------------------


def writable_place(process: Process) -> int:
    """Some bytes of a module's data that nobody needs: the end of its last writable page."""
    rows = {row.base: row for row in process.modules()}
    program = next(row for row in rows.values() if row.name.casefold().endswith(".exe"))
    inside = [
        row
        for row in process.regions()
        if program.base <= row.address < program.base + program.size and row.protection & 0x0C
    ]
    return inside[-1].address + inside[-1].size - 16


def test_a_path_is_found_in_a_process_and_again_after_its_restart() -> None:
    paths: list[PointerPath] = []
    for run in range(2):
        with Target("idle") as target, Process(target.pid) as process:
            place = writable_place(process)
            first, second = process.allocate(PAGE), process.allocate((run + 1) * PAGE)
            process.write_value(
                place,
                first,
                "uint64",
            )
            process.write_value(first + 0x20, second, "uint64")
            if run == 0:
                told: list[int] = []
                paths = process.pointer_paths(
                    second + 0x30, depth=2, width=64, modules="*.exe", progress=told.append
                )
                assert told[-1] > 0
            else:
                paths = process.pointer_paths(second + 0x30, among=paths)
                assert process.pointer_paths(second + 0x38, among=paths) == []
            wanted = PointerPath(process.describe(place), (0x20, 0x30))
            assert wanted in paths
            assert process.resolve(wanted) == second + 0x30
            assert str(wanted) == f"{process.describe(place)} -> 0x20 -> 0x30"


def test_modules_that_are_not_there_are_named(me: Process) -> None:
    with pytest.raises(ValueError, match=r"none is called 'ntdl\.dll'; did you mean 'ntdll\.dll'"):
        me.pointer_paths(0x10000, modules=["ntdll.dll", "ntdl.dll"])


def test_what_is_no_path_is_refused(me: Process) -> None:
    with pytest.raises(ValueError, match="offsets must hold at least one"):
        PointerPath("a.dll", ())
    with pytest.raises(ValueError, match="start must not be empty"):
        PointerPath("", (1,))
    with pytest.raises(TypeError, match=r"among\[0\] must be a PointerPath, not 'a.dll'"):
        me.pointer_paths(0x10000, among=["a.dll"])  # type: ignore[list-item]
    for wrong in (0, 17):
        with pytest.raises(ValueError, match=f"depth must be from 1 to 16 pointers, not {wrong}"):
            me.pointer_paths(0x10000, depth=wrong)
