"""The heaps of other processes, on a model of what Windows answers."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Literal

import pytest

from ntpages import heaps
from ntpages.errors import (
    CorruptHeapError,
    NoSuchProcessError,
    NtError,
    OutOfMemoryError,
    UnavailableError,
)
from ntpages.heaps import EntryFlag, Heap, HeapFlag, HeapKind, ProcessHeaps, walk_process
from ntpages.system import windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntlab import Lab

pytestmark = pytest.mark.lab

PATIENCE = 60  # seconds for what takes none
HEADER = 208  # bytes before the list of heaps in a debug buffer
HEAPS = 112  # where the pointer to that list is


@pytest.fixture(scope="module")
def target() -> Iterator[int]:
    """The id of a process that does nothing."""
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        yield process.pid
        process.kill()


@pytest.fixture
def model(lab: Lab) -> Iterator[Any]:
    """The modelled heaps; they stay until no query is left that would miss them."""
    door = lab.model("heaps")
    lab.hide("wine_get_version")
    yield door
    door.release()
    wait_until(lambda: buffers_alive(lab) == 0)


def buffers_alive(lab: Lab) -> int:
    return lab.count("RtlCreateQueryDebugBuffer") - lab.count("RtlDestroyQueryDebugBuffer")


def wait_until(done: Callable[[], bool]) -> None:
    """Wait for what other threads do."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


# ---- What is told --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("count", [1, 2, 7])
def test_every_entry_is_told_in_both_layouts(
    model: Any, target: int, version: int, count: int
) -> None:
    model.set(version=version, heaps=count, segments=3, blocks=2500, large=4)
    found = walk_process(target)
    rows = [row._asdict() for row in found.entries]
    expected = list(model.entries())
    assert len(rows) == len(expected) == count * (3 * 2501 + 4)
    assert rows == expected
    assert (found.pid, found.method, found.cloned) == (target, "query", False)


def test_each_heap_is_told(model: Any, target: int) -> None:
    shape = model.set(heaps=3, segments=2, blocks=100, large=1)
    found = walk_process(target)
    expected = list(model.entries())
    for heap, address in zip(found.heaps, range(shape.base, 2**64, 64 << 30), strict=False):
        mine = [row for row in expected if row["heap"] == address]
        used = [row["size"] for row in mine if row["kind"] == "busy"]
        assert (heap.address, heap.blocks, heap.allocated) == (address, len(used), sum(used))
        assert heap.committed == 2 * (0x1000 + 100 * 48)
        assert heap.kind is None, "the model's heaps are nowhere to look at"
    growing, private = HeapFlag.GROWABLE, HeapFlag.GROWABLE | HeapFlag.PRIVATE
    assert [heap.flags for heap in found.heaps] == [growing, private, private]
    assert {type(heap.flags) for heap in found.heaps} == {HeapFlag}


def test_flags_of_rows_are_named(model: Any, target: int) -> None:
    model.set(blocks=1000)
    flags = {row.flags for row in walk_process(target).entries}
    assert EntryFlag.BUSY | EntryFlag.LOW_FRAGMENTATION in flags
    assert EntryFlag.BUSY | EntryFlag.LARGE in flags
    assert EntryFlag.UNCOMMITTED in flags


def test_segments_alone_are_told_without_their_blocks(model: Any, lab: Lab, target: int) -> None:
    lab.record("RtlQueryProcessDebugInformation")
    shape = model.set(heaps=4, segments=5, blocks=1000)
    found = walk_process(target, blocks=False)
    assert set(found.entries.column("kind")) == {"region"}
    assert len(found.entries) == shape.heaps * shape.segments
    assert [heap.blocks for heap in found.heaps] == [0] * 4
    asked = [call.arguments[1] & 0xFFFFFFFF for call in lab.calls()]
    assert asked == [0x80000204]
    walk_process(target)
    assert lab.calls()[1].arguments[1] & 0xFFFFFFFF == 0x80000014


def test_tables_of_other_processes_are_counted_and_compared(model: Any, target: int) -> None:
    model.set(blocks=500, large=0)
    before = walk_process(target).entries
    model.set(blocks=507, large=2)
    after = walk_process(target).entries
    assert sum(heaps.histogram(before).column("busy")) == sum(row.kind == "busy" for row in before)
    assert heaps.fragmentation(before).largest_free == 128
    grown = heaps.diff(before, after)
    assert sum(grown.column("appeared")) == sum(row.kind == "busy" for row in after) - sum(
        row.kind == "busy" for row in before
    )


NT, SEGMENTS = 0xFFEEFFEE, 0xDDEEDDEE


