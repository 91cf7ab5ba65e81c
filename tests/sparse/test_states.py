"""SparseBuffer, whatever is done to it in whatever order, against a plain account."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ntpages.sparse import SparseBuffer
from sparse.touching import PAGE

CHUNKS = 40


class Buffer(RuleBasedStateMachine):
    """A small buffer; its account is a bytearray, and the set of chunks that must be committed."""

    def __init__(self) -> None:
        super().__init__()
        self.size = CHUNKS * PAGE - 100
        self.buffer = SparseBuffer(self.size, chunk=PAGE, ahead=0)
        self.view = memoryview(self.buffer)
        self.bytes = bytearray(self.size)
        self.committed: set[int] = set()

    offsets = st.integers(0, CHUNKS * PAGE - 101)
    sizes = st.integers(0, 6 * PAGE)

    def covering(self, offset: int, size: int) -> set[int]:
        return set(range(offset // PAGE, -(-(offset + size) // PAGE))) if size else set()

    @rule(offset=offsets, data=st.binary(max_size=30))
    def write(self, offset: int, data: bytes) -> None:
        data = data[: self.size - offset]
        self.view[offset : offset + len(data)] = data
        self.bytes[offset : offset + len(data)] = data
        self.committed |= self.covering(offset, len(data))

    @rule(offset=offsets, size=sizes)
    def read(self, offset: int, size: int) -> None:
        size = min(size, self.size - offset)
        assert bytes(self.view[offset : offset + size]) == self.bytes[offset : offset + size]
        self.committed |= self.covering(offset, size)

    @rule(offset=offsets, size=sizes)
    def peek(self, offset: int, size: int) -> None:
        size = min(size, self.size - offset)
        there = self.covering(offset, size) <= self.committed
        expected = bytes(self.bytes[offset : offset + size]) if there else None
        assert self.buffer.peek(offset, size) == expected

    @rule(offset=offsets, size=sizes)
    def commit(self, offset: int, size: int) -> None:
        size = min(size, self.size - offset)
        self.buffer.commit(offset, size)
        self.committed |= self.covering(offset, size)

    @rule(offset=offsets, size=sizes)
    def decommit(self, offset: int, size: int) -> None:
        size = min(size, self.size - offset)
        end = CHUNKS if offset + size == self.size else (offset + size) // PAGE
        gone = set(range(-(-offset // PAGE), end)) & self.committed
        assert self.buffer.decommit(offset, size) == len(gone) * PAGE
        for chunk in gone:
            piece = self.bytes[chunk * PAGE : (chunk + 1) * PAGE]
            self.bytes[chunk * PAGE : (chunk + 1) * PAGE] = bytes(len(piece))
        self.committed -= gone

    @rule()
    def trim(self) -> None:
        full = {at for at in self.committed if any(self.bytes[at * PAGE : (at + 1) * PAGE])}
        assert self.buffer.trim() == len(self.committed - full) * PAGE
        self.committed = full

    @invariant()
    def agree(self) -> None:
        spans = self.buffer.spans()
        assert [span.offset for span in spans] == [
            sum(span.size for span in spans[:i]) for i in range(len(spans))
        ]
        assert sum(span.size for span in spans) == self.size
        committed = {
            chunk
            for span in spans
            if span.committed
            for chunk in self.covering(span.offset, span.size)
        }
        assert committed == self.committed
        assert self.buffer.committed == len(committed) * PAGE

    def teardown(self) -> None:
        self.view.release()
        self.buffer.close()


Buffer.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_a_buffer_agrees_with_a_plain_account = Buffer.TestCase
