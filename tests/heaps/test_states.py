"""A heap, whatever is done to it in whatever order, against a plain account of its blocks."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from ntpages import heaps
from ntpages.errors import OutOfMemoryError
from ntpages.heaps import Block, Heap

# Around the borders of what Windows treats alike: empty, one granule, one page, one segment, large.
SIZES = st.one_of(
    st.sampled_from([0, 1, 15, 16, 17, 4095, 4096, 65_536, 1 << 20]), st.integers(0, 3000)
)
FEW = st.integers(0, 7)


@dataclass
class Account:
    """What a block must hold, and the views of it that live."""

    block: Block
    content: bytearray
    views: list[memoryview] = field(default_factory=list)


class Allocations(RuleBasedStateMachine):
    """A heap, and the account of every block that it gave out."""

    def __init__(self) -> None:
        super().__init__()
        self.heap = Heap.create()
        self.live: list[Account] = []
        self.dead: list[Block] = []

    @initialize(serialize=st.booleans())
    def begin(self, *, serialize: bool) -> None:
        self.heap.close()
        self.serialize = serialize
        self.heap = Heap.create(serialize=serialize)

    def pick(self, which: int) -> Account:
        return self.live[which % len(self.live)]

    any_live = precondition(lambda self: self.live)

    # ---- Blocks ----------------------------------------------------------------------------------

    @rule(size=SIZES, zero=st.booleans(), fill=st.integers(0, 255))
    def allocate(self, size: int, fill: int, *, zero: bool) -> None:
        block = self.heap.allocate(size, zero=zero)
        if zero:
            assert bytes(block) == bytes(size)
        with memoryview(block) as view:
            view[:] = bytes([fill]) * size
        self.live.append(Account(block, bytearray([fill]) * size))

    @any_live
    @rule(which=FEW, by_heap=st.booleans())
    def free(self, which: int, *, by_heap: bool) -> None:
        account = self.pick(which)

        def free() -> None:
            if by_heap:
                self.heap.free(account.block)
            else:
                account.block.free()

        if account.views:
            with pytest.raises(BufferError):
                free()
            return
        free()
        self.live.remove(account)
        self.dead.append(account.block)

    @any_live
    @rule(which=FEW, size=SIZES, in_place=st.booleans(), zero=st.booleans())
    def reallocate(self, which: int, size: int, *, in_place: bool, zero: bool) -> None:
        account = self.pick(which)
        address = account.block.address
        if account.views:
            with pytest.raises(BufferError):
                self.heap.reallocate(account.block, size)
            return
        try:
            self.heap.reallocate(account.block, size, in_place=in_place, zero=zero)
        except OutOfMemoryError:
            assert in_place
            return  # the block is as it was, which the invariant checks
        kept = min(size, len(account.content))
        assert bytes(account.block)[:kept] == account.content[:kept]
        if in_place:
            assert account.block.address == address
        if zero:
            assert bytes(account.block)[kept:] == bytes(size - kept)
        account.content = bytearray(bytes(account.block))

    @precondition(lambda self: self.dead)
    @rule(which=FEW)
    def touch_the_dead(self, which: int) -> None:
        block = self.dead[which % len(self.dead)]
        assert not block.live
        for use in (block.free, lambda: self.heap.free(block), lambda: memoryview(block)):
            with pytest.raises(ValueError, match="is closed"):
                use()

    @any_live
    @rule(which=FEW)
    def forget(self, which: int) -> None:
        """Drop the last name of a block: its views, if any, keep it, and the account goes on."""
        if not self.pick(which).views:
            self.live.remove(self.pick(which))

    # ---- Views -----------------------------------------------------------------------------------

    @any_live
    @rule(which=FEW)
    def view(self, which: int) -> None:
        account = self.pick(which)
        account.views.append(memoryview(account.block))

    @any_live
    @rule(which=FEW, offset=st.integers(0, 3000), data=st.binary(max_size=20))
    def write(self, which: int, offset: int, data: bytes) -> None:
        account = self.pick(which)
        data = data[: max(0, len(account.content) - offset)]
        if data and account.views:
            account.views[-1][offset : offset + len(data)] = data
            account.content[offset : offset + len(data)] = data

    @any_live
    @rule(which=FEW)
    def release(self, which: int) -> None:
        account = self.pick(which)
        if account.views:
            account.views.pop().release()

    # ---- The heap --------------------------------------------------------------------------------

    @rule()
    def walk(self) -> None:
        walked = self.heap.walk()
        busy = {row.address: row.size for row in walked if row.kind == "busy"}
        assert busy == {each.block.address: each.block.size for each in self.live}
        assert self.heap.fragmentation() == heaps.fragmentation(walked)
        assert self.heap.histogram().to_dict() == heaps.histogram(walked).to_dict()
        summary = self.heap.summary()
        if summary.source == "walk":  # Windows' own may count overhead, too
            assert summary.allocated == sum(busy.values())

    @rule()
    def compact(self) -> None:
        assert self.heap.compact() >= 0

    @rule()
    def close(self) -> None:
        if any(each.views for each in self.live):
            with pytest.raises(BufferError):
                self.heap.close()
            return
        self.heap.close()
        assert self.heap.closed
        self.dead += [each.block for each in self.live]
        self.live.clear()
        with pytest.raises(ValueError, match="Heap is closed"):
            self.heap.allocate(1)
        del self.dead[:-8]
        self.heap = Heap.create(serialize=self.serialize)

    @invariant()
    def agree(self) -> None:
        assert self.heap.blocks == len(self.live)
        assert self.heap.validate()
        for each in self.live:
            assert each.block.live
            assert each.block.size == self.heap.size(each.block) == len(each.content)
            assert bytes(each.block) == each.content

    def teardown(self) -> None:
        for each in self.live:
            for view in each.views:
                view.release()
        self.heap.close()


Allocations.TestCase.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)
test_a_heap_agrees_with_an_account = Allocations.TestCase
