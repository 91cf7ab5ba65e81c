"""Regions: reserving, committing, protecting. Facts about Windows keep their numbers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ntpages import system
from ntpages._native import regions as native
from ntpages.errors import InvalidAddressError, NtError, OutOfMemoryError
from ntpages.regions import ProtectedRange, Protection, Range, Region

PAGE = 4096
GRAIN = 64 * 1024
HUGE = 1 << 46  # bytes of addresses that no process has twice

ACCESSIBLE = (
    Protection.NOACCESS,
    Protection.READONLY,
    Protection.READWRITE,
    Protection.EXECUTE,
    Protection.EXECUTE_READ,
    Protection.EXECUTE_READWRITE,
)


def spans(region: Region) -> list[tuple[int, int, str, int]]:
    return [*region.spans()]


# ---- making one ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, PAGE - 1, PAGE, PAGE + 1, 100_000])
def test_a_region_is_whole_pages_of_zeros(size: int) -> None:
    with Region(size) as region:
        assert len(region) == region.size == -(-size // PAGE) * PAGE
        assert region.committed == region.size
        assert region.page_size == system.page_size() == PAGE
        assert bytes(region) == bytes(region.size)


def test_reserving_keeps_addresses_and_commits_nothing() -> None:  # V02
    with Region(0xFFFC, commit=False, protection=Protection.NOACCESS) as region:
        assert region.committed == 0
        assert spans(region) == [(0, 0x10000, "reserve", 0)]


def test_windows_chooses_multiples_of_64_kib() -> None:  # V18
    with Region(1) as one, Region(1) as other:
        assert one.address % GRAIN == other.address % GRAIN == 0
        assert one.address != other.address


@pytest.mark.parametrize("protection", ACCESSIBLE)
def test_each_protection_is_reported_back(protection: Protection) -> None:  # V21
    with Region(PAGE, protection=protection) as region:
        assert spans(region) == [(0, PAGE, "commit", protection)]


@pytest.mark.parametrize(
    "protection",
    [
        Protection.WRITECOPY,  # V20
        Protection.EXECUTE_WRITECOPY,
        Protection(0),  # V13
        Protection.READONLY | Protection.EXECUTE,  # V14
        Protection.READWRITE | Protection.EXECUTE_WRITECOPY,
    ],
)
@pytest.mark.parametrize("commit", [True, False])
def test_protections_that_private_memory_can_not_have_are_refused(
    protection: Protection, *, commit: bool
) -> None:
    with pytest.raises(NtError) as raised:
        Region(PAGE, protection=protection, commit=commit)
    assert (raised.value.call, raised.value.code) == ("VirtualAlloc", 87)


def test_uncached_memory_says_so_wherever_it_is_asked() -> None:  # V15
    wanted = Protection.READWRITE | Protection.NOCACHE
    with Region(PAGE, protection=wanted) as region:
        assert region.spans()[0].protection == wanted


def test_top_down_is_above_what_is_not() -> None:
    code = (  # in a process of its own: where so much was made and freed, low may be high
        "from ntpages.regions import Region; low = Region(4096); high = Region(4096, top_down=True)"
        "; raise SystemExit(high.address < low.address)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_region_lies_where_it_is_told_to() -> None:
    with Region(GRAIN) as free:
        place = free.address
    with Region(GRAIN, at=place) as region:
        assert region.address == place


def test_a_place_that_is_taken_is_refused() -> None:
    with Region(GRAIN) as region, pytest.raises(InvalidAddressError) as raised:
        Region(GRAIN, at=region.address)
    assert (raised.value.call, raised.value.code) == ("VirtualAlloc", 487)


def test_the_lowest_address_is_kept() -> None:
    with Region(GRAIN, lowest=0x3_0000_0000) as region:
        assert region.address >= 0x3_0000_0000


def test_the_highest_address_is_kept() -> None:  # X06
    with Region(GRAIN) as elsewhere:  # somewhere that is free, however full the process is
        highest = elsewhere.address + GRAIN + PAGE - 1
    with Region(GRAIN, highest=highest) as region:
        assert region.address + region.size - 1 <= highest
        assert region.address % GRAIN == 0


@pytest.mark.parametrize("alignment", [0x10000, 0x40000, 1 << 24])  # X08
def test_an_alignment_is_kept(alignment: int) -> None:
    with Region(PAGE, alignment=alignment) as region:
        assert region.address % alignment == 0


def test_bounds_and_alignment_go_together() -> None:
    with Region(GRAIN, lowest=1 << 40, highest=(1 << 41) - 1, alignment=1 << 24) as region:
        assert 1 << 40 <= region.address < 1 << 41
        assert region.address % (1 << 24) == 0


def test_a_preferred_node_may_be_named() -> None:
    with Region(PAGE, node=0) as region:
        assert region.committed == PAGE


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"size": 0}, "size must be from 1 to"),  # V01
        ({"size": -1}, "size must be from 1 to"),
        ({"size": 1 << 48}, "size must be from 1 to"),
        ({"size": 1 << 200}, "size must be from 1 to"),
        ({"at": 4096}, "at must be a multiple of 65536"),
        ({"at": 0}, "at must be a multiple of 65536 from 65536"),
        ({"at": -65536}, "at must be a multiple"),
        ({"at": 1 << 47}, "at must be a multiple"),
        ({"alignment": 0x8000}, "alignment must be a power of two from 65536"),  # X08
        ({"alignment": 0x30000}, "alignment must be a power of two"),
        ({"alignment": 0}, "alignment must be a power of two"),
        ({"alignment": -65536}, "alignment must be a power of two"),
        ({"lowest": 1}, "lowest must be a multiple of 65536"),
        ({"highest": 0x2000_0000}, r"highest must be one less than a multiple of 4096"),
        ({"lowest": 0x2000_0000, "highest": 0x1FFF_FFFF}, "do not fit between lowest 0x20000000"),
        ({"at": 65536, "alignment": 65536}, "at names the place"),
        ({"at": 65536, "lowest": 65536}, "at names the place"),
        ({"at": 65536, "highest": 0x1FFF_FFFF}, "at names the place"),
        ({"only_node": True}, "only_node needs a node"),
        ({"node": -1}, "node must be from 0 to 65535, not -1"),
        ({"node": 0xFFFFFFFF}, "node must be from 0 to 65535"),
        ({"partition": 0}, "partition must be from 1 to"),
        ({"large_pages": True}, "size must be a multiple of .* bytes with large pages, not 4096"),
        ({"large_pages": True, "size": 1 << 21, "commit": False}, "commit=False can't be had"),
    ],
)
def test_a_wish_that_breaks_its_rule_is_named(wish: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Region(**{"size": PAGE, **wish})  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1.5, "x", None, b"1"])
def test_a_size_that_is_no_integer_is_refused(size: int) -> None:
    with pytest.raises(TypeError, match="size must be an int, not"):
        Region(size)


def test_an_unknown_wish_is_refused() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        Region(PAGE, colour="red")  # type: ignore[call-arg]


def test_more_memory_than_there_can_be_is_out_of_memory() -> None:
    with pytest.raises(OutOfMemoryError) as raised:
        Region(HUGE)
    assert raised.value.call == "VirtualAlloc"


def test_a_region_that_was_never_made_says_so() -> None:
    raw = Region.__new__(Region)
    for use in (lambda: raw.size, raw.close, lambda: memoryview(raw), lambda: repr(raw)):
        with pytest.raises((TypeError, BufferError), match="was not called, or failed"):
            use()


# ---- committing ---------------------------------------------------------------------------------


def test_commit_acts_on_whole_pages_and_says_which() -> None:  # V04
    with Region(4 * PAGE, commit=False) as region:
        assert region.commit(PAGE + 1, 1) == Range(PAGE, PAGE)
        assert region.commit(2 * PAGE - 1, 2) == Range(PAGE, 2 * PAGE)
        assert spans(region) == [
            (0, PAGE, "reserve", 0),
            (PAGE, 2 * PAGE, "commit", Protection.READWRITE),
            (3 * PAGE, PAGE, "reserve", 0),
        ]
        assert region.committed == 2 * PAGE


def test_commit_leaves_what_is_committed_alone() -> None:  # V22, and stricter
    with Region(3 * PAGE, commit=False) as region:
        region.commit(PAGE, PAGE)
        region.view(PAGE, PAGE)[0] = 7
        region.protect(Protection.READONLY, offset=PAGE, size=PAGE)
        region.commit()
        assert [span.protection for span in region.spans()] == [
            Protection.READWRITE,
            Protection.READONLY,
            Protection.READWRITE,
        ]
        assert memoryview(region)[PAGE] == 7


def test_commit_takes_the_regions_protection_or_another() -> None:
    with Region(2 * PAGE, commit=False, protection=Protection.READONLY) as region:
        region.commit(0, PAGE)
        region.commit(PAGE, PAGE, protection=Protection.READWRITE)
        assert [span.protection for span in region.spans()] == [
            Protection.READONLY,
            Protection.READWRITE,
        ]


def test_decommit_forgets_contents_and_keeps_addresses() -> None:
    with Region(2 * PAGE) as region:
        region.view()[:] = b"x" * (2 * PAGE)
        assert region.decommit(0, 1) == Range(0, PAGE)
        assert spans(region)[0] == (0, PAGE, "reserve", 0)
        region.commit()
        assert bytes(region) == bytes(PAGE) + b"x" * PAGE


def test_decommitting_what_is_only_reserved_changes_nothing() -> None:
    with Region(PAGE, commit=False) as region:
        assert region.decommit() == Range(0, PAGE)
        assert region.committed == 0


@pytest.mark.parametrize(
    ("offset", "size", "message"),
    [
        (-1, 1, "offset must be from 0 to 8191, not -1"),
        (8192, 1, "offset must be from 0 to 8191, not 8192"),
        (0, 0, "size must be from 1 to 8192 at offset 0, not 0"),
        (0, -1, "size must be from 1"),
        (4096, 4097, "size must be from 1 to 4096 at offset 4096, not 4097"),
        (0, 1 << 64, "size must be from 1"),
        (1 << 64, 1, "offset must be from 0"),
    ],
)
def test_bytes_outside_the_region_are_named(offset: int, size: int, message: str) -> None:
    with Region(2 * PAGE) as region:
        for call in (
            lambda: region.commit(offset, size),
            lambda: region.decommit(offset, size),
            lambda: region.protect(Protection.READONLY, offset=offset, size=size),
            lambda: region.lock(offset, size),
            lambda: region.unlock(offset, size),
            lambda: region.prefetch([(offset, size)]),
            lambda: region.offer(offset, size),
            lambda: region.reclaim(offset, size),
            lambda: region.discard(offset, size),
            lambda: region.reset(offset, size),
            lambda: region.undo_reset(offset, size),
            lambda: region.spans(offset, size),
            lambda: region.view(offset, size),
        ):
            with pytest.raises(ValueError, match=message):
                call()


def test_compiled_ranges_are_checked_too() -> None:
    with Region(PAGE) as region, pytest.raises(IndexError, match="are not all in the region"):
        native.Region._commit(region, PAGE, 1, 4)


# ---- protecting ---------------------------------------------------------------------------------


def test_protect_says_what_was_affected_and_how_it_was() -> None:  # V06
    with Region(2 * PAGE, protection=Protection.NOACCESS) as region:
        changed = region.protect(Protection.READONLY, offset=1, size=1)
        assert changed == ProtectedRange(0, PAGE, Protection.NOACCESS)
        assert region.protect(Protection.READWRITE).old == Protection.READONLY
        assert spans(region) == [(0, 2 * PAGE, "commit", Protection.READWRITE)]


def test_protecting_reserved_pages_is_refused() -> None:  # V03, V05
    with Region(2 * PAGE, commit=False) as region:
        with pytest.raises(InvalidAddressError):
            region.protect(Protection.READONLY, size=PAGE)
        region.commit(0, PAGE)
        with pytest.raises(InvalidAddressError) as raised:
            region.protect(Protection.READONLY)
        assert (raised.value.call, raised.value.code) == ("VirtualProtect", 487)
        assert spans(region)[0] == (0, PAGE, "commit", Protection.READWRITE)


@pytest.mark.parametrize(
    "protection",
    [
        Protection.WRITECOPY,  # V24
        Protection.EXECUTE_WRITECOPY,
        Protection(0),
        Protection.READONLY | Protection.EXECUTE,  # V14
    ],
)
def test_a_protection_that_can_not_be_leaves_the_old_one(protection: Protection) -> None:
    with Region(PAGE) as region:
        with pytest.raises(NtError) as raised:
            region.protect(protection)
        assert raised.value.code == 87
        assert spans(region) == [(0, PAGE, "commit", Protection.READWRITE)]


def test_nocache_belongs_to_the_whole_allocation() -> None:  # V16, V17
    uncached = Protection.READWRITE | Protection.NOCACHE
    with Region(PAGE, protection=uncached) as region:
        assert region.protect(Protection.READWRITE).old == uncached
        assert region.spans()[0].protection == uncached
    with Region(PAGE) as region:
        region.protect(Protection.READONLY | Protection.NOCACHE)
        assert region.spans()[0].protection == Protection.READONLY


def test_a_scope_gives_every_page_its_own_protection_back() -> None:
    with Region(3 * PAGE) as region:
        region.protect(Protection.READONLY, offset=PAGE, size=PAGE)
        before = spans(region)
        with region.protected(Protection.NOACCESS) as changed:
            assert changed == ProtectedRange(0, 3 * PAGE, Protection.READWRITE)
            assert spans(region) == [(0, 3 * PAGE, "commit", Protection.NOACCESS)]
        assert spans(region) == before


def test_a_scope_ends_also_when_its_body_raises() -> None:
    with Region(PAGE) as region:
        with pytest.raises(KeyError), region.protected(Protection.READONLY):
            raise KeyError
        assert region.spans()[0].protection == Protection.READWRITE


def test_a_scope_that_can_not_restore_a_page_restores_the_others() -> None:
    with Region(3 * PAGE) as region:
        region.protect(Protection.EXECUTE_READ, offset=PAGE, size=PAGE)
        with pytest.raises(InvalidAddressError) as raised, region.protected(Protection.READONLY):
            region.decommit(0, PAGE)
        assert raised.value.call == "VirtualProtect"
        assert spans(region) == [
            (0, PAGE, "reserve", 0),
            (PAGE, PAGE, "commit", Protection.EXECUTE_READ),
            (2 * PAGE, PAGE, "commit", Protection.READWRITE),
        ]


def test_a_scope_may_outlive_its_region() -> None:
    region = Region(PAGE)
    with region.protected(Protection.READONLY):
        region.close()
