"""AWE: physical pages that keep their bytes, and windows that show some of them."""

from __future__ import annotations

import gc
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import errors, privileges
from ntpages.awe import PhysicalPages, Window
from ntpages.regions import Protection

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntlab import Lab

PAGE = 4096


@pytest.fixture
def kernel(lab: Lab) -> Any:
    """The model's door, for a token that holds the privilege, disabled as usual."""
    door = lab.model("awe")
    lab.model("privileges").hold("SeLockMemoryPrivilege")
    return door


def test_the_sample_of_1000_pages_and_200_shown(kernel: Any) -> None:
    with PhysicalPages(1000) as pages:
        use = min(pages.obtained, 200)
        with Window(use * PAGE) as window:
            assert window.map(pages) == 200
            with memoryview(window) as view:
                view[:] = b"\xff" * len(view)
                assert view[-1] == 0xFF
            assert kernel.held == (1000, 200, 1)
    assert kernel.held == (0, 0, 0)


def test_fewer_pages_than_asked_for_are_normal_and_visible(kernel: Any) -> None:
    kernel.leave(10)
    with PhysicalPages(64) as pages, Window(64 * PAGE) as window:
        assert (pages.obtained, len(pages)) == (10, 10)
        assert window.map(pages) == 10
        assert (window.mapped, pages.mapped) == (10, 10)


def test_no_page_at_all_is_out_of_memory(kernel: Any) -> None:
    kernel.leave(0)
    with pytest.raises(errors.OutOfMemoryError, match="AllocateUserPhysicalPages"):
        PhysicalPages(1)


def test_bytes_follow_their_page_wherever_it_is_shown(kernel: Any) -> None:
    assert kernel
    with PhysicalPages(6) as pages, Window(2 * PAGE) as small, Window(6 * PAGE) as large:
        for first in (0, 2, 4):
            small.map(pages, start=first)
            with memoryview(small) as view:
                view[0], view[PAGE] = first, first + 1
        small.unmap()
        large.map_scatter(pages, {at * PAGE: 5 - at for at in range(6)})
        with memoryview(large) as view:
            assert [view[at * PAGE] for at in range(6)] == [5, 4, 3, 2, 1, 0]


def test_several_windows_show_one_set(kernel: Any) -> None:
    with PhysicalPages(4) as pages, Window(PAGE) as one, Window(PAGE) as other:
        one.map(pages, start=1)
        other.map(pages, start=3)
        assert kernel.held == (4, 2, 2)
        assert pages.mapped == 2


def test_a_window_shows_pages_of_several_sets(kernel: Any) -> None:
    with PhysicalPages(1) as one, PhysicalPages(1) as other, Window(2 * PAGE) as window:
        window.map(one)
        window.map(other, offset=PAGE)
        assert kernel.held == (2, 2, 1)
        one.close()
        assert (window.mapped, other.mapped) == (1, 1)


def test_a_view_shows_what_is_mapped_in_place(kernel: Any) -> None:
    assert kernel
    with PhysicalPages(2) as pages, Window(PAGE) as window:
        window.map(pages)
        with memoryview(window) as view:
            view[0] = 1
            window.map(pages, start=1)
            assert view[0] == 0
            window.map(pages, start=0)
            assert view[0] == 1


def test_a_page_is_at_one_place_at_a_time(kernel: Any) -> None:
    with PhysicalPages(3) as pages, Window(2 * PAGE) as window, Window(2 * PAGE) as other:
        window.map(pages, start=1)
        with pytest.raises(ValueError, match="page 1 is mapped already"):
            other.map(pages)
        with pytest.raises(ValueError, match="page 2 is mapped already"):
            window.map_scatter(pages, {0: 2})
        with pytest.raises(ValueError, match="page 0 is wanted at two places"):
            other.map_scatter(pages, {0: 0, PAGE: 0})
        assert kernel.held == (3, 2, 2)


