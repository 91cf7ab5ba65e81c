"""Physical pages and windows, on the modelled machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages.awe import PhysicalPages, Window
from reliability.operations import Shared, life, operation, shared

if TYPE_CHECKING:
    from ntlab import Lab

MODELS = ("awe",)
PAGE = 4096


def hold(lab: Lab) -> None:
    lab.model("privileges").hold("SeLockMemoryPrivilege")


@operation(models=MODELS, setup=hold)
def map_and_unmap() -> list[object]:
    with PhysicalPages(12) as pages, Window(4 * PAGE) as window:
        shown = window.map(pages, start=3)
        with memoryview(window) as view:
            view[5] = 7
        window.unmap()
        window.map_scatter(pages, {PAGE: 3, 0: 4})
        with window.view(0, 2 * PAGE) as view:
            return [shown, view[PAGE + 5]]


@life(models=MODELS, setup=hold)
def pages_in_a_window() -> None:
    with PhysicalPages(2) as pages, Window(2 * PAGE) as window:
        window.map(pages)


@shared(models=MODELS, setup=hold)
def window() -> Shared:
    pages = PhysicalPages(32)
    return Shared(
        Window(8 * PAGE),
        (
            lambda window: window.map(pages, start=0),
            lambda window: window.map(pages, offset=4 * PAGE, start=16),
            lambda window: window.map_scatter(pages, {0: 31, PAGE: None}),
            lambda window: window.unmap(2 * PAGE, 3),
            lambda window: memoryview(window)[0],
            lambda window: window.view(4 * PAGE, PAGE)[0],
        ),
        allowed=(BufferError, ValueError),  # a page that another thread has mapped already
    )
