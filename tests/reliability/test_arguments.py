"""What callers give to the nouns: every number, time and name is asked the same questions."""

from __future__ import annotations

import math
import re
from array import array
from typing import TYPE_CHECKING, Any

import pytest

from house.integers import BOUNDARIES, FAR, kinds_of, shown
from house.through import through
from ntpages import (
    heaps,
    memory_lists,
    physical,
    privileges,
    sections,
    sparse,
    system,
    working_sets,
)
from ntpages.errors import NtError
from ntpages.processes import Pattern
from reliability import takers
from reliability.takers import CALLS, ME, PAGE, Things

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

np = pytest.importorskip("numpy")


@pytest.fixture(scope="module")
def things() -> Iterator[Things]:
    with takers.things() as made:
        yield made


TAKEN = {name: call.good for name, call in CALLS.items() if call.good is not None}


@through(name=CALLS)
def test_a_number_beyond_every_rule_is_refused_and_named(things: Things, name: str) -> None:
    call = CALLS[name]
    for value in FAR[1:] if call.below_zero else FAR:
        for given_as in kinds_of(value):
            with pytest.raises(call.refusal, match=rf"^{re.escape(call.argument)}\W") as refused:
                call.make(things, given_as)
            if value.bit_length() <= 128:
                assert re.search(rf"(?<!\d){shown(value)}(?!\w)", str(refused.value))


def may_be_written(name: str, argument: str) -> bool:
    """Whether it is a column's name, a program's, or an address of a process."""
    places = {"pid", "start", "end", "address", "addresses[0]", "ranges[0]", "base"}
    return name == "table.Table" or (name.startswith("processes.") and argument in places)


@through(name=CALLS, value=[True, np.True_, 1.0, "1", b"1", 1j])
def test_what_is_no_number_is_refused_and_named(things: Things, name: str, value: Any) -> None:
    call = CALLS[name]
    if isinstance(value, str) and may_be_written(name, call.argument):
        return
    words = rf"^\w+(\[\d\])? must be (an int|several values|of \w+), not {re.escape(repr(value))}$"
    with pytest.raises(TypeError, match=words):
        call.make(things, value)


@through(name=TAKEN)
def test_a_number_is_taken_whatever_its_type(things: Things, name: str) -> None:
    for given_as in kinds_of(TAKEN[name]):
        CALLS[name].make(things, given_as)


# Those whose answer costs little and changes nothing, whatever the number.
IDLE = (
    "heaps.Heap.at",
    "numa.node_of",
    "processes.Process",
    "processes.read(address)",
    "processes.read_many(addresses)",
    "processes.Pieces",
    "processes.scan(start)",
    "processes.scan(limit)",
    "processes.Pattern.integer(value)",
    "processes.Pattern.integer(size)",
    "processes.Pattern.integer(alignment)",
    "regions.walk",
    "regions.Region.prefetch",
    "sparse.SparseBuffer(chunk)",
    "sparse.SparseBuffer(ahead)",
    "sparse.SparseBuffer(limit)",
    "sparse.SparseBuffer.peek",
    "sparse.SparseGrid.cell",
    "table.Table",
    "table.Column",
    "working_sets.limits",
    "working_sets.trim_where(pids)",
    "working_sets.trim_where(floor)",
    "working_sets.pages(address)",
    "write_watch.dirty(offset)",
    "write_watch.dirty(size)",
    "write_watch.Snapshots",
)


@through(name=IDLE, value=BOUNDARIES)
def test_every_type_of_a_number_has_the_same_answer(things: Things, name: str, value: int) -> None:
    def answer(given_as: Any) -> str:
        try:
            CALLS[name].make(things, given_as)
        except (ValueError, LookupError, NtError) as refused:
            return f"{type(refused).__name__}: {refused}"
        return "taken"

    assert len({answer(each) for each in kinds_of(value)}) == 1


WAITS: list[Callable[[Any], object]] = [
    lambda value: system.wait_for_memory("low", timeout=value),
    lambda value: heaps.walk_process(ME, timeout=value),
    lambda value: physical.trim_compression(PAGE, watch=value),
    lambda value: working_sets.trim_where(include="nobody.exe", idle=value, dry_run=True),
    lambda value: working_sets.trim_where(include="nobody.exe", settle=value, dry_run=True),
]


@through(wait=WAITS, value=[-1, math.nan, math.inf, "1", 1e30, 10**400, True])
def test_a_time_that_cant_be_is_refused_at_once(wait: Callable[[Any], object], value: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=r"^(timeout|idle|settle|watch) must be "):
        wait(value)


NAMES: list[Callable[[Any], object]] = [
    lambda value: sections.Section(1, name=value),
    lambda value: sections.Section(1, security=value),
    sections.Section.open,
    sections.Ring.open,
    privileges.state,
    privileges.enable,
    privileges.disable,
    lambda value: privileges.enabled(value).__enter__(),
    privileges.grant,
    lambda value: privileges.grant("SeDebugPrivilege", value),
    privileges.revoke,
    lambda value: privileges.revoke("SeDebugPrivilege", value),
    privileges.accounts,
    lambda value: working_sets.trim_where(include=value, dry_run=True),
    lambda value: working_sets.trim_where(exclude=value, dry_run=True),
    lambda value: Pattern.text("text", encodings=value),
]


@through(take=NAMES, value=[5, True, b"name", ["ok", 5], "", "a\0b"])
def test_what_is_no_name_is_refused_and_named(take: Callable[[Any], object], value: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=r"^\w+(\[\d\])? must "):
        take(value)


def test_a_function_that_is_none_is_refused_before_anything_is_done(things: Things) -> None:
    for attempt in (
        lambda: things.process.scan(b"x", end=1, progress=5),  # type: ignore[arg-type]
        lambda: memory_lists.clean([memory_lists.Step.FLUSH_MODIFIED], on_step="print"),  # type: ignore[arg-type]
    ):
        with pytest.raises(TypeError, match=r"^(progress|on_step) must be callable, not "):
            attempt()


def test_a_sparse_array_takes_any_shape_and_none_wraps() -> None:
    for shape in ([2, 3], (2, 3), np.array([2, 3]), (np.int32(2), np.uint64(3))):
        assert sparse.array(shape, "u1").shape == (2, 3)
    for shape in (np.array([65536, 65536], np.int32), [1 << 16, 1 << 16]):
        array_ = sparse.array(shape, "u1")
        assert array_.shape == (65536, 65536)
        assert sparse.buffer_of(array_).committed == 0
    for shape in ([1 << 40, 1 << 40], np.array([1 << 32] * 2, np.int64), [2**46, 2]):
        with pytest.raises(ValueError, match=r"shape \* itemsize must be from 0 to"):
            sparse.array(shape, "f4")
    for shape in ((-1, -1), -1):
        with pytest.raises(ValueError, match=r"shape(\[0\])? must be from 0 to .* not -1"):
            sparse.array(shape, "u1")


def test_many_large_pieces_do_not_wrap_either(things: Things) -> None:
    with pytest.raises(ValueError, match=r"len\(addresses\) \* size must be from 0 to"):
        things.process.read_many(array("Q", bytes(8 << 17)), 1 << 47)