@pytest.mark.parametrize(
    ("build", "signature", "place", "kind"),
    [
        (10240, NT, None, HeapKind.NT),
        (10240, NT, 0x1A2, HeapKind.LOW_FRAGMENTATION),
        (10240, NT, 0x17A, HeapKind.NT),
        (26100, NT, 0x1A2, HeapKind.LOW_FRAGMENTATION),
        (26100, SEGMENTS, None, HeapKind.SEGMENT),
        (26100, 0x12345678, 0x1A2, None),
        (9600, NT, None, HeapKind.NT),  # Windows 8.1
        (9600, NT, 0x17A, HeapKind.LOW_FRAGMENTATION),
        (9600, NT, 0x1A2, HeapKind.NT),
        (9600, SEGMENTS, None, HeapKind.SEGMENT),
        (9200, NT, 0x17A, None),  # Windows 8: nobody has written down where it is
        (7601, NT, 0x1A2, None),
        (10239, NT, 0x1A2, None),
    ],
)
def test_the_kind_is_read_from_the_heaps_own_header(
    model: Any, build: int, signature: int, place: int | None, kind: HeapKind | None
) -> None:
    model.build(build)
    with Heap.create() as heap, heap.allocate(0x4000, zero=True) as block:
        base = (block.address + 0xFFF) & ~0xFFF
        model.set(base=base, heaps=1)
        with memoryview(block) as view:
            offset = base - block.address
            struct.pack_into("<I", view, offset + 0x10, signature)
            if place:
                struct.pack_into("<B", view, offset + place, 2)
        assert walk_process(os.getpid()).heaps[0].kind is kind


# ---- Memory --------------------------------------------------------------------------------------


def test_the_buffer_doubles_until_the_answer_fits(model: Any, lab: Lab, target: int) -> None:
    lab.record("RtlCreateQueryDebugBuffer")
    model.set(heaps=1, segments=1, blocks=300_000, large=0)  # 9.6 MB
    assert len(walk_process(target).entries) == 300_001
    sizes = [call.arguments[0] & 0xFFFFFFFF for call in lab.calls()]
    assert sizes == [4 << 20, 8 << 20, 16 << 20]
    assert lab.count("RtlDestroyQueryDebugBuffer") == 3


def test_a_query_that_wants_memory_at_first_is_asked_again(
    model: Any, lab: Lab, target: int
) -> None:
    model.no_memory(3)
    assert len(walk_process(target).entries) == len(list(model.entries()))
    assert lab.count("RtlQueryProcessDebugInformation") == 4


def test_a_query_that_always_wants_memory_is_given_up(model: Any, lab: Lab, target: int) -> None:
    model.no_memory(1000)
    with pytest.raises(OutOfMemoryError) as refused:
        walk_process(target)
    assert (refused.value.call, refused.value.status) == (
        "RtlQueryProcessDebugInformation",
        0xC0000017,
    )
    assert lab.count("RtlDestroyQueryDebugBuffer") == lab.count("RtlCreateQueryDebugBuffer") == 10


# ---- Time ----------------------------------------------------------------------------------------


def test_a_query_that_hangs_is_given_up_in_time(model: Any, target: int) -> None:
    model.hang()
    begin = time.monotonic()
    with pytest.raises(TimeoutError, match=rf"process {target} did not tell .* within 0.3 s"):
        walk_process(target, timeout=0.3)
    assert time.monotonic() - begin < PATIENCE
    assert model.waiting == 1
    model.release()
    wait_until(lambda: model.waiting == 0)
    assert len(walk_process(target).entries)


def test_other_threads_go_on_while_a_query_hangs(model: Any, target: int) -> None:
    model.hang()
    counted = 0

    def count() -> None:
        nonlocal counted
        for _ in range(1000):
            counted += 1

    thread = threading.Thread(target=count)
    thread.start()
    with pytest.raises(TimeoutError):
        walk_process(target, timeout=0.2)
    thread.join(PATIENCE)
    assert counted == 1000


# ---- The clone -----------------------------------------------------------------------------------


def cloned_pid(lab: Lab) -> int:
    """The process that the last query was about."""
    asked = [call for call in lab.calls() if call.name == "RtlQueryProcessDebugInformation"]
    return asked[-1].arguments[0] & 0xFFFFFFFF


def test_a_clone_is_asked_in_the_targets_place_and_ended(model: Any, lab: Lab, target: int) -> None:
    lab.record("RtlQueryProcessDebugInformation")
    lab.record("TerminateProcess")
    found = walk_process(target, clone=True)
    assert found.cloned
    assert found.pid == target
    assert len(found.entries) == len(list(model.entries()))
    assert cloned_pid(lab) != target
    assert lab.count("TerminateProcess") == 1