def test_scatter_shows_and_hides_in_one_call(lab: Lab, kernel: Any) -> None:
    assert kernel
    with PhysicalPages(4) as pages, Window(3 * PAGE) as window:
        window.map(pages)
        window.map_scatter(pages, {0: 3, 2 * PAGE: None})
        assert (window.mapped, pages.mapped) == (2, 2)
        assert lab.count("MapUserPhysicalPagesScatter") == 1
        window.map_scatter(pages, {})
        assert lab.count("MapUserPhysicalPagesScatter") == 1


def test_unmapping_says_how_many_were_shown(kernel: Any) -> None:
    assert kernel
    with PhysicalPages(2) as pages, Window(8 * PAGE) as window:
        assert window.unmap() == 0
        window.map(pages, offset=3 * PAGE)
        with pytest.raises(ValueError, match="count must be from 1 to 4 pages, not 5"):
            window.unmap(4 * PAGE, 5)
        assert window.unmap(4 * PAGE, 2) == 1
        assert window.unmap() == 1


# ---- Views -------------------------------------------------------------------------------------


def test_a_window_is_lent_once_every_page_is_mapped(kernel: Any) -> None:
    assert kernel
    with PhysicalPages(3) as pages, Window(4 * PAGE) as window:
        window.map(pages, offset=PAGE)
        with pytest.raises(BufferError, match="no page at offset 0"):
            memoryview(window)
        with window.view(PAGE, 3 * PAGE) as view:
            assert (len(view), view.readonly) == (3 * PAGE, False)
        with pytest.raises(BufferError, match="no page at offset 0"):
            window.view(PAGE - 1, 2)


def test_nothing_is_unmapped_or_freed_under_a_view(kernel: Any) -> None:
    with PhysicalPages(2) as pages, Window(2 * PAGE) as window:
        window.map(pages)
        view = window.view(PAGE)
        for take_away in (
            window.unmap,
            window.close,
            pages.close,
            lambda: window.map_scatter(pages, {0: None}),
        ):
            with pytest.raises(BufferError, match="release its views first"):
                take_away()
        assert kernel.held == (2, 2, 1)
        view[0] = 3
        view.release()
        assert window.unmap() == 2


def test_a_view_outlives_its_window_s_name(kernel: Any) -> None:
    with PhysicalPages(1) as pages:
        window = Window(PAGE)
        window.map(pages)
        whole, part = memoryview(window), window.view(0, 10)
        del window
        gc.collect()
        whole[0] = 9
        assert part[0] == 9
        whole.release()
        part.release()
        gc.collect()
        assert kernel.held == (1, 0, 0)


# ---- Closing -----------------------------------------------------------------------------------


def test_a_closed_set_is_taken_out_of_its_windows(kernel: Any) -> None:
    with Window(2 * PAGE) as window, PhysicalPages(2) as pages:
        window.map(pages)
        pages.close()
        assert kernel.held == (0, 0, 1)
        assert (window.mapped, pages.closed, window.closed) == (0, True, False)
        with pytest.raises(BufferError):
            memoryview(window)
        with pytest.raises(ValueError, match="PhysicalPages is closed"):
            window.map(pages)


def test_a_set_that_is_shown_stays_alive_without_a_name(kernel: Any) -> None:
    with Window(2 * PAGE) as window:
        window.map(PhysicalPages(2))
        gc.collect()
        assert kernel.held == (2, 2, 1)
        with memoryview(window) as view:
            view[0] = 1
        window.unmap(0, 1)
        assert kernel.held == (2, 1, 1)
        window.unmap()
        assert kernel.held == (0, 0, 1)


def test_a_closed_window_lets_pages_and_addresses_go(kernel: Any) -> None:
    with PhysicalPages(2) as pages:
        window = Window(2 * PAGE)
        window.map(pages)
        window.close()
        window.close()
        assert (window.closed, kernel.held) == (True, (2, 0, 0))
        for use in (window.unmap, lambda: window.map(pages), lambda: window.address, window.view):
            with pytest.raises(ValueError, match="Window is closed"):
                use()


