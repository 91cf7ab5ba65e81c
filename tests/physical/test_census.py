"""One look at every page, against a plain account of what was laid there."""

from __future__ import annotations

import gc
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from ntlab.model_physical import (
    ACTIVE,
    AWE,
    BAD,
    FILE,
    FLAGGED,
    FREE,
    METAFILE,
    NO_RECORD,
    NO_WRITE,
    PAGE_TABLE,
    PINNED,
    STANDBY,
    TRANSITION,
    ZERO,
    Stretch,
    process,
)
from ntpages import errors, physical
from ntpages.physical import PageUse

if TYPE_CHECKING:
    from ntlab import Lab

PAGE = 4096
LISTS = (
    *("zero", "free", "standby", "modified"),
    *("modified_no_write", "bad", "active", "transition"),
)
USES = list(PageUse)
NONE = (ZERO, FREE, BAD)


def random_pages(random_of: random.Random, pages: int) -> list[Stretch]:
    """So many pages of all kinds."""
    stretches = []
    while pages > 0:
        count = min(pages, random_of.choice((1, 2, 16, 17, 500, 70_000)))
        pages -= count
        stretches.append(
            Stretch(
                pages=count,
                use=random_of.randrange(16),
                list=random_of.randrange(8),
                priority=random_of.randrange(8),
                flags=random_of.choice((0, 0, 0, PINNED, FLAGGED, NO_RECORD if count < 20 else 0)),
                owner=random_of.choice((4, 400, 404)),
                offset=random_of.randrange(1 << 20) * PAGE,
                detail=0xFFFFC00000000000 + random_of.randrange(20) * 0x70,
            )
        )
    return stretches


def cell(stretch: Stretch) -> tuple[PageUse, str]:
    use = PageUse.NONE if stretch.list in NONE else USES[stretch.use]
    return use, LISTS[stretch.list]


@pytest.mark.parametrize("seed", range(12))
def test_the_sums_are_those_of_what_is_there(lab: Lab, seed: int) -> None:
    random_of = random.Random(seed)
    door = lab.model("physical")
    ranges = [(1, 158), (0x100, random_of.randrange(1, 200_000)), (0x100000, 90_000)]
    total = sum(count for _, count in ranges)
    door.ranges(*ranges)
    laid = random_pages(random_of, total)
    door.lay(*laid)
    if seed % 2:
        door.pool(random_of.choice((24 * 100, 24 * 5000)))
    found = physical.summary(processes=True, files=True)
    known = [each for each in laid if not each.flags & NO_RECORD]
    expected: Counter[tuple[PageUse, str]] = Counter()
    for each in known:
        expected[cell(each)] += each.pages * PAGE
    told = {(row.use, name): getattr(row, name) for row in found.uses for name in LISTS}
    assert {key: size for key, size in told.items() if size} == expected
    assert found.total == total * PAGE
    assert found.total - found.unidentified == sum(found.uses["total"])
    assert found.drift == 0
    standby: Counter[int] = Counter()
    files: Counter[int] = Counter()
    for each in known:
        if each.list == STANDBY:
            standby[each.priority] += each.pages * PAGE
        if each.use in {FILE, METAFILE} and each.list not in NONE:
            files[each.detail & ~7] += each.pages * PAGE
    assert {row.priority: row.standby for row in found.priorities if row.standby} == standby
    assert found.files is not None
    assert dict(zip(found.files["key"], found.files["total"], strict=True)) == files
    assert [*found.files["total"]] == sorted(files.values(), reverse=True)
    assert found.processes is not None
    owned = {0, PAGE_TABLE, AWE, 13, 14}
    assert sum(found.processes["total"]) == PAGE * sum(
        each.pages for each in known if each.use in owned and each.list not in NONE
    )


