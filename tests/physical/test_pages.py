"""Pages one by one, and what is at an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ntlab.model_physical import (
    ACTIVE,
    FILE,
    FLAGGED,
    FREE,
    PAGE_TABLE,
    PINNED,
    SHARED,
    STANDBY,
    Stretch,
    process,
)
from ntpages import errors, physical
from ntpages._native import physical as native
from ntpages.physical import PageList, PageUse, PhysicalPageRow
from ntpages.physical.ranges import looking

if TYPE_CHECKING:
    from ntlab import Lab

PAGE = 4096
KEY = 0xFFFFC00000000100


@pytest.fixture
def machine(lab: Lab) -> Any:
    """Ten pages of all sorts, with a hole in the middle."""
    door = lab.model("physical")
    door.ranges((16, 5), (32, 5))
    door.sources([process(90_400, "game.exe", 9)])
    door.lay(
        Stretch(pages=2, list=ACTIVE, owner=90_400, flags=PINNED),
        Stretch(pages=2, use=FILE, list=STANDBY, priority=6, offset=3 * PAGE, detail=KEY),
        Stretch(pages=2, use=FILE, list=ACTIVE, priority=6, flags=FLAGGED, detail=KEY),
        Stretch(pages=1, use=SHARED, list=ACTIVE, flags=FLAGGED, detail=KEY + 8),
        Stretch(pages=1, use=PAGE_TABLE, list=ACTIVE, owner=90_400),
        Stretch(pages=1, list=FREE, owner=90_400),
    )
    return door


def test_a_page_is_told_as_it_is(machine: Any) -> None:
    assert machine
    found = [*physical.pages()]
    assert [each.address // PAGE for each in found] == [*range(16, 21), *range(32, 37)]
    private, cached, image = found[0], found[3], found[4]
    assert (private.list, private.use) == (PageList.ACTIVE, PageUse.PROCESS_PRIVATE)
    assert (private.owner, private.pinned, private.offset) == (90_400, True, 0)
    assert (cached.list, cached.use, cached.priority) == (PageList.STANDBY, PageUse.FILE, 6)
    assert (cached.owner, cached.offset, cached.image) == (KEY, 4 * PAGE, False)
    assert (image.image, image.priority) == (True, 0)  # priority is for standby pages
    assert (found[6].use, found[6].combined) == (PageUse.SHARED, True)
    assert (found[8].use, found[8].owner) == (PageUse.NONE, 0)  # free: nobody's
    assert found[9].list is PageList.ZERO


def test_labels_of_cells_are_the_words_of_the_enumerations(machine: Any) -> None:
    assert machine
    table = physical.pages()
    assert [*table["list"].labels] == [each.value for each in PageList]
    assert [*table["use"].labels] == [each.value for each in PageUse]


def test_a_table_that_two_threads_fill_is_as_one_fills_it(lab: Lab) -> None:
    """A row for each page, in the order of addresses, whoever asked for it and whoever wrote it."""
    door = lab.model("physical")
    first, count, step = 0x100, 400_000, 1000  # seven batches, none of which ends with a stretch
    door.ranges((first, count), (first + count + 10, step))
    steps = range(count // step + 1)
    door.lay(*(Stretch(pages=step, list=ACTIVE, owner=4 + 4 * each) for each in steps))
    together = physical.pages()
    assert lab.count("CreateThread") > 0
    addresses = [
        *range(first, first + count),
        *range(first + count + 10, first + count + 10 + step),
    ]
    assert together["address"].tolist() == [PAGE * each for each in addresses]
    assert together["owner"].tolist() == [4 + 4 * (each // step) for each in range(count + step)]
    lab.fail("CreateThread", every=True, code=8)
    alone = physical.pages()
    assert lab.refused > 0
    assert all(alone[name].tolist() == together[name].tolist() for name in alone.names)


def test_pages_of_every_use_on_every_list_are_told_by_the_same_rules(lab: Lab) -> None:
    """Long stretches and short ones: what is zero in all of many rows is not written."""
    door = lab.model("physical")
    stretches = [
        Stretch(
            pages=(700, 2100)[use % 2],
            use=use,
            list=on,
            priority=use % 8,
            flags=(PINNED, FLAGGED, 0)[on % 3],
            owner=4 * use,
            offset=PAGE * on,
            detail=KEY + use * 0x100,
        )
        for use in range(16)
        for on in range(8)
    ]
    door.ranges((0x100, sum(each.pages for each in stretches)))
    door.lay(*stretches)
    wanted: dict[str, list[Any]] = {name: [] for name in PhysicalPageRow._fields[1:]}
    lists, uses = [*PageList], [*PageUse]
    for each in stretches:
        pages, flagged = each.pages, each.flags == FLAGGED
        use = PageUse.NONE if each.list in (0, 1, 5) else uses[each.use]
        owned = use in OWNED
        keyed = use in (PageUse.FILE, PageUse.METAFILE, PageUse.SHARED)
        of_file = keyed and use is not PageUse.SHARED
        wanted["list"] += [lists[each.list].value] * pages
        wanted["use"] += [use.value] * pages
        wanted["priority"] += [each.priority if each.list == STANDBY else 0] * pages
        wanted["pinned"] += [each.flags == PINNED] * pages
        wanted["combined"] += [use is PageUse.SHARED and flagged] * pages
        wanted["image"] += [use is PageUse.FILE and flagged] * pages
        wanted["owner"] += [each.owner if owned else each.detail if keyed else 0] * pages
        first = each.offset if of_file else 0
        wanted["offset"] += [first + PAGE * at if of_file else 0 for at in range(pages)]
    found = physical.pages()
    assert {name: found[name].tolist() for name in wanted} == wanted


OWNED = {
    *(PageUse.PROCESS_PRIVATE, PageUse.PAGE_TABLE, PageUse.AWE),
    *(PageUse.LARGE_PAGE, PageUse.HUGE_PAGE),
}


def test_a_batch_that_is_refused_ends_both_threads(lab: Lab) -> None:
    door = lab.model("physical")
    door.ranges((0x100, 400_000))
    physical.ranges()
    before = lab.count("NtQuerySystemInformation")
    physical.pages()
    asked = lab.count("NtQuerySystemInformation") - before
    lab.fail("NtQuerySystemInformation", nth=asked - 2, code=0xC0000001)
    with pytest.raises(errors.NtError):
        physical.pages()
    assert lab.refused == 1
    assert len(physical.pages()) == 400_000


def test_a_small_machine_is_listed_without_a_thread(machine: Any, lab: Lab) -> None:
    assert machine
    assert len(physical.pages()) == 10
    assert lab.count("CreateThread") == 0


def test_a_part_of_memory_is_told_alone(machine: Any) -> None:
    assert machine
    part = physical.pages(start=18 * PAGE, end=33 * PAGE)
    assert [each // PAGE for each in part["address"]] == [18, 19, 20, 32]
    assert len(physical.pages(start=37 * PAGE)) == 0
    assert len(physical.pages(end=0)) == 0


@pytest.mark.parametrize("by_key", [False, True], ids=["by id", "by key"])
def test_the_pages_of_a_process_are_found_by_its_id(machine: Any, *, by_key: bool) -> None:
    if by_key:
        machine.name_processes_by_key()
    for found in (physical.pages(pid=90_400), physical.of(pid=90_400)):
        assert [each // PAGE for each in found["address"]] == [16, 17, 34]
    assert len(physical.pages(pid=90_404)) == 0


def test_the_pages_of_a_file_are_found_by_its_key(machine: Any) -> None:
    assert machine
    [file] = physical.files()
    found = physical.pages(file=file.key)
    assert [each // PAGE for each in found["address"]] == [18, 19, 20, 32]


def test_what_is_at_an_address_is_told_and_nothing_where_no_memory_is(machine: Any) -> None:
    assert machine
    found = physical.of(address=18 * PAGE + 5)
    assert found
    assert (found.address, found.use) == (18 * PAGE, PageUse.FILE)
    assert physical.of(address=25 * PAGE) is None
    for wrong in ({}, {"address": 1, "pid": 4}):
        with pytest.raises(TypeError, match="an address or a pid"):
            physical.of(**wrong)


def test_bounds_that_cross_are_refused() -> None:
    with pytest.raises(ValueError, match="start must not be above end"):
        physical.pages(start=2, end=1)


def test_a_listing_can_be_asked_in_parts(machine: Any) -> None:
    assert machine
    with looking():
        listing = native.PageListing(0, 1 << 52, [], None)
        assert (listing.done, listing.total) == (0, 10 * PAGE)
        while listing.advance(0):
            pass
    assert listing.done == listing.total
    assert len(listing.finish()) == 10