def test_forgotten_objects_give_everything_back(kernel: Any) -> None:
    pages, window = PhysicalPages(2), Window(PAGE)
    window.map(pages)
    del pages, window
    gc.collect()
    assert kernel.held == (0, 0, 0)


def test_a_refused_release_is_told_and_can_be_repeated(lab: Lab, kernel: Any) -> None:
    pages, window = PhysicalPages(1), Window(PAGE)
    window.map(pages)
    lab.fail("FreeUserPhysicalPages")
    lab.fail("VirtualFree")
    for owner in (pages, window):
        with pytest.raises(errors.NtError, match="87"):
            owner.close()
        assert not owner.closed
        owner.close()
    assert kernel.held == (0, 0, 0)


def forget(pages: list[PhysicalPages]) -> None:
    pages.clear()
    gc.collect()


@pytest.mark.parametrize("end", [lambda pages: pages[0].close(), forget], ids=["close", "forget"])
@pytest.mark.parametrize("given_back", [1, 3])
def test_pages_that_were_given_back_are_given_up_although_the_rest_was_refused(
    kernel: Any, given_back: int, end: Callable[[list[PhysicalPages]], None]
) -> None:
    half_closed = [PhysicalPages(4)]
    kernel.refuse_after(given_back)
    with pytest.raises(errors.NtError, match=f"{given_back} of 4 pages were given back"):
        half_closed[0].close()
    assert not half_closed[0].closed

    with PhysicalPages(given_back) as others, Window(given_back * PAGE) as window:
        window.map(others)  # what was given back is theirs by now
        with memoryview(window) as view:
            view[:] = b"\xa5" * len(view)
            end(half_closed)
            assert bytes(view) == b"\xa5" * len(view)
        assert kernel.held == (given_back, given_back, 1)
    assert kernel.held == (0, 0, 0)


def test_what_is_left_of_a_half_closed_set_keeps_its_numbers_and_its_bytes(kernel: Any) -> None:
    with PhysicalPages(3) as pages, Window(3 * PAGE) as window:
        window.map(pages)
        with memoryview(window) as view:
            view[2 * PAGE] = 7
        kernel.refuse_after(2)
        with pytest.raises(errors.NtError, match="FreeUserPhysicalPages"):
            pages.close()
        assert (pages.mapped, window.mapped, kernel.held) == (1, 1, (1, 1, 1))
        with pytest.raises(ValueError, match="page 1 was given back"):
            window.map(pages, start=1, count=1)
        with window.view(2 * PAGE, 1) as view:
            assert view[0] == 7


@pytest.mark.parametrize("call", ["MapUserPhysicalPages", "MapUserPhysicalPagesScatter"])
def test_a_refused_mapping_changes_nothing(lab: Lab, kernel: Any, call: str) -> None:
    with PhysicalPages(2) as pages, Window(PAGE) as window:
        window.map(pages)
        ways: dict[str, Callable[[], object]] = {
            "MapUserPhysicalPages": lambda: window.map(pages, start=1),
            "MapUserPhysicalPagesScatter": lambda: window.map_scatter(pages, {0: 1}),
        }
        lab.fail(call)
        with pytest.raises(errors.NtError, match=call):
            ways[call]()
        assert (window.mapped, kernel.held) == (1, (2, 1, 1))


# ---- Refusals ----------------------------------------------------------------------------------


def test_the_missing_privilege_is_named(lab: Lab) -> None:
    lab.model("awe")
    with pytest.raises(errors.PrivilegeNotHeldError) as refused:
        PhysicalPages(1)
    assert refused.value.privilege == "SeLockMemoryPrivilege"
    assert errors.way_to_hold("SeLockMemoryPrivilege") in str(refused.value)