def test_of_files_it_is_told_what_is_on_which_list_and_whether_it_is_a_program(lab: Lab) -> None:
    door = lab.model("physical")
    key = 0xFFFFC00000000100
    door.ranges((0, 1000))
    door.lay(
        Stretch(pages=10, use=FILE, list=ACTIVE, detail=key),
        Stretch(pages=7, use=FILE, list=ACTIVE, flags=FLAGGED, detail=key),
        Stretch(pages=5, use=FILE, list=STANDBY, priority=5, detail=key),
        Stretch(pages=3, use=FILE, list=STANDBY, priority=1, flags=FLAGGED, detail=key),
        Stretch(pages=2, use=FILE, list=NO_WRITE, detail=key),
        Stretch(pages=1, use=METAFILE, list=ACTIVE, detail=key + 0x70),
    )
    first, second = physical.files()
    sizes = {name: getattr(first, name) // PAGE for name in first._fields[3:]}
    assert sizes == {
        "total": 27,
        "data": 17,
        "image": 10,
        "active": 17,
        "standby": 8,
        "modified": 0,
        "other": 2,
        "standby_0": 0,
        "standby_1": 3,
        "standby_2": 0,
        "standby_3": 0,
        "standby_4": 0,
        "standby_5": 5,
        "standby_6": 0,
        "standby_7": 0,
    }
    assert (first.metafile, second.metafile, second.total) == (False, True, PAGE)


@pytest.mark.parametrize("by_key", [False, True], ids=["by id", "by key"])
def test_processes_are_known_by_what_pages_name_them_by(lab: Lab, *, by_key: bool) -> None:
    door = lab.model("physical")
    door.ranges((0, 10_000))
    door.sources([process(90_400, "game.exe", 9), process(90_404, "browser.exe", 9)])
    door.lay(
        Stretch(pages=40, list=ACTIVE, owner=90_400),
        Stretch(pages=30, list=STANDBY, owner=90_400),
        Stretch(pages=20, list=3, owner=90_400),
        Stretch(pages=10, list=TRANSITION, owner=90_400),
        Stretch(pages=5, use=PAGE_TABLE, list=ACTIVE, owner=90_400),
        Stretch(pages=4, use=AWE, list=ACTIVE, owner=90_400),
        Stretch(pages=3, list=ACTIVE, owner=90_404),
        Stretch(pages=2, list=FREE, owner=90_404),
        Stretch(pages=1, list=ACTIVE, owner=90_408),  # it has exited
    )
    if by_key:
        door.name_processes_by_key()
    game, browser, gone = physical.processes()
    assert (game.pid, game.name, game.session) == (90_400, "game.exe", 1)
    sizes = (game.active, game.standby, game.modified, game.other, game.page_tables, game.large)
    assert [each // PAGE for each in sizes] == [40, 30, 20, 10, 5, 4]
    assert game.total == sum(sizes)
    assert (browser.pid, browser.total) == (90_404, 3 * PAGE)
    assert (gone.name, gone.pid) == ("", 0 if by_key else 90_408)


def test_keys_that_windows_hides_are_said_to_be_hidden(lab: Lab) -> None:
    door = lab.model("physical")
    door.hide_addresses()
    token = lab.model("privileges")
    token.drop("SeDebugPrivilege")
    assert physical.summary(files=True).keys_hidden
    token.hold("SeDebugPrivilege")
    assert not physical.summary(files=True).keys_hidden


def test_how_far_a_look_drifted_is_told(lab: Lab) -> None:
    door = lab.model("physical")
    assert physical.summary().drift == 0
    door.free_meanwhile(300)
    assert physical.summary().drift == 300 * PAGE


def test_sums_take_no_memory_for_a_page(lab: Lab) -> None:
    lab.model("physical").live_in()  # 16.7 million pages
    gc.collect()  # what earlier tests left would be given back meanwhile
    before = lab.footprint().committed
    taken: list[int] = []
    physical.summary(progress=lambda *_: taken.append(lab.footprint().committed - before))
    assert 0 < max(taken) < 8 << 20


def test_progress_is_told_to_the_end(lab: Lab) -> None:
    lab.model("physical").ranges((0, 100_000))
    told: list[tuple[int, int]] = []
    physical.summary(progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (100_000 * PAGE, 100_000 * PAGE)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_pages_that_were_removed_are_counted_and_stepped_over(lab: Lab) -> None:
    door = lab.model("physical")
    door.ranges((0, 100_000))
    door.lay(
        Stretch(pages=10, list=ACTIVE),
        Stretch(pages=3_000, flags=NO_RECORD),
        Stretch(pages=96_000, list=ACTIVE),
        Stretch(pages=990, flags=NO_RECORD),
    )
    found = physical.summary()
    assert found.unidentified == 3_990 * PAGE
    assert sum(found.uses["active"]) == 96_010 * PAGE
    assert len(physical.pages()) == 96_010


def test_requests_become_smaller_where_there_is_little_pool(lab: Lab) -> None:
    door = lab.model("physical")
    door.ranges((0, 70_000))
    door.pool(24 * 1000)
    assert sum(physical.summary().uses["total"]) == 70_000 * PAGE
    door.pool(24)
    with pytest.raises(errors.OutOfMemoryError) as refused:
        physical.summary()
    assert refused.value.status == 0xC000009A


def test_a_refused_page_that_is_not_marked_is_an_error(lab: Lab) -> None:
    lab.model("physical")
    lab.fail("NtQuerySystemInformation", nth=2, code=0xC00000F0)
    with pytest.raises(errors.NtError, match="which page"):
        physical.summary()
    assert lab.refused == 1


@pytest.mark.parametrize("nth", [1, 2], ids=["ranges", "pages"])
def test_a_kernel_that_succeeds_and_says_nothing_is_an_error(lab: Lab, nth: int) -> None:
    lab.model("physical")
    lab.fail("NtQuerySystemInformation", nth=nth, code=0)
    with pytest.raises(errors.NtError) as refused:
        physical.summary()
    assert refused.value.status == 0xC00000E5


def test_a_summary_is_frozen_and_says_what_was_not_asked_for(lab: Lab) -> None:
    lab.model("physical")
    found: Any = physical.summary()
    assert (found.processes, found.files, found.names_refused) == (None, None, None)
    assert found.seconds > 0
    with pytest.raises(AttributeError):
        found.drift = 0
