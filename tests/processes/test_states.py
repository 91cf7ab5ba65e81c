"""The memory of a process, against a plain account: read, write, protect, in any order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ntpages.errors import InvalidAddressError
from ntpages.processes import Process
from ntpages.regions import Protection
from target import Target

PAGE = 4096
PAGES = 6
READABLE = {Protection.READONLY, Protection.READWRITE, Protection.EXECUTE_READ}
PROTECTIONS = sorted({*READABLE, Protection.NOACCESS})

offsets = st.integers(0, PAGES * PAGE - 1)
sizes = st.one_of(st.integers(1, 40), st.integers(1, 3 * PAGE))


class Memory(RuleBasedStateMachine):
    """Some pages of the target, each committed or not, each with its own protection."""

    process: Process
    base: int

    @initialize()
    def allocate(self) -> None:
        self.base = self.process.allocate(PAGES * PAGE, commit=False)
        self.content = bytearray(PAGES * PAGE)
        self.pages: list[Protection | None] = [None] * PAGES  # None: not committed

    def teardown(self) -> None:
        self.process.free(self.base)

    def touched(self, offset: int, size: int) -> range:
        return range(offset // PAGE, (offset + size - 1) // PAGE + 1)

    def readable_size(self, offset: int, size: int) -> int:
        for page in self.touched(offset, size):
            if self.pages[page] not in READABLE:
                return max(0, page * PAGE - offset)
        return size

    @rule(page=st.integers(0, PAGES - 1), protection=st.sampled_from(PROTECTIONS))
    def commit(self, page: int, protection: Protection) -> None:
        self.process.commit(self.base + page * PAGE, PAGE, protection=protection)
        if self.pages[page] is None:
            self.content[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)
        self.pages[page] = protection

    @rule(page=st.integers(0, PAGES - 1))
    def decommit(self, page: int) -> None:
        self.process.decommit(self.base + page * PAGE, PAGE)
        self.pages[page] = None

    @rule(offset=offsets, size=sizes)
    def read(self, offset: int, size: int) -> None:
        size = min(size, PAGES * PAGE - offset)
        expected = self.content[offset : offset + self.readable_size(offset, size)]
        assert self.process.read(self.base + offset, size, partial=True) == expected
        if len(expected) < size:
            words = f"{len(expected)} of {size} bytes at {self.base + offset:#x}"
            with pytest.raises(InvalidAddressError, match=words):
                self.process.read(self.base + offset, size)

    @rule(at=st.lists(st.tuples(offsets, st.just(24)), max_size=30))
    def read_many(self, at: list[tuple[int, int]]) -> None:
        starts = [min(offset, PAGES * PAGE - 24) for offset, _ in at]
        pieces = self.process.read_many([self.base + start for start in starts], 24)
        assert list(pieces) == [
            bytes(self.content[start : start + 24]) if self.readable_size(start, 24) == 24 else None
            for start in starts
        ]

    @rule(offset=offsets, size=sizes, byte=st.integers(1, 255))
    def write(self, offset: int, size: int, byte: int) -> None:
        size = min(size, PAGES * PAGE - offset)
        kinds = {self.pages[page] for page in self.touched(offset, size)}
        if kinds in ({Protection.READWRITE}, {Protection.EXECUTE_READ}):
            self.process.write(self.base + offset, bytes([byte]) * size)
            self.content[offset : offset + size] = bytes([byte]) * size
        elif kinds.isdisjoint({Protection.READWRITE, Protection.EXECUTE_READ}):
            # Of anything else Windows may write what comes first.
            with pytest.raises(InvalidAddressError):
                self.process.write(self.base + offset, bytes([byte]) * size)

    @rule(offset=offsets, size=sizes, byte=st.integers(1, 255))
    def write_by_force(self, offset: int, size: int, byte: int) -> None:
        size = min(size, PAGES * PAGE - offset)
        data = bytes([byte]) * size
        if all(self.pages[page] is not None for page in self.touched(offset, size)):
            self.process.write(self.base + offset, data, unprotect=True)
            self.content[offset : offset + size] = data
        else:
            with pytest.raises(InvalidAddressError):
                self.process.write(self.base + offset, data, unprotect=True)

    @precondition(lambda self: None not in self.pages[:3])
    @rule(protection=st.sampled_from(PROTECTIONS))
    def protect(self, protection: Protection) -> None:
        assert self.process.protect(self.base, 3 * PAGE, protection) == self.pages[0]
        self.pages[:3] = [protection] * 3

    @precondition(lambda self: None not in self.pages[2:5])
    @rule(protection=st.sampled_from(PROTECTIONS))
    def protect_for_a_while(self, protection: Protection) -> None:
        before = self.pages[2:5]
        with self.process.protected(self.base + 2 * PAGE, 3 * PAGE, protection):
            self.pages[2:5] = [protection] * 3
            self.read(2 * PAGE, 3 * PAGE)
        self.pages[2:5] = before

    @rule(page=st.integers(0, PAGES - 1), byte=st.integers(1, 255))
    def scan(self, page: int, byte: int) -> None:
        needle = bytes([byte]) * 3
        start = page * PAGE
        expected = []
        if self.pages[page] in READABLE:
            content = self.content[start : start + PAGE]
            at = content.find(needle)
            while at >= 0:
                expected.append(self.base + start + at)
                at = content.find(needle, at + 1)
        found = self.process.scan(needle, start=self.base + start, end=self.base + start + PAGE)
        assert found.matches.column("address").tolist() == expected


@pytest.mark.usefixtures("strict")
def test_memory_is_what_was_done_to_it() -> None:
    with Target("idle") as target, Process(target.pid) as process:
        bound: Any = type("BoundMemory", (Memory,), {"process": process})
        machine = bound.TestCase
        machine.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
        machine("runTest").debug()