def test_a_privilege_lost_in_between_is_named_too(lab: Lab, kernel: Any) -> None:
    assert kernel
    lab.fail("AllocateUserPhysicalPages", code=1314)
    with pytest.raises(errors.PrivilegeNotHeldError) as refused:
        PhysicalPages(1)
    assert refused.value.privilege == "SeLockMemoryPrivilege"


def test_the_privilege_is_enabled_for_the_call_alone(kernel: Any) -> None:
    assert kernel
    with PhysicalPages(1):
        state = privileges.state("SeLockMemoryPrivilege")
        assert state is privileges.PrivilegeState.DISABLED


def test_where_windows_has_no_awe_it_is_unavailable(lab: Lab, kernel: Any) -> None:
    assert kernel
    lab.fail("AllocateUserPhysicalPages", code=120)  # as for a 32-bit process on 64-bit Windows
    with pytest.raises(errors.UnavailableError, match="does not offer it"):
        PhysicalPages(1)
    lab.hide("MapUserPhysicalPagesScatter")
    with PhysicalPages(1) as pages, Window(PAGE) as window:
        with pytest.raises(errors.UnavailableError, match="MapUserPhysicalPagesScatter"):
            window.map_scatter(pages, {0: 0})
        assert window.map(pages) == 1


def test_pages_are_given_back_where_the_privilege_can_not_be(lab: Lab, kernel: Any) -> None:
    lab.fail("AdjustTokenPrivileges", nth=2)
    with pytest.raises(errors.NtError, match="AdjustTokenPrivileges"):
        PhysicalPages(4)
    assert kernel.held == (0, 0, 0)


@pytest.mark.parametrize(
    "protection",
    [
        Protection.NOACCESS,
        Protection.READONLY,
        Protection.EXECUTE_READWRITE,
        Protection.READWRITE | Protection.GUARD,
    ],
)
def test_a_window_is_read_write_or_not_at_all(kernel: Any, protection: Protection) -> None:
    with pytest.raises(ValueError, match="protection must be READWRITE"):
        Window(PAGE, protection=protection)
    assert kernel.held == (0, 0, 0)


def test_a_preferred_node_reaches_windows(lab: Lab, kernel: Any) -> None:
    lab.model("numa")
    with PhysicalPages(1, node=1):
        assert kernel.node == 1
    with pytest.raises(errors.NtError, match="AllocateUserPhysicalPagesNuma") as refused:
        PhysicalPages(1, node=2)
    assert refused.value.code == 87


@pytest.mark.parametrize("count", [0, -1, 2**35 + 1, 2**64])
def test_an_impossible_count_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"count must be .* not {count}"):
        PhysicalPages(count)


@pytest.mark.parametrize("size", [0, -1, 2**47 + 1, 2**64])
def test_an_impossible_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"size must be .* not {size}"):
        Window(size)


@pytest.mark.parametrize("node", [-1, 2**16])
def test_an_impossible_node_is_refused(node: int) -> None:
    with pytest.raises(ValueError, match=f"node must be .* not {node}"):
        PhysicalPages(1, node=node)


