"""What a region is asked for, where just one answer will do."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import pytest

from ntpages.errors import NtError, UnavailableError
from ntpages.regions import Protection, Region

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


# ---- What app containers may do ----------------------------------------------------------------


@pytest.fixture
def container(lab: Lab) -> Any:
    lab.model("regions")
    lab.model("numa")
    return lab.model("regions_app")


@pytest.mark.parametrize(
    ("wish", "call"),
    [
        ({}, "VirtualAllocFromApp"),
        ({"commit": False}, "VirtualAllocFromApp"),
        ({"at": 2**41}, "VirtualAllocFromApp"),
        ({"alignment": MIB}, "VirtualAlloc2FromApp"),
        ({"node": 1}, "VirtualAlloc2FromApp"),
        ({"machine": 0x8664}, "VirtualAlloc2FromApp"),
    ],
)
def test_an_app_makes_the_calls_of_apps_and_no_others(
    lab: Lab, container: Any, wish: dict[str, Any], call: str
) -> None:
    assert container
    others = ("VirtualAlloc", "VirtualAlloc2", "VirtualAllocExNuma", "VirtualProtect")
    before = [lab.count(each) for each in others]
    with Region(GRAIN, from_app=True, **wish) as region:
        region.commit()
        region.view()[0] = 1
        region.protect(Protection.READONLY)
        region.reset()
    assert lab.count(call) > 0
    assert lab.count("VirtualProtectFromApp") == 1
    assert [lab.count(each) for each in others] == before


def test_an_app_without_the_newer_call_searches_for_an_address(lab: Lab, container: Any) -> None:
    assert container
    lab.hide("VirtualAlloc2FromApp")
    with Region(GRAIN, from_app=True, alignment=MIB) as region:
        assert region.address % MIB == 0
    with pytest.raises(UnavailableError, match="VirtualAlloc2FromApp"):
        Region(GRAIN, from_app=True, node=1)


@pytest.mark.parametrize(
    "protection", [Protection.EXECUTE_READWRITE, Protection.EXECUTE_READ, Protection.EXECUTE]
)
def test_an_app_is_refused_code_when_it_allocates(container: Any, protection: Protection) -> None:
    assert container
    with pytest.raises(NtError) as refused:
        Region(GRAIN, from_app=True, protection=protection)
    assert (refused.value.call, refused.value.code) == ("VirtualAllocFromApp", 87)


def test_an_app_makes_code_in_two_steps_if_it_may_make_any(container: Any) -> None:
    with Region(GRAIN, from_app=True) as region:
        with pytest.raises(NtError) as refused:
            region.protect(Protection.EXECUTE_READWRITE)
        assert (refused.value.call, refused.value.code) == ("VirtualProtectFromApp", 87)
        assert region.protect(Protection.EXECUTE_READ).old == Protection.READWRITE
        region.protect(Protection.READWRITE)
        container.forbid_code()
        with pytest.raises(NtError) as refused:
            region.protect(Protection.EXECUTE_READ)
        assert refused.value.code == 1655


@pytest.mark.parametrize("call", ["VirtualAllocFromApp", "VirtualProtectFromApp"])
def test_a_windows_without_the_calls_of_apps_says_so(lab: Lab, container: Any, call: str) -> None:
    assert container
    lab.hide(call)
    with pytest.raises(UnavailableError, match=call), Region(GRAIN, from_app=True) as region:
        region.protect(Protection.READONLY)


def test_this_host_refuses_code_to_an_app() -> None:  # Wine exports the first of the calls, too
    with Region(GRAIN, from_app=True) as region:
        region.view()[0] = 1
    with pytest.raises(NtError) as refused:
        Region(GRAIN, from_app=True, protection=Protection.EXECUTE_READWRITE)
    assert refused.value.call == "VirtualAllocFromApp"


# ---- Machines ----------------------------------------------------------------------------------


def test_a_machine_is_one_that_windows_knows(lab: Lab) -> None:
    lab.model("regions")
    lab.record("VirtualAlloc2")
    Region(GRAIN, machine=0xAA64).close()
    assert lab.calls("VirtualAlloc2")[0].arguments[6] & 0xFFFFFFFF == 1
    with pytest.raises(NtError) as refused:
        Region(GRAIN, machine=0x1234)
    assert (refused.value.call, refused.value.code) == ("VirtualAlloc2", 87)
