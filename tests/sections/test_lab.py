"""Sections on a Windows that is modelled: large pages, nodes, rings in place of placeholders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ntpages import errors
from ntpages.sections import Attributes, Ring, Section

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab

LARGE, PAGE, GRAIN = 2 << 20, 4096, 65536


@pytest.fixture
def machine(lab: Lab) -> Any:
    door = lab.model("sections")
    lab.model("privileges").hold("SeLockMemoryPrivilege")
    return door


# ---- large pages --------------------------------------------------------------------------------


def test_views_of_large_pages_have_large_pages(machine: Any) -> None:
    with Section(2 * LARGE, large_pages=True, name="ntpages large") as section:
        assert section.attributes & Attributes.LARGE_PAGES
        with section.view(LARGE) as view:
            assert (view.page_size, machine.large) == (LARGE, LARGE)
            assert view.address % LARGE == 0
        with Section.open("ntpages large") as opened, opened.view() as whole:
            assert (whole.page_size, whole.size) == (LARGE, 2 * LARGE)
    assert machine.large == 0


def test_small_pages_of_a_section_of_large_ones_are_told(machine: Any) -> None:
    with Section(LARGE, large_pages=True) as section, section.view(large_pages=False) as view:
        assert (view.page_size, machine.large) == (PAGE, 0)


def test_what_windows_says_of_the_page_counts_and_not_what_was_asked(
    lab: Lab, machine: Any
) -> None:
    with Section(LARGE, large_pages=True) as section:
        lab.fail("K32QueryWorkingSetEx", value=1, code=0)  # it says nothing of the page
        with section.view() as view:
            assert view.page_size == PAGE
        assert machine.large == 0


def test_an_offset_of_large_pages_is_a_multiple_of_theirs(machine: Any) -> None:
    assert machine.large == 0
    with (
        Section(2 * LARGE, large_pages=True) as section,
        pytest.raises(ValueError, match=rf"^offset must be a multiple of {LARGE}"),
    ):
        section.view(GRAIN)
    with pytest.raises(ValueError, match=rf"^size must be a multiple of {LARGE} bytes with large"):
        Section(PAGE, large_pages=True)


def test_large_pages_need_the_privilege_and_say_how_to_get_it(lab: Lab, machine: Any) -> None:
    assert machine.large == 0
    lab.model("privileges").drop("SeLockMemoryPrivilege")
    with pytest.raises(errors.PrivilegeNotHeldError, match=r"privileges.grant") as refused:
        Section(LARGE, large_pages=True)
    assert refused.value.privilege == "SeLockMemoryPrivilege"


def test_the_privilege_is_enabled_for_the_call_alone(lab: Lab, machine: Any) -> None:
    assert machine.large == 0
    with Section(LARGE, large_pages=True):
        assert lab.model("privileges").state("SeLockMemoryPrivilege") is False


# ---- names of the machine -----------------------------------------------------------------------


@pytest.mark.usefixtures("machine")
def test_a_name_in_global_takes_a_privilege_to_make_and_none_to_open(lab: Lab) -> None:
    with Section(PAGE, name="Global\\ntpages lab"):
        lab.model("privileges").drop("SeCreateGlobalPrivilege")
        Section.open("Global\\ntpages lab").close()
        with pytest.raises(errors.AccessDeniedError, match=r"SeCreateGlobalPrivilege"):
            Section(PAGE, name="Global\\ntpages other")
    Section(PAGE, name="Local\\ntpages other").close()


# ---- nodes --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("machine")
def test_a_node_that_there_is_not_is_refused(lab: Lab) -> None:
    lab.model("numa")
    Section(PAGE, node=1).close()
    with pytest.raises(errors.NtError, match=r"CreateFileMappingNumaW failed"):
        Section(PAGE, node=60)
    with Section(PAGE) as section, pytest.raises(errors.NtError, match=r"MapViewOfFileExNuma"):
        section.view(node=60)


# ---- rings --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("machine")
def test_a_ring_takes_the_place_of_placeholders(lab: Lab) -> None:
    with Ring(GRAIN) as ring:
        assert (lab.count("MapViewOfFile3"), lab.count("MapViewOfFileEx")) == (2, 0)
        ring.push(bytes(GRAIN - 3))
        ring.pull()
        ring.push(b"0123456789")
        assert ring.pull() == b"0123456789"


@pytest.mark.parametrize("missing", ["VirtualAlloc2", "MapViewOfFile3"])
@pytest.mark.usefixtures("machine")
def test_an_older_windows_maps_a_ring_where_addresses_are_free(lab: Lab, missing: str) -> None:
    lab.hide(missing)
    with Ring(GRAIN) as ring:
        assert (lab.count("MapViewOfFile3"), lab.count("MapViewOfFileEx")) == (0, 2)
        ring.push(bytes(GRAIN - 3))
        ring.pull()
        ring.push(b"0123456789")
        assert ring.pull() == b"0123456789"


def test_a_place_that_another_thread_takes_is_given_up_for_the_next(lab: Lab) -> None:
    lab.hide("VirtualAlloc2")
    Ring(GRAIN).close()
    before = lab.footprint()
    lab.fail("MapViewOfFileEx", nth=2, code=487)
    with Ring(GRAIN) as ring:
        assert lab.refused == 1
        assert ring.push(b"abc")
    lab.fail("MapViewOfFileEx", every=True, code=487)
    with pytest.raises(errors.InvalidAddressError, match=r"no place for both halves stayed free"):
        Ring(GRAIN)
    growth = lab.footprint().growth_since(before)
    assert not {"handles", "views", "allocations"} & {*growth}


@pytest.mark.usefixtures("machine")
def test_a_second_half_that_is_refused_leaves_nothing(lab: Lab) -> None:
    Ring(GRAIN).close()
    before = lab.footprint()
    lab.fail("MapViewOfFile3", nth=2)
    with pytest.raises(errors.OutOfMemoryError, match=r"MapViewOfFile3"):
        Ring(GRAIN)
    growth = lab.footprint().growth_since(before)
    assert not {"handles", "views", "allocations"} & {*growth}


def test_a_half_closed_ring_is_closed(lab: Lab) -> None:
    ring = Ring(GRAIN)
    lab.fail("UnmapViewOfFile", nth=2)
    with pytest.raises(errors.NtError, match=r"UnmapViewOfFile failed"):
        ring.close()
    assert ring.closed
    with pytest.raises(ValueError, match=r"^Ring is closed$"):
        ring.push(b"x")
    ring.close()


# ---- memory that is refused for a moment --------------------------------------------------------


def test_commit_charge_that_comes_in_a_moment_is_waited_for(lab: Lab) -> None:
    lab.fail("CreateFileMappingNumaW", times=2, code=1455)
    Section(PAGE).close()
    assert lab.refused == 2
    lab.fail("CreateFileMappingNumaW", code=1455)
    with pytest.raises(errors.OutOfMemoryError):
        Section(PAGE, reserve=True)  # needs none, so that there is nothing to wait for
