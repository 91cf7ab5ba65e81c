"""A region in any order of calls, against a plain account of its pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ntpages._native import regions as native
from ntpages.errors import InvalidAddressError, NtError
from ntpages.regions import Protection, Range, Region

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from ntlab import Lab

PAGE = 4096
COUNT = 6
NONE = Protection(0)

protections = st.sampled_from(
    [
        Protection.NOACCESS,
        Protection.READONLY,
        Protection.READWRITE,
        Protection.EXECUTE,
        Protection.EXECUTE_READ,
        Protection.EXECUTE_READWRITE,
    ]
)
offsets = st.integers(0, COUNT * PAGE - 1)
sizes = st.integers(1, 3 * PAGE)
WRITABLE = {Protection.READWRITE, Protection.EXECUTE_READWRITE}
READABLE = {Protection.READONLY, Protection.EXECUTE_READ, *WRITABLE}


@dataclass(frozen=True)
class Page:
    """One page, as it should be."""

    protection: Protection = NONE  # of one that is committed
    byte: int = 0  # its first
    locked: bool = False


class Pages(RuleBasedStateMachine):
    """A region, its views, and a plain account of each page."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        lab.reset()
        lab.model("regions")
        self.views: list[tuple[memoryview, range]] = []
        self.make(Protection.READWRITE, commit=True)

    def teardown(self) -> None:
        for view, _ in self.views:
            view.release()
        self.region.close()

    def make(self, protection: Protection, *, commit: bool) -> None:
        self.region = Region(COUNT * PAGE, protection=protection, commit=commit)
        self.protection = protection
        self.pages = [Page(protection if commit else NONE)] * COUNT

    @staticmethod
    def touched(offset: int, size: int) -> tuple[Range, range]:
        """The pages that hold the bytes, as a call answers them and as numbers."""
        first, last = offset // PAGE, (offset + size - 1) // PAGE
        return Range(first * PAGE, (last + 1 - first) * PAGE), range(first, last + 1)

    def change(self, numbers: range, become: Callable[[Page], Page]) -> None:
        for number in numbers:
            self.pages[number] = become(self.pages[number])

    # ---- what may be called ---------------------------------------------------------------------

    @rule(offset=offsets, size=sizes, protection=st.none() | protections)
    def commit(self, offset: int, size: int, protection: Protection | None) -> None:
        size = min(size, COUNT * PAGE - offset)
        affected, numbers = self.touched(offset, size)
        assert self.region.commit(offset, size, protection=protection) == affected
        new = Page(protection or self.protection)
        self.change(numbers, lambda page: page if page.protection else new)

    @rule(offset=offsets, size=sizes)
    def decommit(self, offset: int, size: int) -> None:
        size = min(size, COUNT * PAGE - offset)
        affected, numbers = self.touched(offset, size)
        if self.views:
            with pytest.raises(BufferError, match="Region is in use"):
                self.region.decommit(offset, size)
            return
        assert self.region.decommit(offset, size) == affected
        self.change(numbers, lambda _: Page())

    @rule(offset=offsets, size=sizes, protection=protections)
    def protect(self, offset: int, size: int, protection: Protection) -> None:
        size = min(size, COUNT * PAGE - offset)
        affected, numbers = self.touched(offset, size)
        call = partial(self.region.protect, protection, offset=offset, size=size)
        if self.views and protection not in WRITABLE:
            with pytest.raises(BufferError, match="Region is in use"):
                call()
        elif not all(self.pages[number].protection for number in numbers):
            with pytest.raises(InvalidAddressError):
                call()
        else:
            changed = call()
            assert (changed.offset, changed.size) == (affected.offset, affected.size)
            assert changed.old == self.pages[numbers.start].protection
            lost = protection == Protection.NOACCESS
            self.change(
                numbers,
                lambda page: replace(page, protection=protection, locked=page.locked and not lost),
            )

    @rule(offset=offsets, size=sizes)
    def lock(self, offset: int, size: int) -> None:
        size = min(size, COUNT * PAGE - offset)
        affected, numbers = self.touched(offset, size)
        forbidden = {NONE, Protection.NOACCESS}
        if forbidden & {self.pages[number].protection for number in numbers}:
            with pytest.raises(NtError):
                self.region.lock(offset, size)
            return
        assert self.region.lock(offset, size) == affected
        self.change(numbers, lambda page: replace(page, locked=True))

    @rule(offset=offsets, size=sizes)
    def unlock(self, offset: int, size: int) -> None:
        size = min(size, COUNT * PAGE - offset)
        affected, numbers = self.touched(offset, size)
        if not any(self.pages[number].locked for number in numbers):
            with pytest.raises(NtError):
                self.region.unlock(offset, size)
            return
        assert self.region.unlock(offset, size) == affected
        self.change(numbers, lambda page: replace(page, locked=False))

    @rule(offset=offsets, size=sizes)
    def view(self, offset: int, size: int) -> None:
        size = min(size, COUNT * PAGE - offset)
        _, numbers = self.touched(offset, size)
        found = {self.pages[number].protection for number in numbers}
        if not found <= READABLE:
            with pytest.raises(BufferError, match=r"are not committed|protected against reading"):
                self.region.view(offset, size)
            return
        view = self.region.view(offset, size)
        assert (view.nbytes, view.readonly) == (size, not found <= WRITABLE)
        self.views.append((view, range(offset, offset + size)))

    @rule(which=st.randoms(use_true_random=False), byte=st.integers(0, 255))
    def write(self, which: random.Random, byte: int) -> None:
        if not self.views:
            return
        view, places = which.choice(self.views)
        starts = [place for place in places if place % PAGE == 0]
        if view.readonly:
            with pytest.raises(TypeError, match="read-only"):
                view[0] = byte
        elif starts:
            start = which.choice(starts)
            view[start - places.start] = byte
            number = start // PAGE
            self.pages[number] = replace(self.pages[number], byte=byte)

    @rule(which=st.randoms(use_true_random=False))
    def release(self, which: random.Random) -> None:
        if self.views:
            view, _ = self.views.pop(which.randrange(len(self.views)))
            view.release()

    @rule(protection=protections, commit=st.booleans())
    def close(self, protection: Protection, *, commit: bool) -> None:
        if self.views:
            with pytest.raises(BufferError, match="Region is in use"):
                self.region.close()
            return
        self.region.close()
        self.region.close()
        with pytest.raises(ValueError, match="Region is closed"):
            self.region.spans()
        self.make(protection, commit=commit)

    # ---- what must be so ------------------------------------------------------------------------

    @invariant()
    def spans_are_of_pages_that_are_alike(self) -> None:
        expected = []
        for protection, run in groupby(range(COUNT), lambda n: self.pages[n].protection):
            numbers = list(run)
            state = "commit" if protection else "reserve"
            expected.append((numbers[0] * PAGE, len(numbers) * PAGE, state, protection))
        assert [tuple(span) for span in self.region.spans()] == expected
        committed = sum(PAGE for page in self.pages if page.protection)
        assert self.region.committed == committed

    @invariant()
    def bytes_are_what_was_written(self) -> None:
        for number, page in enumerate(self.pages):
            if page.protection in READABLE:
                with self.region.view(number * PAGE, 1) as view:
                    assert view[0] == page.byte

    @invariant()
    def what_is_locked_is_known(self) -> None:
        open_pages = [number for number, page in enumerate(self.pages) if not page.locked]
        with native.LockedPages(self.region, 0, COUNT * PAGE) as told:
            pass
        assert [
            number
            for start, size in told
            for number in range(start // PAGE, (start + size) // PAGE)
        ] == open_pages


@pytest.mark.lab
def test_a_region_in_any_order(lab: Lab) -> None:
    run_state_machine_as_test(
        partial(Pages, lab),  # type: ignore[arg-type]  # any maker will do
        settings=settings(
            max_examples=150,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
