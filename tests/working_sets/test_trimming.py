"""A part of a working set that is emptied, on the modelled machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ntpages import working_sets
from ntpages.errors import AccessDeniedError, NoSuchProcessError, NtError, UnavailableError
from ntpages.processes import Process
from ntpages.regions import Region
from ntpages.working_sets import TrimmedRange
from target import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ntlab import Lab

PAGE = 4096
LOCKED = 1 | 4 << 4 | 1 << 22  # PSAPI_WORKING_SET_EX_BLOCK: valid, readable and writable, locked


@pytest.fixture(autouse=True)
def door(lab: Lab) -> Any:
    return lab.model("working_sets")


@pytest.fixture
def region() -> Iterator[Region]:
    """Eight pages, all of them written."""
    with Region(8 * PAGE) as region:
        region.view()[::PAGE] = b"abcdefgh"
        yield region


def valid(address: int, pages: int, pid: int | None = None) -> list[bool]:
    return list(working_sets.pages(pid, address=address, size=pages * PAGE).column("valid"))


def test_a_range_leaves_and_the_rest_stays(region: Region) -> None:
    done = working_sets.trim_range(address=region.address + 2 * PAGE, size=3 * PAGE)
    assert done == TrimmedRange(before=3 * PAGE, after=0, locked=0)
    assert valid(region.address, 8) == [True, True, False, False, False, True, True, True]
    assert bytes(region.view()[::PAGE]) == b"abcdefgh"


def test_every_page_with_a_byte_of_the_range_is_meant(region: Region) -> None:
    done = working_sets.trim_range(address=region.address + PAGE - 1, size=2)
    assert done.before == 2 * PAGE
    assert valid(region.address, 3) == [False, False, True]


def test_what_is_locked_stays_and_is_told(door: Any, region: Region, lab: Lab) -> None:
    for page in (2, 5):
        door.page(region.address + page * PAGE, LOCKED)
    lab.record("VirtualUnlock")
    done = working_sets.trim_range(address=region.address, size=region.size)
    assert done == TrimmedRange(before=8 * PAGE, after=2 * PAGE, locked=2 * PAGE)
    asked = [(call.arguments[0], call.arguments[1]) for call in lab.calls("VirtualUnlock")]
    base = region.address
    assert asked == [
        (base, 2 * PAGE), (base + 3 * PAGE, 2 * PAGE), (base + 6 * PAGE, 2 * PAGE)
    ]  # fmt: skip


def test_what_is_not_in_the_working_set_is_left_alone(lab: Lab) -> None:
    lab.record("VirtualUnlock")
    with Region(4 * PAGE, commit=False) as region:
        done = working_sets.trim_range(address=region.address, size=region.size)
        assert done == TrimmedRange(before=0, after=0, locked=0)
        region.commit(0, PAGE)
        region.view(0, 1)[0] = 1
        assert working_sets.trim_range(address=region.address, size=region.size).before == PAGE
    assert len(lab.calls("VirtualUnlock")) == 1


def test_a_range_of_another_process_leaves() -> None:
    with Target("idle") as target, Process(target.pid) as process:
        address = process.allocate(4 * PAGE)
        process.write(address, b"x" * 4 * PAGE)
        done = working_sets.trim_range(target.pid, address=address + PAGE, size=2 * PAGE)
        assert done == TrimmedRange(before=2 * PAGE, after=0, locked=0)
        assert valid(address, 4, target.pid) == [True, False, False, True]


def test_an_older_windows_trims_ranges_of_its_caller_alone(lab: Lab, region: Region) -> None:
    lab.hide("VirtualUnlockEx")
    assert working_sets.trim_range(address=region.address, size=PAGE).after == 0
    with Target("idle") as target, Process(target.pid) as process:
        address = process.allocate(PAGE)
        process.write(address, b"x")
        with pytest.raises(UnavailableError, match="VirtualUnlockEx"):
            working_sets.trim_range(target.pid, address=address, size=PAGE)


def test_who_refuses_is_told(lab: Lab, region: Region) -> None:
    with Target("idle") as target:
        lab.model("processes").deny(target.pid, 0x0008)
        with pytest.raises(AccessDeniedError):
            working_sets.trim_range(target.pid, address=65536, size=PAGE)
    with pytest.raises(NoSuchProcessError):
        working_sets.trim_range(0x7FFF_FFFC, address=65536, size=PAGE)
    lab.fail("VirtualUnlock", code=487)
    with pytest.raises(NtError) as refused:
        working_sets.trim_range(address=region.address, size=PAGE)
    assert refused.value.call == "VirtualUnlock"


@pytest.mark.parametrize("size", [0, -1])
def test_a_range_holds_something(size: int) -> None:
    with pytest.raises(ValueError, match="size must be"):
        working_sets.trim_range(address=65536, size=size)
