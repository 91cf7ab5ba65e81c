"""The smallest use of every noun: if one of these fails, look nowhere else first.

It needs no pytest: ``python tests/house/test_minimal.py`` tries a wheel on a bare Python.
"""

from __future__ import annotations

import os
from array import array

import ntpages
from ntpages.errors import NtError, PrivilegeNotHeldError, UnavailableError


def test_errors_are_what_a_stranger_would_catch() -> None:
    assert issubclass(NtError, OSError)
    assert issubclass(UnavailableError, NotImplementedError)


def test_physical_pages_are_had_or_it_is_said_why_not() -> None:
    try:
        with ntpages.awe.PhysicalPages(1) as pages, ntpages.awe.Window(4096) as window:
            assert window.map(pages) == 1
    except (PrivilegeNotHeldError, UnavailableError):
        return  # nobody holds the privilege unless it was granted


def test_a_heap_gives_blocks_and_shows_them() -> None:
    with ntpages.heaps.Heap.create() as heap, heap.allocate(100) as block:
        memoryview(block)[:5] = b"hello"
        assert [row.size for row in heap.walk() if row.kind == "busy"] == [100]


def test_memory_lists_answer_or_say_that_they_can_not() -> None:
    try:
        lists = ntpages.memory_lists.query()
    except (PrivilegeNotHeldError, UnavailableError):
        return  # a standard user, or Wine
    assert lists.standby_total == sum(lists.standby)


def test_every_machine_has_a_node_with_processors() -> None:
    assert any(node.processors for node in ntpages.numa.nodes())


def test_privileges_are_enabled_for_a_block() -> None:
    name = "SeChangeNotifyPrivilege"  # the one that everybody holds
    with ntpages.privileges.enabled(name):
        assert ntpages.privileges.state(name) is ntpages.privileges.PrivilegeState.ENABLED


def test_sparse_memory_is_committed_by_a_touch() -> None:
    with ntpages.sparse.SparseBuffer(1 << 40) as buffer, memoryview(buffer) as view:
        view[1 << 39] = 7
        assert view[1 << 39] == 7
        assert 0 < buffer.committed < 1 << 20


def test_a_region_is_a_buffer_and_knows_what_was_written() -> None:
    with ntpages.regions.Region(1 << 16, write_watch=True) as region:
        region.view()[5000] = 1
        assert ntpages.write_watch.dirty(region).to_dict() == {"offset": [4096]}
        assert region.address in ntpages.regions.walk().column("allocation_base")


def test_this_process_is_listed_read_and_measured() -> None:
    pid = os.getpid()
    assert pid in ntpages.processes.list_processes().column("pid")
    with ntpages.processes.Process(pid) as process, ntpages.heaps.Heap.create() as heap:
        block = heap.allocate(4)
        memoryview(block)[:] = b"here"
        assert process.read(block.address, 4) == b"here"
        block.free()
    assert ntpages.working_sets.limits(pid).minimum > 0


def test_the_system_has_memory() -> None:
    memory = ntpages.system.memory()
    assert 0 < memory.available <= memory.total


def test_tables_hold_columns() -> None:
    table = ntpages.table.Table("File", {"name": ["a", "b"], "size": array("Q", [1, 2])})
    assert [row.size for row in table] == [1, 2]
    assert list(table.column("name")) == ["a", "b"]


def test_what_is_no_noun_is_an_attribute_error() -> None:
    assert not hasattr(ntpages, "nouns")


if __name__ == "__main__":
    tests = [test for name, test in sorted(globals().items()) if name.startswith("test_")]
    for test in tests:
        test()
    print(f"{len(tests)} nouns and rules: fine")  # noqa: T201