def test_a_clone_whose_query_hangs_is_ended_and_the_query_with_it(
    model: Any, lab: Lab, target: int
) -> None:
    model.hang()
    with pytest.raises(TimeoutError):
        walk_process(target, clone=True, timeout=0.5)
    wait_until(lambda: model.waiting == 0)
    assert lab.count("TerminateProcess") >= 1


@pytest.mark.parametrize("refused", ["RtlQueryProcessDebugInformation", "GetProcessId"])
@pytest.mark.usefixtures("model")
def test_a_clone_is_ended_whatever_fails(lab: Lab, target: int, refused: str) -> None:
    lab.fail(refused)
    with pytest.raises(NtError) as raised:
        walk_process(target, clone=True)
    assert raised.value.call == refused
    assert lab.count("TerminateProcess") == 1


def test_without_the_clones_function_this_is_not_available(lab: Lab, target: int) -> None:
    lab.model("heaps")
    lab.hide("RtlCreateProcessReflection")
    with pytest.raises(UnavailableError, match="RtlCreateProcessReflection"):
        walk_process(target, clone=True)


# ---- Refusals ------------------------------------------------------------------------------------


def test_nobody_has_this_id(lab: Lab) -> None:
    lab.model("heaps")
    with pytest.raises(NoSuchProcessError, match="pid 4000000000"):
        walk_process(4_000_000_000)


def test_a_32_bit_process_is_refused_and_not_told_in_part(
    model: Any, lab: Lab, target: int
) -> None:
    model.target_is_32_bit()
    with pytest.raises(UnavailableError, match="is a 32-bit one"):
        walk_process(target)
    assert lab.count("RtlQueryProcessDebugInformation") == 0


def test_an_answer_without_heaps_is_no_answer(model: Any, target: int) -> None:
    model.set(heaps=0)
    with pytest.raises(UnavailableError, match="told of no heaps"):
        walk_process(target)


