"""Regions against a strict model: what Wine lacks or fakes, and every refusal of it."""

from __future__ import annotations

import ctypes
import gc
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import system
from ntpages.errors import (
    InvalidAddressError,
    NtError,
    OutOfMemoryError,
    PrivilegeNotHeldError,
    UnavailableError,
    way_to_hold,
)
from ntpages.regions import (
    Attribute,
    OfferPriority,
    Placeholder,
    Protection,
    Region,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab

pytestmark = pytest.mark.lab

PAGE = 4096
GRAIN = 64 * 1024
LARGE = 2 << 20
HUGE = 1 << 30
LOCK_MEMORY = "SeLockMemoryPrivilege"


@pytest.fixture(autouse=True)
def kernel(lab: Lab) -> Any:
    """The model, of a token that may lock memory."""
    door = lab.model("regions")
    lab.model("working_sets")
    lab.model("privileges").hold(LOCK_MEMORY)
    return door


# ---- what only VirtualAlloc2 offers -------------------------------------------------------------


def test_huge_pages_by_attribute() -> None:
    with Region(HUGE, large_pages=True, attributes=Attribute.NONPAGED_HUGE) as region:
        assert (region.page_size, region.address % HUGE) == (HUGE, 0)
    with pytest.raises(NtError) as raised:
        Region(LARGE, large_pages=True, attributes=Attribute.NONPAGED_HUGE)
    assert (raised.value.call, raised.value.code) == ("VirtualAlloc2", 87)


@pytest.mark.parametrize("attribute", [Attribute.NONPAGED, Attribute.NONPAGED_LARGE])
def test_nonpaged_memory_needs_the_privilege(lab: Lab, attribute: Attribute) -> None:
    with Region(PAGE, attributes=attribute) as region:
        assert region.committed == PAGE
    lab.model("privileges").drop(LOCK_MEMORY)
    with pytest.raises(PrivilegeNotHeldError) as refused:
        Region(PAGE, attributes=attribute)
    assert way_to_hold(LOCK_MEMORY) in str(refused.value)


def test_attributes_that_are_none_are_refused() -> None:
    for bogus in (Attribute(1 << 40), Attribute.EC_CODE):
        with pytest.raises(NtError) as raised:
            Region(PAGE, attributes=bogus)
        assert (raised.value.call, raised.value.code) == ("VirtualAlloc2", 87)


def test_a_partition_is_taken_by_its_handle_only(kernel: Any) -> None:
    with pytest.raises(NtError) as raised:
        Region(PAGE, partition=0x1234)
    assert (raised.value.call, raised.value.code) == ("VirtualAlloc2", 6)
    kernel.accept_partition(0x1234)
    with Region(PAGE, partition=0x1234) as region:
        assert region.committed == PAGE


def test_a_node_that_does_not_exist_is_refused(lab: Lab) -> None:
    lab.model("numa")
    for only in (False, True):
        with pytest.raises(NtError) as raised:
            Region(PAGE, node=2, only_node=only)
        assert raised.value.code == 87
    with Region(PAGE, node=1, only_node=True) as region:
        assert region.committed == PAGE


def test_address_wishes_are_kept_by_the_call_itself(lab: Lab) -> None:
    lab.record("VirtualAlloc")
    with Region(GRAIN, lowest=0x3_0000_0000, highest=0x3_FFFF_FFFF, alignment=1 << 24) as region:
        assert region.address % (1 << 24) == 0
        assert 0x3_0000_0000 <= region.address <= 0x3_FFFF_FFFF - GRAIN
    assert lab.calls("VirtualAlloc") == []


def test_bounds_without_room_are_out_of_memory() -> None:
    with Region(GRAIN, lowest=0x1000_0000) as taken:
        place = taken.address
        with pytest.raises(OutOfMemoryError):
            Region(2 * GRAIN, lowest=place, highest=place + 2 * GRAIN - 1)


@pytest.mark.parametrize("highest", [0x7FFF_FFFE_FFFF, 2**47 - PAGE - 1, 2**47 - 1])
def test_a_bound_above_all_addresses_bounds_nothing(highest: int) -> None:
    with Region(GRAIN, lowest=0x4_0000_0000, highest=highest) as region:
        assert region.address >= 0x4_0000_0000


def test_large_pages_lie_within_bounds() -> None:
    with Region(LARGE, large_pages=True, lowest=0x5_0000_0000, highest=0x5_0FFF_FFFF) as region:
        assert 0x5_0000_0000 <= region.address <= 0x5_0FFF_FFFF - LARGE
        assert region.address % LARGE == 0


# ---- offering, resetting ------------------------------------------------------------------------


@pytest.mark.parametrize("priority", OfferPriority)
def test_what_is_offered_and_kept_is_what_it_was(priority: OfferPriority) -> None:
    with Region(3 * PAGE) as region:
        region.view(PAGE, 4)[:] = b"kept"
        region.offer(PAGE, PAGE, priority=priority)
        with pytest.raises(BufferError, match=r"offered to the system: reclaim\(\) them first"):
            region.view(PAGE, 1)
        region.view(0, PAGE).release()  # its neighbours were not offered
        assert region.reclaim(PAGE, PAGE) is True
        assert bytes(region.view(PAGE, 4)) == b"kept"


def test_what_was_taken_meanwhile_is_said_to_be_lost(kernel: Any) -> None:
    with Region(2 * PAGE) as region:
        region.view()[:] = b"x" * region.size
        region.offer(0, PAGE)
        kernel.take()
        assert region.reclaim(0, PAGE) is False
        region.view()[0] = 1  # accessible again
        assert bytes(region.view(PAGE, 2)) == b"xx"


def test_reclaiming_what_was_never_offered_is_refused() -> None:
    with Region(2 * PAGE) as region:
        region.offer(0, PAGE)
        with pytest.raises(NtError) as raised:
            region.reclaim()
        assert (raised.value.call, raised.value.code) == ("ReclaimVirtualMemory", 87)
        with pytest.raises(BufferError):
            region.view(0, 1)
        assert region.reclaim(0, PAGE)


@pytest.mark.parametrize("call", ["offer", "discard"])
def test_only_committed_writable_pages_are_given_up(call: str) -> None:
    with Region(2 * PAGE, commit=False) as region:
        with pytest.raises(InvalidAddressError):
            getattr(region, call)()
        region.commit(protection=Protection.READONLY)
        with pytest.raises(NtError) as raised:
            getattr(region, call)()
        assert raised.value.code == 87


def test_discarded_contents_are_undefined() -> None:
    with Region(2 * PAGE) as region:
        region.view()[:] = b"x" * region.size
        region.discard(0, PAGE)
        assert bytes(region.view(0, 1)) != b"x"
        assert bytes(region.view(PAGE, 1)) == b"x"
        assert region.committed == 2 * PAGE


def test_a_reset_is_undone_unless_memory_ran_short(kernel: Any) -> None:
    with Region(2 * PAGE) as region:
        region.view()[:] = b"x" * region.size
        region.reset()
        assert region.undo_reset() is True
        assert bytes(region.view(0, 1)) == b"x"
        region.reset(0, PAGE)
        kernel.take()
        assert region.undo_reset(0, PAGE) is False
        assert bytes(region) == bytes(PAGE) + b"x" * PAGE


def test_undoing_what_was_never_reset_is_refused() -> None:
    with Region(2 * PAGE) as region:
        region.reset(0, PAGE)
        with pytest.raises(NtError) as raised:
            region.undo_reset()
        assert (raised.value.call, raised.value.code) == ("VirtualAlloc", 87)


@pytest.mark.parametrize("call", ["offer", "reclaim", "discard", "reset", "undo_reset"])
def test_contents_are_given_up_by_whole_pages(call: str) -> None:
    with Region(2 * PAGE) as region:
        for bytes_ in ((1, PAGE), (0, PAGE + 1), (PAGE - 1, 1)):
            with pytest.raises(ValueError, match="must be whole pages of 4096 bytes"):
                getattr(region, call)(*bytes_)


# ---- locking ------------------------------------------------------------------------------------


def working_set(lab: Lab) -> tuple[int, int]:
    """The limits, as ntpages's calls see them."""
    low, high, flags = ctypes.c_size_t(), ctypes.c_size_t(), ctypes.c_uint32()
    get = lab.reach("GetProcessWorkingSetSizeEx")
    assert get(2**64 - 1, ctypes.byref(low), ctypes.byref(high), ctypes.byref(flags))
    return low.value, high.value


def test_what_fits_into_the_minimum_is_locked_without_raising_it(lab: Lab, kernel: Any) -> None:
    before = working_set(lab)
    with Region(40 * PAGE) as region:
        assert region.lock().size == 40 * PAGE
        assert (kernel.locked, working_set(lab)) == (40 * PAGE, before)
        region.unlock()
        assert kernel.locked == 0


def test_locking_raises_the_minimum_and_gives_it_back(lab: Lab, kernel: Any) -> None:
    before = working_set(lab)
    with Region(500 * PAGE) as region:
        with region.locked():
            assert kernel.locked == 500 * PAGE
            assert working_set(lab)[0] >= 500 * PAGE
        assert (kernel.locked, working_set(lab)) == (0, before)
        region.lock()
    assert (kernel.locked, working_set(lab)) == (0, before)  # closed while locked


def test_decommitting_unlocks(lab: Lab, kernel: Any) -> None:
    before = working_set(lab)
    with Region(500 * PAGE) as region:
        region.lock()
        region.decommit()
        assert (kernel.locked, working_set(lab)) == (0, before)


GUARDED = Protection.READWRITE | Protection.GUARD


@pytest.mark.parametrize("protection", [Protection.NOACCESS, GUARDED])
def test_making_pages_inaccessible_unlocks_them(
    lab: Lab, kernel: Any, protection: Protection
) -> None:
    before = working_set(lab)
    with Region(500 * PAGE) as region, region.locked():
        with region.protected(protection, size=400 * PAGE):
            assert kernel.locked == 100 * PAGE
        assert kernel.locked == 100 * PAGE  # being accessible again locks nothing
    assert (kernel.locked, working_set(lab)) == (0, before)


def test_locked_pages_that_are_merely_protected_stay_locked(kernel: Any) -> None:
    with Region(2 * PAGE) as region, region.locked(), region.protected(Protection.READONLY):
        assert kernel.locked == 2 * PAGE


@pytest.mark.parametrize("call", ["GetProcessWorkingSetSizeEx", "SetProcessWorkingSetSizeEx"])
def test_limits_that_stay_raised_are_told_and_lowered_later(
    lab: Lab, kernel: Any, call: str
) -> None:
    before = working_set(lab)
    with Region(500 * PAGE) as region:
        region.lock(0, 300 * PAGE)
        region.lock(300 * PAGE)
        lab.fail(call, code=5)
        with pytest.warns(RuntimeWarning, match=f"stay raised by .* {call} failed with error 5"):
            region.unlock(0, 300 * PAGE)
        assert kernel.locked == 200 * PAGE
        assert working_set(lab)[0] > before[0] + 200 * PAGE
        region.unlock()  # takes back what is left of both
        assert (kernel.locked, working_set(lab)) == (0, before)


UNLOCKING: list[Callable[[Region], object]] = [
    lambda region: region.unlock(),
    lambda region: region.decommit(),
    lambda region: region.protect(Protection.NOACCESS),
    lambda region: region.close(),
]


@pytest.mark.parametrize("unlock", UNLOCKING)
def test_whatever_unlocks_tells_of_limits_that_stay_raised(
    lab: Lab, kernel: Any, unlock: Callable[[Region], object]
) -> None:
    before = working_set(lab)
    region = Region(500 * PAGE)
    region.lock()
    lab.fail("SetProcessWorkingSetSizeEx")
    with pytest.warns(RuntimeWarning, match="the pages are unlocked, but the limits"):
        unlock(region)
    assert kernel.locked == 0
    assert working_set(lab) != before
    region.close()
    del region  # the last chance
    assert working_set(lab) == before


def test_limits_that_a_region_leaves_raised_are_lowered_by_another_one(lab: Lab) -> None:
    before = working_set(lab)
    region = Region(500 * PAGE)
    region.lock()
    lab.fail("SetProcessWorkingSetSizeEx", every=True)
    with pytest.warns(RuntimeWarning, match="the pages are unlocked, but the limits"):
        region.close()
    del region
    assert working_set(lab) != before
    lab.fail("SetProcessWorkingSetSizeEx", nth=1 << 40)  # never, instead
    with Region(PAGE) as other, other.locked():
        pass
    assert working_set(lab) == before


def test_the_end_of_a_lock_tells_of_limits_that_stay_raised(lab: Lab, kernel: Any) -> None:
    with Region(500 * PAGE) as region:
        with (
            pytest.warns(RuntimeWarning, match="SetProcessWorkingSetSizeEx failed with error 5"),
            region.locked(),
        ):
            lab.fail("SetProcessWorkingSetSizeEx", code=5)
        assert kernel.locked == 0


def test_a_minimum_that_may_not_be_raised_says_how_much_there_is(lab: Lab, kernel: Any) -> None:
    before = working_set(lab)
    with Region(500 * PAGE) as region:
        with pytest.raises(OutOfMemoryError, match="the minimum working set is 204800") as raised:
            region.lock(raise_limit=False)
        assert (raised.value.call, raised.value.code) == ("VirtualLock", 1453)
        lab.model("privileges").drop("SeIncreaseWorkingSetPrivilege")
        with pytest.raises(PrivilegeNotHeldError) as refused:
            region.lock()
        assert refused.value.privilege == "SeIncreaseWorkingSetPrivilege"
        assert (kernel.locked, working_set(lab)) == (0, before)


def test_unlocking_what_is_not_locked_is_refused(kernel: Any) -> None:
    with Region(2 * PAGE) as region:
        with pytest.raises(NtError) as raised:
            region.unlock()
        assert (raised.value.call, raised.value.code) == ("VirtualUnlock", 158)
        region.lock(0, PAGE)
        region.unlock()  # what of it is locked
        assert kernel.locked == 0


def test_pages_that_can_not_be_accessed_are_not_locked(kernel: Any) -> None:
    with Region(2 * PAGE, commit=False) as region:
        region.commit(0, PAGE)
        with pytest.raises(NtError) as raised:
            region.lock()
        assert (raised.value.call, raised.value.code) == ("VirtualLock", 998)
        region.protect(Protection.NOACCESS, size=PAGE)
        with pytest.raises(NtError):
            region.lock(0, PAGE)
        assert kernel.locked == 0


# ---- protecting ---------------------------------------------------------------------------------


def test_a_scope_leaves_the_targets_of_indirect_calls_as_they_were(lab: Lab) -> None:
    no_update = 0x4000_0000
    with Region(2 * PAGE, protection=Protection.EXECUTE_READ) as region:
        region.protect(Protection.READWRITE, size=PAGE)
        lab.record("VirtualProtect")
        with region.protected(Protection.READWRITE):
            pass
        wanted = [call.arguments[2] & 0xFFFFFFFF for call in lab.calls("VirtualProtect")]
        assert wanted == [
            Protection.READWRITE,
            Protection.READWRITE,
            Protection.EXECUTE_READ | no_update,
        ]
        assert region.spans()[1].protection == Protection.EXECUTE_READ


# ---- placeholders -------------------------------------------------------------------------------


def test_a_placeholder_is_split_merged_and_replaced() -> None:
    whole = Placeholder(16 * PAGE)
    start = whole.address
    tail = whole.split(4 * PAGE)
    assert (whole.size, tail.address, tail.size) == (4 * PAGE, start + 4 * PAGE, 12 * PAGE)
    rest = tail.split(PAGE)
    rest.close()
    whole.merge(tail)
    assert tail.closed
    assert (whole.address, whole.size) == (start, 5 * PAGE)
    with whole.replace() as region:
        assert whole.closed
        assert (region.address, region.size, region.committed) == (start, 5 * PAGE, 5 * PAGE)
        assert bytes(region) == bytes(5 * PAGE)


def test_neighbours_stay_neighbours() -> None:
    left = Placeholder(2 * GRAIN)
    right = left.split(GRAIN)
    with left.replace() as first, right.replace(commit=False) as second:
        assert second.address == first.address + first.size
        second.commit(0, PAGE, protection=Protection.READONLY)
        assert [tuple(span) for span in second.spans()] == [
            (0, PAGE, "commit", Protection.READONLY),
            (PAGE, GRAIN - PAGE, "reserve", 0),
        ]


def test_a_place_given_back_and_replaced_again_reads_as_zeros() -> None:  # X16
    region = Placeholder(GRAIN).replace()
    region.view()[:4] = b"gone"
    place = Placeholder.of(region)
    assert region.closed
    with place.replace() as again:
        assert bytes(again.view(0, 4)) == bytes(4)


def test_only_what_replaced_a_placeholder_becomes_one() -> None:
    with Region(GRAIN) as region:
        with pytest.raises(InvalidAddressError):
            Placeholder.of(region)
        assert region.committed == GRAIN


def test_a_view_keeps_the_memory_in_its_place() -> None:
    with Placeholder(GRAIN).replace() as region, memoryview(region):
        with pytest.raises(BufferError, match="Region is in use"):
            Placeholder.of(region)
        assert not region.closed


def test_places_that_do_not_touch_are_not_merged() -> None:
    with Placeholder(3 * GRAIN) as first:
        third = first.split(2 * GRAIN)
        with first.split(GRAIN), third:
            with pytest.raises(ValueError, match="does not begin where this one ends"):
                first.merge(third)
            assert (first.size, third.size) == (GRAIN, GRAIN)


def test_a_place_is_not_merged_with_itself() -> None:
    with Placeholder(GRAIN) as place:
        with pytest.raises(ValueError, match="can't be merged with itself"):
            place.merge(place)
        assert (place.closed, place.size) == (False, GRAIN)


@pytest.mark.parametrize("offset", [0, 1, GRAIN, GRAIN + PAGE, -PAGE])
def test_a_split_is_at_a_page_inside(offset: int) -> None:
    with Placeholder(GRAIN) as place:
        with pytest.raises(ValueError, match="offset"):
            place.split(offset)
        assert place.size == GRAIN


@pytest.mark.parametrize(
    "wish",
    [
        lambda place: Region(PAGE, placeholder=place),
        lambda place: Region(GRAIN, placeholder=place, top_down=True),
        lambda place: Region(GRAIN, placeholder=place, alignment=GRAIN),
    ],
)
def test_a_replacement_is_of_the_place_s_own_size(wish: Callable[[Placeholder], Region]) -> None:
    with Placeholder(GRAIN) as place:
        with pytest.raises(ValueError, match="placeholder"):
            wish(place)
        assert not place.closed


def test_a_refused_replacement_leaves_the_placeholder(lab: Lab) -> None:
    with Placeholder(GRAIN) as place:
        lab.fail("VirtualAlloc2")
        with pytest.raises(OutOfMemoryError):
            place.replace()
        assert not place.closed
        with place.replace() as region:
            assert region.committed == GRAIN


def test_placeholders_leave_nothing_behind(lab: Lab) -> None:
    gc.collect()
    before = lab.footprint()
    whole = Placeholder(8 * GRAIN, alignment=1 << 20, lowest=0x1_0000_0000)
    assert whole.address % (1 << 20) == 0
    places = [whole]
    for _ in range(7):
        places.append(places[-1].split(GRAIN))
    regions = [place.replace() for place in places[::2]]
    for region in regions:
        region.close()
    for place in places:
        place.close()
    assert lab.footprint().growth_since(before).get("allocations", 0) == 0


def test_a_windows_without_virtualalloc2_has_no_placeholders(lab: Lab) -> None:
    lab.hide("VirtualAlloc2")
    for make in (
        lambda: Placeholder(GRAIN),
        lambda: Region(PAGE, attributes=Attribute.NONPAGED),
        lambda: Region(PAGE, node=0, only_node=True),
        lambda: Region(PAGE, partition=0x1234),
    ):
        with pytest.raises(UnavailableError, match="VirtualAlloc2"):
            make()
    assert system.page_size() == PAGE
