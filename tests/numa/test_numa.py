"""NUMA: nodes, what they have, and the node of a page."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from ntpages import errors, numa, system
from ntpages.cli import ntpages
from ntpages.numa import GroupProcessors, Node
from ntpages.regions import Region
from ntpages.sparse import SparseBuffer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

MIB = 1 << 20
SAMPLE = """\
NUMA nodes: 2
Node 0:\tProcessor Group:  0, Affinity: 0x0000000F
\tAvailable memory: 3567936 KB
Node 1:\tProcessor Group:  0, Affinity: 0x000000F0
\tAvailable memory: 3283832 KB
"""


@pytest.fixture
def buffer() -> Iterator[SparseBuffer]:
    with SparseBuffer(MIB) as made:
        yield made


def touch(buffer: SparseBuffer, offset: int) -> None:
    with memoryview(buffer) as view:
        view[offset] = 1


# ---- On this machine ---------------------------------------------------------------------------


def test_this_machine_has_nodes_with_all_its_processors() -> None:
    nodes = numa.nodes()
    assert [node.number for node in nodes] == sorted({node.number for node in nodes})
    processors = [
        (part.group, one) for node in nodes for part in node.groups for one in part.processors
    ]
    assert len(processors) == len(set(processors)) <= (os.cpu_count() or 1)
    assert processors


def test_memory_of_a_node_is_told_or_unknown_and_never_invented() -> None:
    for node in numa.nodes():
        if system.windows().wine is not None:
            assert node.available is None  # Wine refuses with 120
        else:
            assert node.available is not None
            assert 0 < node.available <= system.memory().total


def test_a_page_has_a_node_from_its_first_touch_on(buffer: SparseBuffer) -> None:
    assert numa.node_of(buffer, MIB // 2) is None
    touch(buffer, MIB // 2)
    assert numa.node_of(buffer, MIB // 2) in {node.number for node in numa.nodes()}


def test_the_command_runs_on_this_machine() -> None:
    done = CliRunner().invoke(ntpages, ["numa"])
    assert done.exit_code == 0
    assert done.output.startswith(f"NUMA nodes: {len(numa.nodes())}\n")


@pytest.mark.parametrize("offset", [-1, MIB, 2**70])
def test_a_byte_that_is_not_there_is_refused(buffer: SparseBuffer, offset: int) -> None:
    with pytest.raises(ValueError, match=f"offset must be from 0 to {MIB - 1}, not {offset}"):
        numa.node_of(buffer, offset)


def test_a_closed_buffer_is_refused(buffer: SparseBuffer) -> None:
    buffer.close()
    with pytest.raises(ValueError, match="closed"):
        numa.node_of(buffer)


def test_a_closed_region_is_refused() -> None:
    region = Region(MIB)
    region.close()
    with pytest.raises(ValueError, match="Region is closed"):
        numa.node_of(region)


def test_anything_with_a_length_and_an_address_has_a_node(buffer: SparseBuffer) -> None:
    class Part:
        address = buffer.address

        def __len__(self) -> int:
            return MIB

    touch(buffer, 0)
    assert numa.node_of(Part()) == numa.node_of(buffer)


def test_what_has_no_address_is_refused() -> None:
    with pytest.raises(TypeError, match=r"must have an address.*not bytes"):
        numa.node_of(b"bytes")  # type: ignore[arg-type]


# ---- On modelled machines ----------------------------------------------------------------------


@pytest.fixture
def machine(lab: Lab) -> Any:
    return lab.model("numa")


def test_two_nodes_are_told_apart(machine: Any) -> None:
    assert machine
    assert numa.nodes() == [
        Node(0, groups=(GroupProcessors(0, (0, 1, 2, 3)),), available=3_567_936 << 10),
        Node(1, groups=(GroupProcessors(0, (4, 5, 6, 7)),), available=3_283_832 << 10),
    ]


def test_groups_gaps_and_nodes_of_memory_alone(machine: Any) -> None:
    machine.clear()
    machine.add(0, processors=2**64 - 1, memory=MIB)
    machine.add(5, processors=0b101, memory=2 * MIB, group=1)
    machine.add(3, processors=0, memory=4 * MIB)
    assert [(node.number, node.group, node.processors) for node in numa.nodes()] == [
        (0, 0, tuple(range(64))),
        (3, 0, ()),
        (5, 1, (0, 2)),
    ]
    assert [node.affinity for node in numa.nodes()] == [2**64 - 1, 0, 5]
    assert [node.available for node in numa.nodes()] == [MIB, 4 * MIB, 2 * MIB]


@pytest.fixture
def large(machine: Any) -> Any:
    """Nodes of 96 processors in two groups, of memory alone, and of processors alone."""
    machine.clear()
    machine.add(0, processors=2**64 - 1, more={1: 2**32 - 1}, memory=MIB)
    machine.add(1, memory=2 * MIB)
    machine.add(2, processors=2**64 - 1, group=2, memory=0)
    return machine


def test_a_node_has_the_processors_of_all_its_groups(large: Any) -> None:
    assert large
    first, memory_alone, processors_alone = numa.nodes()
    assert first.groups == (
        GroupProcessors(0, tuple(range(64))),
        GroupProcessors(1, tuple(range(32))),
    )
    assert [part.affinity for part in first.groups] == [2**64 - 1, 2**32 - 1]
    assert (first.group, first.affinity, first.processor_count) == (0, 2**64 - 1, 96)
    assert (memory_alone.groups, memory_alone.processor_count) == ((), 0)
    assert (memory_alone.available, memory_alone.affinity) == (2 * MIB, 0)
    assert (processors_alone.group, processors_alone.available) == (2, 0)


def test_the_command_shows_every_group_of_a_node(large: Any) -> None:
    assert large
    done = CliRunner().invoke(ntpages, ["numa"])
    assert done.output == (
        "NUMA nodes: 3\n"
        "Node 0:\tProcessor Group:  0, Affinity: 0xFFFFFFFFFFFFFFFF\n"
        "\tProcessor Group:  1, Affinity: 0xFFFFFFFF\n"
        "\tAvailable memory: 1024 KB\n"
        "Node 1:\tProcessor Group:  0, Affinity: 0x00000000\n"
        "\tAvailable memory: 2048 KB\n"
        "Node 2:\tProcessor Group:  2, Affinity: 0xFFFFFFFFFFFFFFFF\n"
        "\tAvailable memory: 0 KB\n"
    )


def test_an_older_windows_tells_one_group_of_a_node(large: Any) -> None:
    large.groups_known(known=False)
    assert [(node.number, node.group, node.processor_count) for node in numa.nodes()] == [
        (0, 0, 64),
        (1, 0, 0),
        (2, 2, 64),
    ]


def test_unknown_memory_is_none(machine: Any) -> None:
    machine.amount_known(known=False)
    assert [node.available for node in numa.nodes()] == [None, None]


def test_pages_are_found_in_their_nodes(machine: Any, buffer: SparseBuffer) -> None:
    machine.place(buffer.address + MIB // 2, MIB // 2, 1)
    touch(buffer, 0)
    assert numa.node_of(buffer, MIB - 1) is None
    touch(buffer, MIB - 1)
    assert (numa.node_of(buffer), numa.node_of(buffer, MIB - 1)) == (0, 1)


def test_memory_that_prefers_a_node_is_taken_from_it_when_touched(machine: Any) -> None:
    assert machine
    before = [node.available or 0 for node in numa.nodes()]
    with Region(MIB, node=1) as region:
        assert [node.available for node in numa.nodes()] == before
        with memoryview(region) as view:
            view[:] = b"\xff" * MIB
        assert numa.node_of(region, MIB - 1) == 1
        first, second = (node.available for node in numa.nodes())
        assert (first, second) == (before[0], before[1] - MIB)
    assert [node.available for node in numa.nodes()] == before


@pytest.mark.parametrize("call", ["GetLogicalProcessorInformationEx", "GetNumaHighestNodeNumber"])
def test_refusals_are_errors(lab: Lab, machine: Any, call: str) -> None:
    assert machine
    lab.fail(call)
    with pytest.raises(errors.NtError, match=call):
        numa.nodes()


def test_a_refused_look_at_a_page_is_an_error(lab: Lab, buffer: SparseBuffer) -> None:
    lab.fail("K32QueryWorkingSetEx")
    with pytest.raises(errors.AccessDeniedError, match="QueryWorkingSetEx"):
        numa.node_of(buffer)


def test_the_command_prints_what_the_book_prints(machine: Any) -> None:
    assert machine
    done = CliRunner().invoke(ntpages, ["numa"])
    assert (done.exit_code, done.output) == (0, SAMPLE)


def test_the_command_says_unknown(machine: Any) -> None:
    machine.amount_known(known=False)
    done = CliRunner().invoke(ntpages, ["numa"])
    assert done.output.count("Available memory: unknown") == 2


def test_the_command_prints_json(machine: Any) -> None:
    assert machine
    done = CliRunner().invoke(ntpages, ["numa", "--json"])
    assert json.loads(done.output)["nodes"][1] == {
        "number": 1,
        "groups": [{"group": 0, "processors": [4, 5, 6, 7]}],
        "available": 3_283_832 << 10,
    }
