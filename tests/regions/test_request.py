"""What a region is asked for, where just one answer will do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ntpages.regions import Region

if TYPE_CHECKING:
    from ntlab import Lab

GRAIN = 64 * 1024


@pytest.mark.parametrize("is_new", [True, False])
def test_bounds_may_leave_room_for_just_one_place(lab: Lab, *, is_new: bool) -> None:
    lab.model("regions")
    if not is_new:
        lab.hide("VirtualAlloc2")
    with Region(GRAIN) as elsewhere:
        at = elsewhere.address
    with Region(GRAIN, lowest=at, highest=at + GRAIN - 1) as region:
        assert region.address == at
