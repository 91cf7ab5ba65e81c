"""What Microsoft's own kernel answers, restated through ntpages's names.

Each fact is one that the Wine project asserts on Windows, in the test named; both systems agree in
all of them. Where ntpages refuses the input before Windows sees it, its own error is the fact.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from ntpages.errors import InvalidAddressError, NtError, UnavailableError
from ntpages.processes import Process
from ntpages.regions import Attribute, Placeholder, Protection, Range, Region, State, Type, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab

PAGE = 4096
GRAIN = 64 * 1024


def spans(region: Region) -> list[tuple[int, int, str, int]]:
    return [*region.spans()]


def refusal(call: Callable[[], object]) -> tuple[str, int]:
    """The function that refused, and its code."""
    with pytest.raises(NtError) as raised:
        call()
    return raised.value.call, raised.value.code


# ---- kernel32/tests/virtual.c: test_VirtualAlloc ------------------------------------------------


def test_v01_nothing_can_not_be_allocated() -> None:
    with pytest.raises(ValueError, match=r"size must be from 1 to \d+ bytes, not 0"):
        Region(0)


def test_v02_a_reservation_is_whole_pages_and_remembers_its_protection() -> None:
    with Region(0xFFFC, commit=False, protection=Protection.NOACCESS) as region:
        assert region.size == 0x10000
        assert spans(region) == [(0, 0x10000, "reserve", 0)]
        rows = walk()
        (row,) = (each for each in rows if each.address == region.address)
        assert (row.size, row.state, row.type) == (0x10000, State.RESERVE, Type.PRIVATE)
        assert (row.allocation_base, row.protection) == (region.address, 0)
        assert row.allocation_protection == Protection.NOACCESS


def test_v03_what_is_only_reserved_is_not_protected() -> None:
    with Region(PAGE, commit=False) as region:
        assert refusal(lambda: region.protect(Protection.READONLY)) == ("VirtualProtect", 487)


def test_v04_a_first_page_committed_is_a_region_of_its_own() -> None:
    with Region(4 * PAGE, commit=False, protection=Protection.NOACCESS) as region:
        assert region.commit(0, PAGE, protection=Protection.READWRITE) == Range(0, PAGE)
        (row,) = (each for each in walk() if each.address == region.address)
        assert (row.size, row.state, row.protection) == (PAGE, State.COMMIT, Protection.READWRITE)
        assert row.allocation_protection == Protection.NOACCESS


def test_v05_a_range_of_which_a_part_is_committed_is_not_protected() -> None:
    with Region(2 * PAGE, commit=False) as region:
        region.commit(0, PAGE)
        with pytest.raises(InvalidAddressError):
            region.protect(Protection.READONLY)
        assert spans(region)[0] == (0, PAGE, "commit", Protection.READWRITE)


def test_v06_protecting_tells_what_was() -> None:
    with Region(PAGE, protection=Protection.NOACCESS) as region:
        assert region.protect(Protection.READONLY).old == Protection.NOACCESS
        assert region.protect(Protection.READWRITE).old == Protection.READONLY


def test_v07_v08_v09_freeing_is_whole_and_named_by_a_method() -> None:
    with Region(2 * PAGE) as region:  # no free type to get wrong, and no size to release
        region.decommit(0, PAGE)
        assert spans(region)[0] == (0, PAGE, "reserve", 0)
    assert region.closed
    with pytest.raises(TypeError, match=r"close\(\) takes no arguments"):
        region.close(PAGE)  # type: ignore[call-arg]


def test_v10_resetting_keeps_state_and_protection() -> None:
    with Region(PAGE) as region:
        region.view()[:4] = b"kept"
        region.reset()
        assert spans(region) == [(0, PAGE, "commit", Protection.READWRITE)]
        assert bytes(region.view(0, 4)) in {b"kept", bytes(4)}


def test_v11_what_is_only_reserved_may_be_reset() -> None:
    with Region(PAGE, commit=False) as region:
        region.reset()
        assert spans(region) == [(0, PAGE, "reserve", 0)]


def test_v12_resetting_ends_with_the_region() -> None:
    with Region(PAGE) as region, pytest.raises(ValueError, match="size must be from 1 to 4096"):
        region.reset(0, 2 * PAGE)


@pytest.mark.parametrize("commit", [True, False])
@pytest.mark.parametrize(
    "protection",
    [
        Protection(0),
        Protection.READONLY | Protection.EXECUTE,
        Protection.READWRITE | Protection.EXECUTE_WRITECOPY,
        Protection.WRITECOPY,
        Protection.EXECUTE_WRITECOPY,
    ],
)
def test_v13_v14_v20_protections_that_private_memory_can_not_have(
    protection: Protection, *, commit: bool
) -> None:
    assert refusal(lambda: Region(PAGE, protection=protection, commit=commit)) == (
        "VirtualAlloc",
        87,
    )


def test_v14_v24_protections_that_it_can_not_come_to_have() -> None:
    with Region(PAGE) as region:
        for protection in (
            Protection(0),
            Protection.READONLY | Protection.EXECUTE,
            Protection.WRITECOPY,
            Protection.EXECUTE_WRITECOPY,
        ):
            assert refusal(partial(region.protect, protection)) == ("VirtualProtect", 87)
        assert spans(region) == [(0, PAGE, "commit", Protection.READWRITE)]


def test_v15_v16_no_cache_is_the_whole_allocation_s() -> None:
    uncached = Protection.READWRITE | Protection.NOCACHE
    with Region(PAGE, protection=uncached) as region:
        (row,) = (each for each in walk() if each.address == region.address)
        assert row.protection == row.allocation_protection == uncached
        assert region.protect(Protection.READWRITE).old == uncached
        assert spans(region) == [(0, PAGE, "commit", uncached)]


def test_v17_no_cache_can_not_be_added() -> None:
    with Region(PAGE) as region:
        region.protect(Protection.READONLY | Protection.NOCACHE)
        assert spans(region) == [(0, PAGE, "commit", Protection.READONLY)]


def test_v18_addresses_are_multiples_of_64_kib() -> None:
    regions = [Region(PAGE) for _ in range(8)]
    assert {region.address % GRAIN for region in regions} == {0}
    for region in regions:
        region.close()


def test_v19_an_address_is_never_rounded() -> None:
    with pytest.raises(ValueError, match="at must be a multiple of 65536"):
        Region(PAGE, at=GRAIN + 1)


@pytest.mark.parametrize(
    "protection",
    [
        Protection.NOACCESS,
        Protection.READONLY,
        Protection.READWRITE,
        Protection.EXECUTE,
        Protection.EXECUTE_READ,
        Protection.EXECUTE_READWRITE,
    ],
)
def test_v21_each_protection_is_reported_unchanged(protection: Protection) -> None:
    with Region(PAGE, protection=protection) as region:
        (row,) = (each for each in walk() if each.address == region.address)
        assert row.protection == row.allocation_protection == protection


def test_v22_committing_again_is_no_error() -> None:
    with Region(PAGE) as region:
        region.view()[0] = 7
        assert region.commit() == region.commit(0, 1) == Range(0, PAGE)
        assert region.view()[0] == 7


def test_v23_there_is_always_a_place_for_the_old_protection() -> None:
    with Region(PAGE) as region:  # no null to pass: the old one is the answer
        assert region.protect(Protection.READONLY).old == Protection.READWRITE


# ---- ntdll/tests/virtual.c: test_NtAllocateVirtualMemoryEx --------------------------------------


def test_x02_memory_of_this_process_or_of_one_that_is_named() -> None:
    with Region(PAGE, alignment=GRAIN) as own:
        assert own.committed == PAGE
    with pytest.raises(ValueError, match="pid must be from 1"):
        Process(-1)


def test_x03_attributes_of_no_known_kind(lab: Lab) -> None:
    lab.model("regions")  # Wine takes any
    assert refusal(lambda: Region(PAGE, attributes=Attribute(1 << 32))) == ("VirtualAlloc2", 87)


def test_x06_the_highest_address_is_the_last_byte_s() -> None:
    with Region(GRAIN) as elsewhere:  # somewhere that is free, however full the process is
        after = elsewhere.address + GRAIN + PAGE
    with Region(GRAIN, highest=after - 1) as region:
        assert region.address % GRAIN == 0
        assert region.address + region.size <= after


@pytest.mark.parametrize("alignment", [0x8000, 0x30000])
def test_x08_alignments_that_are_none(alignment: int) -> None:
    with pytest.raises(ValueError, match="alignment must be a power of two from 65536 to"):
        Region(GRAIN, alignment=alignment)


def test_x08_an_alignment_is_honoured() -> None:
    with Region(GRAIN, alignment=0x40000) as region:
        assert region.address % 0x40000 == 0


@pytest.fixture
def whole(lab: Lab) -> Placeholder:
    """A placeholder of four pages, modelled where this system has none."""
    try:
        return Placeholder(4 * PAGE)
    except (NtError, UnavailableError):
        lab.model("regions")
        return Placeholder(4 * PAGE)


def test_x15_a_placeholder_has_no_protection_to_get_wrong() -> None:
    with pytest.raises(TypeError, match="protection"):
        Placeholder(PAGE, protection=Protection.READWRITE)  # type: ignore[call-arg]


def test_x16_what_replaces_a_placeholder_twice_is_zeros(whole: Placeholder) -> None:
    with whole.replace() as region:
        region.view()[:4] = b"gone"
        place = Placeholder.of(region)
    (row,) = (each for each in walk() if each.address == place.address)
    assert (row.size, row.state, row.type) == (4 * PAGE, State.RESERVE, Type.PRIVATE)
    assert row.allocation_protection == Protection.NOACCESS
    with place.replace() as region:
        assert bytes(region) == bytes(4 * PAGE)


def test_x19_a_placeholder_is_split_at_any_page_but_not_into_nothing(whole: Placeholder) -> None:
    with whole:
        start = whole.address
        with whole.split(PAGE) as middle, middle.split(PAGE) as last:
            sizes = [(each.address - start, each.size) for each in (whole, middle, last)]
            assert sizes == [(0, PAGE), (PAGE, PAGE), (2 * PAGE, 2 * PAGE)]
            with pytest.raises(
                ValueError, match="offset must be a multiple of 4096 from 4096 to 0, not 4096"
            ):
                whole.split(PAGE)


# ---- kernel32/tests/virtual.c: test_guard_page, test_PrefetchVirtualMemory ----------------------


def test_l03_a_page_in_use_is_locked_and_unlocked() -> None:
    with Region(PAGE) as region:
        region.view()[0] = 1
        assert region.lock() == region.unlock() == Range(0, PAGE)


def test_l04_at_least_one_range_is_prefetched_aligned_or_not() -> None:
    with Region(4 * PAGE) as region:
        with pytest.raises(ValueError, match="at least one range"):
            region.prefetch([])
        region.prefetch([(0, PAGE)])
        region.prefetch([Range(PAGE + 1, 2), (2 * PAGE, PAGE)])
    with Region(PAGE, commit=False) as region:  # nothing is mapped there
        region.prefetch()
