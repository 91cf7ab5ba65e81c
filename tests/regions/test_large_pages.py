"""Large pages against a strict model: every obstacle, and the ladder down from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ntpages import privileges, system
from ntpages.errors import OutOfMemoryError, PrivilegeNotHeldError, UnavailableError, way_to_hold
from ntpages.regions import Attempt, Obstacle, Region, large_page_status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

pytestmark = pytest.mark.lab

PAGE = 4096
LARGE = 2 << 20
HUGE = 1 << 30
LOCK_MEMORY = "SeLockMemoryPrivilege"


@pytest.fixture(autouse=True)
def kernel(lab: Lab) -> Any:
    """The model, of a token that holds the privilege."""
    door = lab.model("regions")
    lab.model("privileges").hold(LOCK_MEMORY)
    return door


# ---- large pages --------------------------------------------------------------------------------


def test_large_pages_are_had_and_given_back(kernel: Any) -> None:
    assert str(large_page_status(LARGE)) == "large pages can be had"
    with Region(2 * LARGE, large_pages=True) as region:
        assert (region.page_size, region.committed) == (LARGE, 2 * LARGE)
        assert region.address % LARGE == 0
        assert kernel.large == 2 * LARGE
        region.view(LARGE, 1)[0] = 7
    assert kernel.large == 0
    assert privileges.state(LOCK_MEMORY) is privileges.PrivilegeState.DISABLED


def test_who_lacks_the_privilege_is_told_how_to_get_it(lab: Lab, kernel: Any) -> None:
    lab.model("privileges").drop(LOCK_MEMORY)
    with pytest.raises(PrivilegeNotHeldError, match=r"privileges grant.*log off and on") as raised:
        Region(LARGE, large_pages=True)
    assert way_to_hold(LOCK_MEMORY) in str(raised.value)
    assert raised.value.privilege == LOCK_MEMORY
    status = large_page_status(LARGE)
    assert (status.obstacles, status.available) == ((Obstacle.PRIVILEGE,), False)
    assert status.privilege is privileges.PrivilegeState.NOT_HELD
    assert way_to_hold(LOCK_MEMORY) in str(status)
    assert kernel.large == 0


def test_a_privilege_taken_meanwhile_is_the_kernel_s_own_refusal(lab: Lab) -> None:
    lab.fail("VirtualAlloc", code=1314)
    with pytest.raises(PrivilegeNotHeldError) as raised:
        Region(LARGE, large_pages=True)
    assert (raised.value.call, raised.value.code) == ("VirtualAlloc", 1314)


def test_a_size_that_is_no_multiple_is_named() -> None:
    with pytest.raises(ValueError, match="size must be a multiple of 2097152 bytes"):
        Region(LARGE + PAGE, large_pages=True)
    status = large_page_status(LARGE + PAGE)
    assert status.obstacles == (Obstacle.SIZE,)
    assert "round it up" in str(status)


@pytest.fixture
def old_processor(lab: Lab) -> Iterator[None]:
    """One without large pages; what was asked before is forgotten, and so is its answer."""
    system.large_page_size.cache_clear()
    lab.fail("GetLargePageMinimum", every=True)
    yield
    system.large_page_size.cache_clear()


@pytest.mark.usefixtures("old_processor")
def test_a_processor_without_large_pages_says_so() -> None:
    assert system.large_page_size() == 0
    assert large_page_status().obstacles == (Obstacle.NOT_OFFERED,)
    with pytest.raises(UnavailableError, match="no large pages"):
        Region(LARGE, large_pages=True)


def test_fragmented_memory_is_out_of_memory_and_says_what_to_do(kernel: Any) -> None:
    kernel.fragment(large=LARGE)
    with pytest.raises(OutOfMemoryError, match="defragment=True") as raised:
        Region(2 * LARGE, large_pages=True)
    assert (raised.value.call, raised.value.code) == ("VirtualAlloc", 1450)
    status = large_page_status(2 * LARGE)
    assert status.obstacles == (Obstacle.FRAGMENTATION,)
    assert status.error is not None
    assert status.error.code == 1450
    with Region(LARGE, large_pages=True) as region:
        assert region.page_size == LARGE
        assert not large_page_status(LARGE).available  # it was the last of them


def test_another_refusal_is_said_to_be_one(lab: Lab) -> None:
    lab.fail("VirtualAlloc", code=87)
    status = large_page_status(LARGE)
    assert status.obstacles == (Obstacle.REFUSED,)
    assert status.error is not None
    assert status.error.code == 87


# ---- the ladder ---------------------------------------------------------------------------------


def rungs(size: int) -> tuple[list[tuple[int, bool, int]], int]:
    """The attempts at ``size`` bytes as page size, purged and code; and the page size got."""
    attempts: list[Attempt] = []
    with Region(size, large_pages=True, defragment=True, on_attempt=attempts.append) as region:
        got = region.page_size
    told = [
        (each.page_size, each.purged, each.error.code if each.error else 0) for each in attempts
    ]
    return told, got


def test_the_first_rung_is_taken_if_it_holds() -> None:
    assert rungs(LARGE) == ([(LARGE, False, 0)], LARGE)
    assert rungs(HUGE) == ([(HUGE, False, 0)], HUGE)


def test_purging_once_makes_room(kernel: Any) -> None:
    kernel.fragment(large=HUGE)
    assert rungs(HUGE) == ([(HUGE, False, 1450), (HUGE, True, 0)], HUGE)


def test_the_ladder_goes_down_one_page_size_at_a_time(kernel: Any) -> None:
    kernel.fragment_for_good(large=HUGE)
    down = [(HUGE, False, 1450), (HUGE, True, 1450)]
    assert rungs(HUGE) == ([*down, (LARGE, True, 0)], LARGE)


def test_the_last_rung_is_small_pages_and_the_caller_sees_it(kernel: Any) -> None:
    kernel.fragment_for_good()
    down = [(HUGE, False, 1450), (HUGE, True, 1450), (LARGE, True, 1450)]
    assert rungs(HUGE) == ([*down, (PAGE, True, 0)], PAGE)
    assert rungs(LARGE)[1] == PAGE
    assert kernel.large == 0


def test_without_being_asked_nothing_is_purged_and_nothing_falls_back(
    lab: Lab, kernel: Any
) -> None:
    kernel.fragment()
    attempts: list[Attempt] = []
    with pytest.raises(OutOfMemoryError):
        Region(LARGE, large_pages=True, on_attempt=attempts.append)
    assert [each.page_size for each in attempts] == [LARGE]
    assert lab.model("memory_lists").pages.standby[5] == 200_000


def test_a_purge_that_is_refused_is_not_said_to_be_done(lab: Lab, kernel: Any) -> None:
    kernel.fragment()
    lab.model("privileges").drop("SeProfileSingleProcessPrivilege")
    assert rungs(LARGE) == ([(LARGE, False, 1450), (PAGE, False, 0)], PAGE)


def test_a_ladder_that_ends_in_nothing_raises_the_last_refusal(lab: Lab) -> None:
    lab.fail("VirtualAlloc", every=True, code=8)
    attempts: list[Attempt] = []
    with pytest.raises(OutOfMemoryError) as raised:
        Region(LARGE, large_pages=True, defragment=True, on_attempt=attempts.append)
    assert raised.value.code == 8
    assert [each.purged for each in attempts] == [False, True, True]
