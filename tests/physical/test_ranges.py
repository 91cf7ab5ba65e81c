"""Where physical memory is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ntpages import errors, physical, system
from ntpages.physical import RangeState

if TYPE_CHECKING:
    from ntlab import Lab

PAGE = 4096


@pytest.mark.parametrize("old", [False, True], ids=["version 2", "version 1"])
def test_ranges_and_the_holes_between_them_follow_each_other(lab: Lab, *, old: bool) -> None:
    door = lab.model("physical")
    door.ranges((1, 0x9E), (0x100, 0x1000), (0x1100, 4))
    if old:
        door.tell_old_ranges()
    found = [*physical.ranges()]
    assert [(each.address // PAGE, each.size // PAGE, each.state) for each in found] == [
        (0, 1, RangeState.HOLE),
        (1, 0x9E, RangeState.MEMORY),
        (0x9F, 0x61, RangeState.HOLE),
        (0x100, 0x1000, RangeState.MEMORY),
        (0x1100, 4, RangeState.MEMORY),
    ]


def test_more_ranges_than_there_is_room_for_are_asked_for_again(lab: Lab) -> None:
    door = lab.model("physical")
    door.ranges(*((2 * each, 1) for each in range(5000)))
    found = physical.ranges()
    assert len(found) == 2 * 5000 - 1
    assert sum(found.where(found["state"] == "memory")["size"]) == 5000 * PAGE


def test_ranges_in_no_order_are_an_error_and_never_a_number(lab: Lab) -> None:
    lab.model("physical").ranges((0x100, 16), (0x10, 16))
    with pytest.raises(errors.NtError, match="where none can be") as refused:
        physical.ranges()
    assert refused.value.status == 0xC00000E5


def test_who_lacks_the_privilege_is_told_which(lab: Lab) -> None:
    lab.model("physical")
    lab.model("privileges").standard_user()
    with pytest.raises(errors.PrivilegeNotHeldError) as refused:
        physical.ranges()
    assert refused.value.privilege == "SeProfileSingleProcessPrivilege"


@pytest.mark.skipif(system.windows().wine is None, reason="Windows knows")
def test_where_the_system_does_not_say_it_is_unavailable() -> None:
    with pytest.raises(errors.UnavailableError):
        physical.ranges()
