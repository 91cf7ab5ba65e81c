"""What a region is asked for, where just one answer will do."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.regions import Region

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab

GRAIN = 64 * 1024
MIB = 1 << 20
RESERVE, READWRITE = 0x2000, 0x04


@pytest.mark.parametrize("is_new", [True, False])
def test_bounds_may_leave_room_for_just_one_place(lab: Lab, *, is_new: bool) -> None:
    lab.model("regions")
    if not is_new:
        lab.hide("VirtualAlloc2")
    with Region(GRAIN) as elsewhere:
        at = elsewhere.address
    with Region(GRAIN, lowest=at, highest=at + GRAIN - 1) as region:
        assert region.address == at


@pytest.mark.parametrize("wish", [{"lowest": MIB}, {"highest": 2**46 - 1}, {"alignment": MIB}])
def test_each_wish_of_an_address_is_one_for_windows(lab: Lab, wish: dict[str, Any]) -> None:
    lab.model("regions")
    Region(GRAIN, **wish).close()
    assert lab.count("VirtualAlloc2") == 1


@pytest.fixture
def odd_place() -> int:
    """Addresses from 1 TiB on that start at no MiB, reserved: whoever is given them frees them."""
    allocate = ctypes.WinDLL("kernel32").VirtualAlloc
    allocate.restype = ctypes.c_size_t
    allocate.argtypes = [ctypes.c_size_t, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_uint32]
    with Region(2 * GRAIN, commit=False, lowest=2**40) as free:
        place = next(each for each in (free.address, free.address + GRAIN) if each % MIB)
    assert allocate(place, GRAIN, RESERVE, READWRITE) == place
    return place


@pytest.mark.parametrize(
    ("wish", "asked", "is_kept"),
    [
        ("lowest", 2**41, int.__ge__),
        ("highest", 2**40 - 1, int.__lt__),
        ("alignment", MIB, lambda address, asked: address % asked == 0),
    ],
)
def test_an_answer_that_is_not_what_was_wished_is_not_taken(
    lab: Lab, odd_place: int, wish: str, asked: int, is_kept: Callable[[int, int], bool]
) -> None:
    lab.model("regions")
    lab.fail("VirtualAlloc2", value=odd_place)
    wishes: dict[str, Any] = {wish: asked}
    with Region(GRAIN, **wishes) as region:
        assert is_kept(region.address, asked)
    with Region(GRAIN, at=odd_place) as region:  # it was given back
        assert region.address == odd_place


@pytest.mark.parametrize("only", [False, True])
def test_a_node_may_be_wished_for_or_insisted_on(lab: Lab, *, only: bool) -> None:
    lab.model("regions")
    door = lab.model("numa")
    with Region(GRAIN, node=1, only_node=only) as region:
        assert door.is_only(region.address) is only
