"""How fast are physical pages shown?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ntpages import privileges
from ntpages.awe import PhysicalPages, Window
from ntpages.errors import NtError, PrivilegeNotHeldError

from .._bare import awe as bare

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Race

PAGE = 4096
SHOWN = 64  # pages at a time


def _by_bare(count: int) -> Callable[[], int]:
    with privileges.enabled("SeLockMemoryPrivilege"):
        return bare.PhysicalPages(count, SHOWN).show_all


def _by_ntpages(count: int) -> Callable[[], int]:
    pages, window = PhysicalPages(count), Window(SHOWN * PAGE)

    def show_all() -> int:
        shown = 0
        for first in range(0, pages.obtained - SHOWN + 1, SHOWN):
            shown += window.map(pages, start=first)
            window.unmap()
        return shown

    return show_all


def _copied(count: int) -> Callable[[], int]:
    """What programs do that have no windows: copy what they look at."""
    memory, window = memoryview(bytearray(count * PAGE)), memoryview(bytearray(SHOWN * PAGE))

    def show_all() -> int:
        shown = 0
        for first in range(0, count - SHOWN + 1, SHOWN):
            window[:] = memory[first * PAGE : (first + SHOWN) * PAGE]
            shown += SHOWN
        return shown

    return show_all


WAYS: dict[str, Callable[[int], Callable[[], int]]] = {
    "bare": _by_bare,
    "ntpages": _by_ntpages,
    "copied": _copied,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.sizes(1024, 8192)
def bench_show_pages(race: Race, way: str, size: int) -> None:
    """How long until so many pages have been shown, 64 at a time?"""
    try:
        show_all = WAYS[way](size)
    except PrivilegeNotHeldError as error:
        race.cannot(f"needs {error.privilege}")
    except (NtError, MemoryError, RuntimeError) as error:
        race.cannot(str(error))
    else:
        race(show_all)
