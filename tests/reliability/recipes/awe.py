"""Pages that are shown, taken out again, and given back."""

from __future__ import annotations

from ntpages.awe import PhysicalPages, Window
from reliability.racing import THREADS, Race, Use, race
from reliability.recipes import PAGE, closed


def awe_race(pages: PhysicalPages, window: Window, closing: Use) -> Race:
    def ends() -> None:
        assert pages.mapped == window.mapped
        closed(window)()
        assert pages.mapped == 0
        closed(pages)()

    return Race(
        (
            lambda number: window.map(pages, number * PAGE, number, 1),
            lambda number: window.unmap(number * PAGE, 1),
            lambda number: window.map_scatter(pages, {number * PAGE: (number + 1) % THREADS}),
            lambda number: bytes(window.view(number * PAGE, 8)),
            lambda _: (pages.mapped, window.mapped, repr(window)),
        ),
        close=closing,
        ends=ends,
        allowed=(ValueError,),  # a page that is shown elsewhere
    )


@race("awe.PhysicalPages", "awe", "privileges")
def physical_pages() -> Race:
    pages, window = PhysicalPages(THREADS), Window(THREADS * PAGE)
    return awe_race(pages, window, lambda _: pages.close())


@race("awe.Window", "awe", "privileges")
def window() -> Race:
    pages, shown = PhysicalPages(THREADS), Window(THREADS * PAGE)
    return awe_race(pages, shown, lambda _: shown.close())


@race("awe.WindowPart", "awe", "privileges")
def window_part() -> Race:
    pages, window = PhysicalPages(1), Window(PAGE)
    window.map(pages)
    part = window._part(8, THREADS)

    def use(number: int) -> None:
        with memoryview(part) as view:
            view[number] = number + 1
            assert view[number] == number + 1

    def ends() -> None:
        closed(window)()
        closed(pages)()

    return Race((use,), close=lambda _: window.close(), ends=ends)
