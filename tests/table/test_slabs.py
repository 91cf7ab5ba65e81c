"""The memory of small tables: an arena of sixteen units that is kept."""

from __future__ import annotations

import random
import threading
from array import array
from typing import TYPE_CHECKING

import pytest

from ntpages.table import Table

if TYPE_CHECKING:
    from ntlab import Lab

UNIT = 64 * 1024
UNITS = 16


def marks(units: int, mark: int) -> array[int]:
    """As many as fit into so many units, with a little to spare."""
    return array("Q", [mark]) * ((units * UNIT - 4096) // 8)


def table_of(units: int, mark: int) -> Table:
    """A table that takes so many units, every cell of it the mark."""
    return Table("marked", {"mark": marks(units, mark)})


def holds(table: Table, mark: int) -> bool:
    with memoryview(table.column("mark")) as cells:
        return cells.tobytes() == array("Q", [mark]).tobytes() * len(table)


def test_a_small_table_costs_no_call(lab: Lab) -> None:
    table_of(1, 0)  # makes the arena
    before = lab.count("VirtualAlloc"), lab.count("VirtualFree")
    for mark in range(100):
        assert holds(table_of(1, mark), mark)
    assert (lab.count("VirtualAlloc"), lab.count("VirtualFree")) == before


@pytest.mark.usefixtures("arena_taken")
def test_what_the_arena_has_no_room_for_is_asked_of_windows(lab: Lab) -> None:
    before = lab.count("VirtualAlloc"), lab.count("VirtualFree")
    assert holds(table_of(1, 7), 7)
    assert (lab.count("VirtualAlloc") - before[0], lab.count("VirtualFree") - before[1]) == (1, 1)


def test_a_table_larger_than_the_arena_is_asked_of_windows(lab: Lab) -> None:
    before = lab.count("VirtualAlloc")
    assert holds(table_of(UNITS + 1, 7), 7)
    assert lab.count("VirtualAlloc") > before


def test_tables_never_share_memory() -> None:
    chance = random.Random(1)
    held: dict[int, Table] = {}
    for mark in range(250):
        held[mark] = table_of(chance.choice([1, 1, 1, 2, 3, 5, 17]), mark)
        if len(held) > 12:
            del held[chance.choice(list(held))]
        assert all(holds(table, mark) for mark, table in held.items())


def test_a_view_keeps_its_unit() -> None:
    table = table_of(1, 42)
    view = memoryview(table.column("mark"))
    del table
    later = [table_of(1, mark) for mark in range(UNITS * 2)]
    assert set(view.tolist()) == {42}
    assert all(holds(table, mark) for mark, table in enumerate(later))


def test_texts_start_from_nothing_in_memory_that_was_used() -> None:
    for length in (100, 3, 0, 50):
        words = [chr(97 + i) * length for i in range(26)]
        assert Table("words", {"word": words}).column("word").tolist() == words


def test_threads_take_and_give_back_at_once() -> None:
    wrong: list[int] = []

    def work(mark: int) -> None:
        for units in [1, 2, 4] * 15:
            table = Table("marked", {"mark": range(mark, mark + units * 4096)})
            if table.column("mark").tolist() != list(range(mark, mark + units * 4096)):
                wrong.append(mark)

    threads = [threading.Thread(target=work, args=(i * 1_000_000,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
