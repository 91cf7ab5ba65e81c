"""Snapshots in any order, against full copies of what the region held at each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ntpages.write_watch import Snapshots
from write_watch.watched import PAGE, PAGES, watched

if TYPE_CHECKING:
    from collections.abc import Iterable


class Followed(RuleBasedStateMachine):
    """A region, its snapshots, and full copies of what it held at each."""

    def __init__(self) -> None:
        super().__init__()
        self.region = watched()
        self.view = memoryview(self.region)
        self.snapshots = Snapshots(self.region)
        self.copies: dict[int, bytes] = {}
        self.parents: dict[int, int | None] = {}
        self.current: int | None = None
        self.taken = 0

    def chosen(self, choice: int) -> int:
        return sorted(self.copies)[choice % len(self.copies)]

    @rule(
        at=st.integers(0, PAGES * PAGE - 1),
        data=st.binary(min_size=1, max_size=3) | st.just(bytes(PAGE)),
    )
    def write(self, at: int, data: bytes) -> None:
        data = data[: PAGES * PAGE - at]
        self.view[at : at + len(data)] = data

    @rule()
    def take(self) -> None:
        assert self.snapshots.take() == self.taken
        self.copies[self.taken] = bytes(self.view)
        self.parents[self.taken] = self.current
        self.current = self.taken
        self.taken += 1

    @precondition(lambda self: self.copies)
    @rule(choice=st.integers(0, 1 << 16))
    def restore(self, choice: int) -> None:
        number = self.chosen(choice)
        differing = differing_pages(bytes(self.view), self.copies[number])
        assert self.snapshots.restore(number) == len(differing) * PAGE
        assert self.view == self.copies[number]
        self.current = number

    @precondition(lambda self: self.copies)
    @rule(choice=st.integers(0, 1 << 16))
    def forget(self, choice: int) -> None:
        number = self.chosen(choice)
        before, stored = bytes(self.view), self.snapshots.stored
        freed = self.snapshots.forget(number)
        assert self.view == before
        assert self.snapshots.stored == stored - freed
        del self.copies[number]
        parent = self.parents.pop(number)
        for child in self.parents:
            if self.parents[child] == number:
                self.parents[child] = parent
        if self.current == number:
            self.current = parent

    @invariant()
    def knows_all(self) -> None:
        assert self.snapshots.numbers == tuple(sorted(self.copies))
        assert len(self.snapshots) == len(self.copies)
        assert self.snapshots.current == self.current
        assert self.snapshots.stored >= PAGE * len(different_pages(self.copies.values()))
        for number, copy in self.copies.items():
            parent = self.parents[number]
            before = bytes(PAGES * PAGE) if parent is None else self.copies[parent]
            changed = self.snapshots.changed(number).column("offset").tolist()
            assert changed == differing_pages(before, copy)

    def teardown(self) -> None:
        for number in sorted(self.copies):
            self.snapshots.restore(number)
            assert self.view == self.copies[number]
        for number in self.snapshots.numbers:
            self.snapshots.forget(number)
        assert self.snapshots.stored == 0
        self.snapshots.close()
        self.view.release()
        self.region.close()


def differing_pages(left: bytes, right: bytes) -> list[int]:
    """Offsets of the pages in which two copies differ."""
    pages = range(0, PAGES * PAGE, PAGE)
    return [at for at in pages if left[at : at + PAGE] != right[at : at + PAGE]]


def different_pages(copies: Iterable[bytes]) -> set[tuple[int, bytes]]:
    """Pages of all copies, each content once; those of zeros need not be kept."""
    pages = range(0, PAGES * PAGE, PAGE)
    found = {(at, copy[at : at + PAGE]) for copy in copies for at in pages}
    return {(at, page) for at, page in found if any(page)}


TestFollowed = Followed.TestCase
TestFollowed.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
