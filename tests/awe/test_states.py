"""AWE in any order of mapping, against a plain account of what lies where."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from ntpages.awe import PhysicalPages, Window

if TYPE_CHECKING:
    from ntlab import Lab

PAGE = 4096
SLOTS = 4
COUNT = 6


class Mapping(RuleBasedStateMachine):
    """A window and a set, against a plain account of what lies where."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        lab.reset()
        self.door = lab.model("awe")
        lab.model("privileges").hold("SeLockMemoryPrivilege")
        self.pages = PhysicalPages(COUNT)
        self.windows = [Window(SLOTS * PAGE), Window(SLOTS * PAGE)]
        self.shown: dict[tuple[int, int], int] = {}  # window and slot -> page
        self.bytes = [0] * COUNT

    def teardown(self) -> None:
        self.check()
        self.pages.close()
        for window in self.windows:
            window.close()
        assert self.door.held == (0, 0, 0)

    def check(self) -> None:
        assert self.pages.mapped == len(self.shown)
        for (which, slot), page in self.shown.items():
            with self.windows[which].view(slot * PAGE, PAGE) as view:
                assert view[0] == self.bytes[page]

    @rule(which=st.integers(0, 1), slot=st.integers(0, SLOTS - 1), page=st.integers(0, COUNT - 1),
          count=st.integers(1, SLOTS))  # fmt: skip
    def show(self, which: int, slot: int, page: int, count: int) -> None:
        wanted = range(page, page + count)
        fits = slot + count <= SLOTS and page + count <= COUNT
        if not fits or set(wanted) & set(self.shown.values()):
            with pytest.raises(ValueError, match=r"must be|mapped already"):
                self.windows[which].map(self.pages, slot * PAGE, page, count)
            return
        self.windows[which].map(self.pages, slot * PAGE, page, count)
        self.shown.update({(which, slot + at): page + at for at in range(count)})

    @rule(which=st.integers(0, 1), slot=st.integers(0, SLOTS - 1), count=st.integers(1, SLOTS))
    def hide(self, which: int, slot: int, count: int) -> None:
        count = min(count, SLOTS - slot)
        gone = [(which, slot + at) for at in range(count) if (which, slot + at) in self.shown]
        assert self.windows[which].unmap(slot * PAGE, count) == len(gone)
        for place in gone:
            del self.shown[place]

    @rule(
        which=st.integers(0, 1),
        placements=st.dictionaries(
            st.integers(0, SLOTS - 1), st.none() | st.integers(0, COUNT - 1), max_size=SLOTS
        ),
    )
    def scatter(self, which: int, placements: dict[int, int | None]) -> None:
        pages = [page for page in placements.values() if page is not None]
        wanted = {slot * PAGE: page for slot, page in placements.items()}
        if len(set(pages)) < len(pages) or set(pages) & set(self.shown.values()):
            with pytest.raises(ValueError, match=r"mapped already|at two places"):
                self.windows[which].map_scatter(self.pages, wanted)
            return
        self.windows[which].map_scatter(self.pages, wanted)
        for slot, page in placements.items():
            self.shown.pop((which, slot), None)
            if page is not None:
                self.shown[which, slot] = page

    @precondition(lambda self: self.shown)
    @rule(data=st.data(), value=st.integers(0, 255))
    def write(self, data: st.DataObject, value: int) -> None:
        which, slot = data.draw(st.sampled_from(sorted(self.shown)))
        with self.windows[which].view(slot * PAGE, PAGE) as view:
            view[0] = value
        self.bytes[self.shown[which, slot]] = value
        self.check()


def test_any_order_of_mapping_agrees_with_the_account(lab: Lab) -> None:
    run_state_machine_as_test(
        partial(Mapping, lab),  # type: ignore[arg-type]  # any maker will do
        settings=settings(max_examples=60, stateful_step_count=40, deadline=None),
    )
