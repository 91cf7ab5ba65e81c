"""Views: what they lend, where they lie, and how they grow."""

from __future__ import annotations

import copy
import gc
from typing import TYPE_CHECKING

import pytest

from ntpages import errors
from ntpages.regions import Placeholder, Protection, Range, Region, Type, Use, walk
from ntpages.sections import Section, View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ntlab import Lab

PAGE, GRAIN = 4096, 65536


@pytest.fixture
def section() -> Iterator[Section]:
    with Section(4 * GRAIN) as made:
        yield made


# ---- buffers ------------------------------------------------------------------------------------


def test_two_views_show_the_same_bytes(section: Section) -> None:
    with section.view() as one, section.view(GRAIN, 100) as other:
        one.view(GRAIN + 5, 3)[:] = b"abc"
        assert bytes(other.view(5, 3)) == b"abc"
        assert (len(other), other.offset, other.size) == (100, GRAIN, 100)
        assert memoryview(other).nbytes == 100


def test_numpy_shares_the_bytes(section: Section) -> None:
    np = pytest.importorskip("numpy")
    with section.view() as view, section.view() as other:
        array = np.frombuffer(view, dtype=np.uint32)
        array[1] = 0x01020304
        assert bytes(other.view(4, 4)) == bytes([4, 3, 2, 1])
        with pytest.raises(BufferError, match=r"^View is in use: release its views first$"):
            view.close()
        del array
        gc.collect()


def test_a_view_is_closed_when_nobody_looks(section: Section) -> None:
    view = section.view()
    with memoryview(view), pytest.raises(BufferError, match=r"View is in use"):
        view.close()
    view.close()
    view.close()
    assert view.closed
    with pytest.raises(ValueError, match=r"^View is closed$"):
        memoryview(view)


def test_a_view_outlives_its_section_and_the_last_reference_to_it() -> None:
    view = Section(PAGE).view()
    gc.collect()
    view.view(0, 1)[0] = 7
    assert view.view(0, 1)[0] == 7
    view.close()


def test_a_view_comes_from_a_section_and_is_never_copied(section: Section) -> None:
    with pytest.raises(TypeError, match=r"^a View comes from Section.view\(\)$"):
        View()
    with section.view() as view, pytest.raises(TypeError, match=r"can't be copied"):
        copy.copy(view)
    with pytest.raises(TypeError, match=r"can't be copied"):
        copy.copy(section)


def test_a_part_begins_and_ends_inside(section: Section) -> None:
    with section.view(0, 100) as view:
        for offset, size in ((100, None), (0, 101), (99, 2), (-1, 1)):
            with pytest.raises(ValueError, match=r"^(offset|size) must be from"):
                view.view(offset, size)


# ---- where --------------------------------------------------------------------------------------


def test_an_offset_is_a_multiple_of_64_kib(section: Section) -> None:
    with pytest.raises(
        ValueError, match=r"^offset must be a multiple of 65536 from 0 .*, not 4096"
    ):
        section.view(PAGE)
    with pytest.raises(ValueError, match=r"^offset must be from 0 to"):
        section.view(4 * GRAIN)


def test_a_view_begins_where_it_is_told(section: Section) -> None:
    with Region(GRAIN, commit=False) as region:
        free = region.address
    with section.view(0, GRAIN, at=free) as view:
        assert view.address == free
        with pytest.raises(errors.InvalidAddressError):
            section.view(0, GRAIN, at=free)
    with pytest.raises(ValueError, match=r"^at must be a multiple of 65536"):
        section.view(at=PAGE)


def test_a_node_is_asked_for_by_its_number(lab: Lab, section: Section) -> None:
    lab.record("MapViewOfFileExNuma")
    section.view(node=0).close()
    with Section(PAGE, node=0) as local:
        local.view().close()
    assert [call.arguments[6] & 0xFFFFFFFF for call in lab.calls("MapViewOfFileExNuma")] == [0, 0]


@pytest.mark.lab
def test_windows_is_asked_of_what_it_alone_knows(lab: Lab, tmp_path: Path) -> None:
    """New memory is what was asked for; what is another's, or a file, Windows tells."""
    name = f"ntpages asked {tmp_path.name}"
    file = tmp_path / "file"
    file.write_bytes(b"wren" * PAGE)
    with (
        Section(5 * PAGE - 7, name=name) as new,
        Section.open(name) as opened,
        Section(5 * PAGE, name=name, exist_ok=True) as existing,
        Section(file=file) as mapped,
    ):
        before, sizes = lab.count("NtQuerySection"), []
        for section in (new, opened, existing, mapped):
            with section.view() as view:
                sizes.append(view.size)
        assert lab.count("NtQuerySection") - before == 3
        assert sizes == [each.size for each in (new, opened, existing, mapped)]


# ---- pages --------------------------------------------------------------------------------------