@pytest.mark.usefixtures("model")
def test_a_refused_query_is_an_error(lab: Lab, target: int) -> None:
    lab.fail("RtlQueryProcessDebugInformation", code=0xC0000022)
    with pytest.raises(PermissionError) as refused:
        walk_process(target)
    assert isinstance(refused.value, NtError)
    assert refused.value.status == 0xC0000022


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ({"pid": -1}, "pid must be from 1"),
        ({"pid": 2**32}, "pid must be from 1"),
        ({"timeout": 0}, "timeout must be above 0 and at most .* seconds, not 0"),
        ({"timeout": float("nan")}, "timeout must be above 0 and at most .* seconds, not nan"),
        ({"method": "magic"}, "method must be 'query' or 'toolhelp', not 'magic'"),
        ({"method": "toolhelp", "clone": True}, "clone must be False"),
    ],
)
def test_arguments_have_rules(arguments: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        walk_process(**{"pid": os.getpid(), **arguments})


# ---- Answers that make no sense ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (HEAPS, 1),
        (HEAPS, 2**64 - 1),
        (HEADER, 2**32 - 1),  # heaps
        (HEADER + 8, 0x123),  # the address of the first
        (HEADER + 8 + 32, 2**64 - 1),  # counts of tags and entries
        (HEADER + 8 + 80, 0x1000),  # where the entries are
        (HEADER + 8 + 80, 2**64 - 64),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_a_damaged_answer_is_refused(
    model: Any, target: int, version: int, offset: int, value: int
) -> None:
    model.set(version=version)
    model.mangle(offset, value)
    with pytest.raises(NtError, match="make no sense") as refused:
        walk_process(target)
    assert refused.value.code == 13


def test_wine_10s_list_of_no_heaps_outside_the_buffer_is_no_damage(lab: Lab, target: int) -> None:
    lab.model("heaps").mangle(HEAPS, 2**40)
    if not windows().wine:
        lab.model("heaps").set(heaps=0)
    with pytest.raises(UnavailableError, match="told of no heaps"):
        walk_process(target)


BLOCK, BEYOND = 3, 1 << 46  # an entry that is a block; more than any process has


@pytest.mark.parametrize("method", ["query", "toolhelp"])
def test_a_block_larger_than_the_process_is_corruption(
    model: Any, target: int, method: Literal["query", "toolhelp"]
) -> None:
    shape = model.set(heaps=2, large=1, large_size=BEYOND)
    with pytest.raises(CorruptHeapError, match=f"heap {shape.base:#x}.*is corrupt") as broken:
        walk_process(target, method=method)
    found = broken.value.found
    assert isinstance(found, ProcessHeaps)
    assert [heap.address for heap in found.heaps] == [shape.base]
    before = [row["size"] for row in model.entries() if row["heap"] == shape.base][:-1]
    if method == "query":
        assert list(found.entries.column("size")) == before
    assert BEYOND not in found.entries.column("size")
    assert found.heaps[0].allocated < BEYOND


def test_a_block_that_something_wrote_over_ends_the_answer(model: Any, target: int) -> None:
    shape = model.set(version=2)
    model.mangle(HEADER + 8 + shape.heaps * 96 + BLOCK * 32, BEYOND)
    with pytest.raises(CorruptHeapError) as broken:
        walk_process(target)
    assert isinstance(broken.value.found, ProcessHeaps)
    assert len(broken.value.found.entries) == BLOCK


def test_a_buffer_whose_owner_was_overwritten_is_left_alone(
    model: Any, lab: Lab, target: int
) -> None:
    model.mangle(0, 0xDEAD)
    assert len(walk_process(target).entries)
    assert buffers_alive(lab) == 1
    lab.reset()


# ---- Toolhelp ------------------------------------------------------------------------------------


def test_toolhelp_tells_the_same_blocks(model: Any, target: int) -> None:
    model.set(blocks=30, large=0)
    found = walk_process(target, method="toolhelp")
    rows = [(row.heap, row.address, row.size, row.kind == "busy") for row in found.entries]
    assert rows == [
        (row["heap"], row["address"], row["size"], row["kind"] == "busy")
        for row in model.entries()
        if row["kind"] != "region"
    ]
    assert found.method == "toolhelp"
    assert [heap.blocks for heap in found.heaps] == [48, 48]


@pytest.mark.usefixtures("model")
def test_toolhelp_without_blocks_lists_the_heaps(target: int) -> None:
    found = walk_process(target, method="toolhelp", blocks=False)
    assert len(found.heaps) == 2
    assert len(found.entries) == 0


@pytest.mark.parametrize(
    "refused", ["CreateToolhelp32Snapshot", "Heap32ListFirst", "Heap32First", "Heap32Next"]
)
@pytest.mark.usefixtures("model")
def test_a_refusal_of_toolhelp_is_an_error(lab: Lab, target: int, refused: str) -> None:
    lab.fail(refused, code=5)
    with pytest.raises(PermissionError) as raised:
        walk_process(target, method="toolhelp")
    assert isinstance(raised.value, NtError)
    assert raised.value.call == refused


@pytest.mark.usefixtures("model")
def test_a_snapshot_of_what_changes_meanwhile_is_taken_again(lab: Lab, target: int) -> None:
    lab.fail("CreateToolhelp32Snapshot", nth=1, code=24)
    assert len(walk_process(target, method="toolhelp").heaps) == 2
    assert (lab.refused, lab.count("CreateToolhelp32Snapshot")) == (1, 2)


@pytest.mark.usefixtures("model")
def test_a_snapshot_that_never_succeeds_is_given_up(lab: Lab, target: int) -> None:
    lab.fail("CreateToolhelp32Snapshot", every=True, code=24)
    with pytest.raises(NtError, match=f"pid {target}") as refused:
        walk_process(target, method="toolhelp")
    assert (refused.value.call, refused.value.code) == ("CreateToolhelp32Snapshot", 24)
    assert lab.count("CreateToolhelp32Snapshot") == 20


@pytest.mark.usefixtures("model")
def test_another_refusal_of_a_snapshot_is_final(lab: Lab, target: int) -> None:
    lab.fail("CreateToolhelp32Snapshot", every=True, code=5)
    with pytest.raises(PermissionError):
        walk_process(target, method="toolhelp")
    assert lab.count("CreateToolhelp32Snapshot") == 1


def test_a_toolhelp_walk_stops_when_it_is_given_up(model: Any, lab: Lab, target: int) -> None:
    model.set(heaps=1, segments=1, blocks=100_000, large=0)
    with pytest.raises(TimeoutError):
        walk_process(target, method="toolhelp", timeout=0.2)
    time.sleep(0.5)  # it looks between blocks
    asked = lab.count("Heap32Next")
    time.sleep(0.2)
    assert lab.count("Heap32Next") == asked < 100_000


STUBS = ("HeapSummary", "Heap32ListFirst", "Heap32ListNext", "Heap32First", "Heap32Next")


@pytest.mark.skipif(not windows().wine, reason="Windows has these functions")
def test_what_ends_the_process_under_wine_is_never_called(lab: Lab, target: int) -> None:
    lab.model("heaps")  # which would answer, if it were asked
    for blocks in (True, False):
        with pytest.raises(UnavailableError, match="this Windows does not have the function"):
            walk_process(target, method="toolhelp", blocks=blocks)
    for heap in heaps.heaps():
        assert heap.summary().source == "walk"
    assert [lab.count(name) for name in STUBS] == [0] * len(STUBS)
