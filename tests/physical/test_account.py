"""Where all memory is: the parts sum up to it, whatever there is and whoever asks."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from ntlab.model_physical import (
    ACTIVE,
    FILE,
    FLAGGED,
    FREE,
    METAFILE,
    NO_RECORD,
    PINNED,
    TRANSITION,
    Stretch,
    process,
)
from ntpages import errors, physical, system
from ntpages.physical import Group, MemoryAccount

if TYPE_CHECKING:
    from ntlab import Lab

PAGE = 4096


def sizes(account: MemoryAccount) -> dict[str, int]:
    """The parts that are not empty, in pages."""
    return {part.name: part.size // PAGE for part in account.parts if part.size}


@pytest.mark.parametrize("seed", range(40))
def test_the_parts_of_any_machine_sum_up_to_its_memory(lab: Lab, seed: int) -> None:
    random_of = random.Random(seed)
    door = lab.model("physical")
    managed = random_of.randrange(1, 40_000)
    door.ranges((1, 100), (0x1000, managed))
    door.installed((100 + managed + random_of.choice((0, 0, 500))) * PAGE)
    stretches = []
    for _ in range(random_of.randrange(60)):
        stretch = Stretch(
            pages=random_of.randrange(1, 600),
            use=random_of.randrange(16),
            list=random_of.randrange(8),
            priority=random_of.randrange(8),
            flags=random_of.choice((0, PINNED, FLAGGED, FLAGGED | PINNED)),
            owner=random_of.randrange(1 << 20),
            detail=random_of.randrange(1 << 44) * 16,
        )
        stretches.append(stretch)
    if random_of.random() < 0.3:
        stretches.insert(0, Stretch(pages=random_of.randrange(1, 40), flags=NO_RECORD))
    door.lay(*stretches)
    door.cache(random_of.randrange(2 * managed))
    found = physical.account()
    assert sum(part.size for part in found.parts) == found.total
    assert found.total == max(door_total(found), system.memory().installed or 0)
    assert sum(found.of(group) for group in Group) == found.total
    assert [part for part in found.parts if part.size < 0] == []


def door_total(account: MemoryAccount) -> int:
    assert account.summary
    return account.summary.total


def test_each_page_is_in_the_part_that_it_belongs_to(lab: Lab) -> None:
    door = lab.model("physical")
    door.ranges((0, 200_000))
    door.installed(210_000 * PAGE)
    door.sources([process(90_400, "game.exe", 1), process(90_500, "MemCompression", 1)])
    for number, (use, flags) in enumerate(
        [(0, 0), (1, 0), (1, FLAGGED), *((use, 0) for use in range(2, 16))]
    ):
        owner = 90_400
        door.lay(
            Stretch(pages=1 << number, use=use, list=ACTIVE, flags=flags, owner=owner, detail=16)
        )
    door.lay(
        Stretch(pages=3, list=ACTIVE, owner=90_500),
        Stretch(pages=5, list=TRANSITION, owner=90_400),
        Stretch(pages=7, use=FILE, list=2, priority=4, detail=16),
        Stretch(pages=9, list=3),
        Stretch(pages=11, use=FILE, list=4, detail=16),
        Stretch(pages=13, list=5),
        Stretch(pages=15, list=FREE),
        Stretch(pages=17, flags=NO_RECORD),
    )
    known = sizes(physical.account())
    zeroed = known.pop("zeroed")
    assert known == {
        "process private": 1 + 5,
        "compression store": 3,
        "mapped files": 2,
        "programs and libraries": 4,
        "shared memory": 8,
        "page tables": 16,
        "paged pool": 32,
        "nonpaged pool": 64,
        "drivers": 128 + 2048,
        "sessions": 256,
        "metafile": 512,
        "AWE and large pages": 1024 + 16384 + 32768,
        "kernel stacks": 4096,
        "of another kind": 8192 + 65536,
        "to be written": 9,
        "held back from writing": 11,
        "priority 4": 7,
        "bad": 13,
        "free": 15,
        "without a record": 17,
        "hardware reserved": 10_000,
    }
    assert zeroed == 200_000 - sum(known.values()) + 10_000


@pytest.mark.parametrize(
    ("cache", "cached"),
    [(0, 0), (512, 0), (513, 1), (600, 88), (612, 100), (100_000, 100)],
    ids=["nothing", "metafile alone", "a page", "some", "all", "more than there is by now"],
)
def test_what_of_files_is_in_the_cache_is_told_from_what_processes_alone_have(
    lab: Lab, cache: int, cached: int
) -> None:
    door = lab.model("physical")
    door.ranges((0, 2000))
    door.cache(cache)
    door.lay(
        Stretch(pages=512, use=METAFILE, list=ACTIVE, detail=16),
        Stretch(pages=90, use=FILE, list=ACTIVE, detail=16),
        Stretch(pages=10, use=FILE, list=TRANSITION, detail=16),
        Stretch(pages=30, use=FILE, list=ACTIVE, flags=FLAGGED, detail=16),
    )
    known = sizes(physical.account())
    assert (known.get("file cache", 0), known.get("mapped files", 0)) == (cached, 100 - cached)
    assert (known["metafile"], known["programs and libraries"]) == (512, 30)


def test_where_nothing_is_told_of_the_cache_files_are_one_part(lab: Lab) -> None:
    door = lab.model("physical")
    door.ranges((0, 2000))
    door.lay(Stretch(pages=7, use=FILE, list=ACTIVE, detail=16))
    physical.account()  # from now on it is known how long the list of processes is
    before = lab.count("NtQuerySystemInformation")
    assert sizes(physical.account())["mapped files"] == 7
    asked = lab.count("NtQuerySystemInformation") - before
    lab.fail("NtQuerySystemInformation", nth=asked, code=0xC0000003)
    refused = physical.account()
    assert lab.refused
    assert sizes(refused)["data files, cached or mapped"] == 7
    assert refused.total == sum(part.size for part in refused.parts)


def test_without_the_privilege_what_is_not_told_is_one_part(lab: Lab) -> None:
    lab.model("physical").cache(77)
    lab.model("privileges").standard_user()
    found = physical.account()
    assert isinstance(found.refused, errors.PrivilegeNotHeldError)
    assert found.summary is None
    assert sum(part.size for part in found.parts) == found.total
    known = {part.name: part.size for part in found.parts}
    assert {"process private", "nonpaged pool", "the rest: run as administrator"} <= {*known}
    assert known["file cache and metafile"] == 77 * PAGE
    [standby] = [part for part in found.parts if part.group is Group.STANDBY]
    assert standby.size == sum(200 + each for each in range(8)) * PAGE


def test_where_pages_are_not_told_at_all_the_totals_are(lab: Lab) -> None:
    lab.model("physical")
    lab.fail("NtQuerySystemInformation", nth=4, code=0xC0000003)
    lab.model("privileges").standard_user()
    assert sum(part.size for part in physical.account().parts) == physical.account().total


@pytest.mark.skipif(system.windows().wine is None, reason="Windows tells")
def test_on_wine_the_rest_is_not_told() -> None:
    found = physical.account()
    assert isinstance(found.refused, errors.UnavailableError)
    assert sum(part.size for part in found.parts) == found.total
    assert found.of(Group.NOT_TOLD) > 0
    assert "the rest: this system does not tell" in [part.name for part in found.parts]


def test_a_machine_that_is_lived_in_is_told_whole(lab: Lab) -> None:
    lab.model("physical").live_in()
    found = physical.account(files=True)
    assert found.total == 64 << 30
    assert sum(part.size for part in found.parts) == found.total
    assert found.summary
    assert found.summary.files is not None
    assert found.summary.files[0].path.endswith("world_03.pak")
    assert found.summary.processes is not None
    assert found.summary.processes[0].name == "Skyhaven.exe"


def test_a_group_is_one_of_the_groups(lab: Lab) -> None:
    lab.model("physical")
    with pytest.raises(TypeError, match="group"):
        physical.account().of("standby")  # type: ignore[arg-type]
