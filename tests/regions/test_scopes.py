"""What the with blocks of a region undo, also where something stands against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ntpages.errors import NtError
from ntpages.regions import Protection, Region

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ntlab import Lab

pytestmark = pytest.mark.lab

PAGE = 4096
NOACCESS, READONLY, READWRITE = Protection.NOACCESS, Protection.READONLY, Protection.READWRITE
GUARDED = READWRITE | Protection.GUARD


@pytest.fixture
def region() -> Iterator[Region]:
    with Region(3 * PAGE) as region:
        yield region


def protections(region: Region) -> list[Protection]:
    return [
        Protection(span.protection) for span in region.spans() for _ in range(span.size // PAGE)
    ]


def refused(lab: Lab, region: Region) -> None:
    """Page 1 was to be read-only again, and is not."""
    region.protect(READONLY, offset=PAGE, size=PAGE)
    with (
        pytest.raises(NtError, match="VirtualProtect"),
        region.protected(NOACCESS, offset=PAGE, size=PAGE),
    ):
        lab.fail("VirtualProtect")
    assert protections(region) == [READWRITE, NOACCESS, READWRITE]


@pytest.mark.parametrize(
    ("later", "others"),
    [
        (lambda region: region.protect(READONLY, size=PAGE), READONLY),
        (lambda region: region.view(0, PAGE).release(), READWRITE),
    ],
    ids=["a change", "a view"],
)
def test_a_protection_that_windows_refuses_is_told_and_put_back_later(
    lab: Lab, region: Region, later: Callable[[Region], object], others: Protection
) -> None:
    refused(lab, region)
    later(region)
    assert protections(region) == [others, READONLY, READWRITE]


def test_a_later_word_on_the_pages_stands(lab: Lab, region: Region) -> None:
    refused(lab, region)
    lab.fail("VirtualProtect")  # what is tried again first
    region.protect(Protection.EXECUTE_READ, offset=PAGE, size=2 * PAGE)
    region.protect(READONLY, size=PAGE)
    assert protections(region)[1:] == [Protection.EXECUTE_READ] * 2


@pytest.mark.parametrize("refusals", [0, 1, 2])
def test_a_block_over_pages_that_are_owed_puts_back_what_is_owed(
    lab: Lab, region: Region, refusals: int
) -> None:
    refused(lab, region)
    if refusals:
        lab.fail("VirtualProtect", times=refusals)
    with region.protected(Protection.EXECUTE_READ):
        pass
    assert protections(region) == [READWRITE, READONLY, READWRITE]


def test_pages_that_are_gone_are_owed_nothing(lab: Lab, region: Region) -> None:
    refused(lab, region)
    region.decommit(PAGE, PAGE)
    region.commit(PAGE, PAGE)
    region.protect(READONLY, size=PAGE)
    assert protections(region) == [READONLY, READWRITE, READWRITE]


def test_a_view_that_stands_against_it_takes_it_along(region: Region) -> None:
    region.protect(NOACCESS)
    with pytest.raises(BufferError, match="Region is in use"), region.protected(READWRITE):
        view = memoryview(region)
    assert protections(region) == [READWRITE] * 3
    other = region.view(0, 1)
    view.release()
    assert protections(region) == [READWRITE] * 3
    other.release()
    assert protections(region) == [NOACCESS] * 3


def test_one_refusal_keeps_nothing_else_as_it_was(lab: Lab, region: Region) -> None:
    for page, protection in enumerate([READONLY, GUARDED, NOACCESS]):
        region.protect(protection, offset=page * PAGE, size=PAGE)
    with pytest.raises(NtError, match="VirtualProtect"), region.protected(READWRITE):
        lab.fail("VirtualProtect", nth=2)
    assert protections(region) == [READONLY, READWRITE, NOACCESS]


def test_a_region_that_was_closed_in_a_block_is_left_alone(region: Region) -> None:
    with region.protected(READONLY), region.locked():
        region.close()
    assert region.closed


def test_locks_that_windows_keeps_are_told_and_let_go_in_the_end(lab: Lab, region: Region) -> None:
    door: Any = lab.model("regions")
    with pytest.raises(NtError, match="VirtualUnlock"), region.locked(0, PAGE):
        lab.fail("VirtualUnlock")
    assert door.locked == 0
    with pytest.raises(NtError, match="VirtualUnlock"), region.locked(0, PAGE):
        lab.fail("VirtualUnlock", times=2)
    assert door.locked == PAGE
    region.unlock(0, PAGE)
    assert door.locked == 0


def test_a_guard_page_that_is_not_locked_keeps_its_guard(lab: Lab, region: Region) -> None:
    door: Any = lab.model("regions")
    region.protect(GUARDED, offset=PAGE, size=PAGE)
    for _ in range(2):
        with pytest.raises(NtError, match="VirtualLock") as raised:
            region.lock()
        assert raised.value.code == 0x80000001
        assert protections(region) == [READWRITE, GUARDED, READWRITE]
    assert door.locked == 0
