"""What only Windows can prove of working sets: that limits, locks and trims are more than words."""

from __future__ import annotations

import pytest

from ntpages import working_sets
from ntpages.processes import Process
from ntpages.regions import Region
from target import Target

pytestmark = pytest.mark.windows

PAGE = 4096
MIB = 1 << 20


def test_trimming_takes_memory_out_of_a_working_set() -> None:
    with Target(64) as target, Process(target.pid) as process:
        before = process.counters().working_set
        trimmed = working_sets.trim(target.pid)
        assert before >= 64 * MIB
        assert trimmed.after is not None
        assert trimmed.before - trimmed.after > 48 * MIB


def test_a_hard_maximum_holds_at_once() -> None:
    with Target(64) as target, Process(target.pid) as process:
        working_sets.set_limits(
            target.pid, minimum=MIB, maximum=16 * MIB, hard_minimum=False, hard_maximum=True
        )
        process.read_into(target["large"], bytearray(64 * MIB))  # it faults its pages in again
        assert process.counters().working_set <= 16 * MIB


def test_a_page_that_was_never_touched_is_not_valid() -> None:
    with Region(4 * PAGE) as region:
        region.view(PAGE, 1)[0] = 1
        found = working_sets.pages(address=region.address, size=4 * PAGE)
        assert found.column("valid").tolist() == [False, True, False, False]


def test_a_page_that_is_locked_is_told() -> None:
    with Region(4 * PAGE) as region, region.locked(0, 2 * PAGE):
        found = working_sets.pages(address=region.address, size=4 * PAGE)
        assert found.column("locked").tolist() == [True, True, False, False]