def test_a_reserved_section_grows_for_everybody_at_once() -> None:
    with Section(64 * GRAIN, reserve=True) as section, section.view() as one, section.view() as two:
        assert one.committed == 0
        with pytest.raises(BufferError, match=r"bytes from offset 0 on are not committed"):
            memoryview(one)
        assert one.commit(5_000, 10) == Range(PAGE, PAGE)
        one.view(5_000, 1)[0] = 7
        assert two.view(5_000, 1)[0] == 7
        assert two.committed == PAGE
        assert [(row.offset, row.state) for row in one.spans()] == [
            (0, "reserve"),
            (PAGE, "commit"),
            (2 * PAGE, "reserve"),
        ]
        one.commit()
        assert one.committed == 64 * GRAIN
        assert one.view(5_000, 1)[0] == two.view(5_000, 1)[0] == 7


def test_pages_are_protected_in_one_view_alone(section: Section) -> None:
    with section.view() as one, section.view() as other:
        changed = one.protect(Protection.READONLY, offset=PAGE, size=1)
        assert (changed.offset, changed.size, changed.old) == (PAGE, PAGE, Protection.READWRITE)
        assert memoryview(one).readonly
        assert not one.view(0, PAGE).readonly
        assert not memoryview(other).readonly
        with memoryview(one), pytest.raises(BufferError):
            one.protect(Protection.NOACCESS)


def test_a_view_may_not_do_more_than_it_was_mapped_for(section: Section) -> None:
    with section.view(protection=Protection.READONLY) as view:
        assert view.protection is Protection.READONLY
        with pytest.raises(errors.NtError, match=r"VirtualProtect failed"):
            view.protect(Protection.READWRITE)


def test_a_copy_on_write_of_memory_stays_in_its_view(section: Section) -> None:
    with section.view(protection=Protection.WRITECOPY) as mine, section.view() as shared:
        mine.view(0, 1)[0] = 7
        assert (mine.view(0, 1)[0], shared.view(0, 1)[0]) == (7, 0)


def test_small_pages_are_told(section: Section) -> None:
    with section.view() as view:
        assert view.page_size == PAGE
    with pytest.raises(ValueError, match=r"^large_pages must be False, or None, where the section"):
        section.view(large_pages=True)


def test_a_walk_of_the_address_space_shows_what_is_mapped(section: Section, tmp_path: Path) -> None:
    path = tmp_path / "mapped"
    path.write_bytes(b"words")
    with section.view() as memory, Section(file=path) as file, file.view() as words:
        rows = {row.address: row for row in walk()}
    assert (rows[memory.address].type, rows[memory.address].use) == (Type.MAPPED, Use.MAPPED)
    assert rows[memory.address].size == 4 * GRAIN
    assert rows[words.address].use is Use.MAPPED_FILE
    assert rows[words.address].name.endswith("mapped")


def test_what_it_says_of_itself(section: Section) -> None:
    view = section.view(GRAIN, 10)
    assert repr(view) == f"<View at {view.address:#x}: 10 bytes, from offset 65536 of its section>"
    view.close()
    assert repr(view).endswith(": 10 bytes, closed>")


# ---- placeholders, on the modelled machine where this one lacks them ----------------------------


@pytest.fixture
def places(lab: Lab) -> None:
    lab.model("sections")


@pytest.mark.usefixtures("places")
def test_neighbours_may_show_the_same_bytes(section: Section) -> None:
    with Placeholder(2 * GRAIN) as first:
        base = first.address
        second = first.split(GRAIN)
        with (
            section.view(placeholder=first, offset=GRAIN) as one,
            section.view(placeholder=second, offset=GRAIN) as two,
        ):
            assert (one.address, two.address) == (base, base + GRAIN)
            assert first.closed
            one.view(10, 1)[0] = 7
            assert two.view(10, 1)[0] == 7


@pytest.mark.usefixtures("places")
def test_a_view_leaves_its_place(section: Section) -> None:
    with section.view(placeholder=Placeholder(GRAIN)) as view:
        base = view.address
        place = view.vacate()
    assert (place.address, place.size) == (base, GRAIN)
    with section.view(placeholder=place) as again:
        assert again.address == base


@pytest.mark.usefixtures("places")
def test_a_view_that_was_put_nowhere_leaves_no_place(section: Section) -> None:
    with section.view() as view:
        with pytest.raises(errors.NtError, match=r"UnmapViewOfFile2 failed"):
            view.vacate()
        assert view.view(0, 1)[0] == 0


@pytest.mark.usefixtures("places")
def test_a_placeholder_says_how_large_and_where(section: Section) -> None:
    with Placeholder(GRAIN) as place:
        with pytest.raises(ValueError, match=r"^size must be that of the placeholder, 65536 bytes"):
            section.view(size=PAGE, placeholder=place)
        with pytest.raises(ValueError, match=r"^a placeholder names the place"):
            section.view(placeholder=place, at=GRAIN)
        with pytest.raises(ValueError, match=r"^offset must be a multiple of 4096"):
            section.view(1, placeholder=place)
        assert not place.closed


def test_without_the_function_a_placeholder_stays(lab: Lab, section: Section) -> None:
    lab.model("sections")
    with Placeholder(GRAIN) as place:
        lab.hide("MapViewOfFile3")
        with pytest.raises(errors.UnavailableError, match=r"MapViewOfFile3"):
            section.view(placeholder=place)
        assert not place.closed