def test_numbers_are_integers() -> None:
    for wrong in (1.5, "1", None):
        with pytest.raises(TypeError):
            PhysicalPages(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            Window(wrong)  # type: ignore[arg-type]


def test_what_is_not_in_the_window_or_the_set_is_refused(kernel: Any) -> None:
    assert kernel
    with PhysicalPages(3) as pages, Window(4 * PAGE) as window:
        for offset in (-PAGE, 1, 4 * PAGE, 2**70):
            with pytest.raises(ValueError, match=f"offset must be .* not {offset}"):
                window.map(pages, offset)
            with pytest.raises(ValueError, match="offset must be"):
                window.map_scatter(pages, {offset: 0})
            with pytest.raises(ValueError, match="offset must be"):
                window.unmap(offset)
        for start in (-1, 3, 2**70):
            with pytest.raises(ValueError, match=f"start must be .* not {start}"):
                window.map(pages, 0, start)
            with pytest.raises(ValueError, match=f"page must be .* not {start}"):
                window.map_scatter(pages, {0: start})
        for count in (0, -1, 4, 2**70):
            with pytest.raises(ValueError, match=f"count must be .* not {count}"):
                window.map(pages, 0, 0, count)
        for offset, size in ((-1, 1), (4 * PAGE, 1), (0, 0), (1, 4 * PAGE), (0, -1)):
            with pytest.raises(ValueError, match="must be from"):
                window.view(offset, size)
        assert (window.mapped, pages.mapped) == (0, 0)


def test_pages_come_from_a_set_and_from_nothing_else(kernel: Any) -> None:
    assert kernel
    with Window(PAGE) as window:
        for wrong in (window, None, [0]):
            with pytest.raises(TypeError, match="pages must be a PhysicalPages, not"):
                window.map(wrong)  # type: ignore[arg-type]
            with pytest.raises(TypeError, match="pages must be a PhysicalPages, not"):
                window.map_scatter(wrong, {0: 0})  # type: ignore[arg-type]


def test_as_many_pages_are_mapped_as_there_is_room_for_behind_the_offset(kernel: Any) -> None:
    assert kernel
    with PhysicalPages(4) as pages, Window(4 * PAGE) as window:
        assert window.map(pages, 3 * PAGE) == 1
        assert window.map(pages, start=2) == 2


def test_sizes_are_rounded_up_to_pages(kernel: Any) -> None:
    assert kernel
    with Window(PAGE + 1) as window:
        assert (window.size, len(window)) == (2 * PAGE, 2 * PAGE)
        assert window.address % 65536 == 0
        assert repr(window) == f"<Window at {window.address:#x}: 8192 bytes, 0 pages mapped>"


def test_neither_is_copied(kernel: Any) -> None:
    assert kernel
    with PhysicalPages(1) as pages, Window(1) as window:
        assert repr(pages) == "<PhysicalPages: 1 obtained, 0 mapped>"
        for owner in (pages, window):
            with pytest.raises(TypeError, match="can't be copied or pickled"):
                pickle.dumps(owner)


# ---- Windows by VirtualAlloc2 ------------------------------------------------------------------


def test_a_window_lies_where_it_is_wished(lab: Lab, kernel: Any) -> None:
    lab.model("regions")
    with PhysicalPages(2) as pages:
        with Window(2 * PAGE, alignment=1 << 24, lowest=2**41, highest=2**42 - 1) as window:
            assert window.address % (1 << 24) == 0
            assert 2**41 <= window.address < 2**42
            window.map(pages)
            window.view()[:5] = b"there"
            assert kernel.held == (2, 2, 1)
        with Window(PAGE, at=2**43) as window:
            assert window.address == 2**43
            window.map(pages, count=1)
            assert bytes(window.view(0, 5)) == b"there"
    assert lab.count("VirtualAlloc2") == 1


def test_a_window_is_for_the_pages_of_an_awe_section(lab: Lab, kernel: Any) -> None:
    assert kernel
    regions = lab.model("regions")
    with pytest.raises(errors.NtError) as refused:
        Window(PAGE, physical=0x1234)
    assert (refused.value.call, refused.value.code) == ("VirtualAlloc2", 6)
    regions.accept_physical(0x1234)
    with Window(PAGE, physical=0x1234) as window:
        assert kernel.held == (0, 0, 1)
        assert window.mapped == 0
    lab.hide("VirtualAlloc2")
    with pytest.raises(errors.UnavailableError, match="VirtualAlloc2"):
        Window(PAGE, physical=0x1234)


def test_wishes_for_a_window_are_those_of_a_region(kernel: Any) -> None:
    assert kernel
    with pytest.raises(ValueError, match="at must be a multiple of 65536"):
        Window(PAGE, at=PAGE)
    with pytest.raises(ValueError, match="at names the place"):
        Window(PAGE, at=2**43, alignment=1 << 20)
