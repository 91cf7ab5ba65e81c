"""How fast is a look at every page, as sums and as a table?

Windows wants a privilege for it, and Wine has no such pages: where the tests' laboratory is at hand
(``NTPAGES_LAB_DLL``), its model of a machine answers, to everybody alike.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import _native, physical, privileges, system

from .._bare import physical as bare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..conftest import Race

LAB = os.environ.get("NTPAGES_LAB_DLL")
PROFILE = "SeProfileSingleProcessPrivilege"
PAGE = 4096
FIRST = 0x100


@cache
def laboratory() -> Any:
    """The laboratory, whose modelled kernel all ways ask."""
    sys.path.insert(0, str(Path(str(LAB)).parents[2] / "tests"))
    import ntlab  # noqa: PLC0415 (only where it was built)

    return ntlab.Lab(str(LAB), str(_native.__file__))


@pytest.fixture
def query(size: int) -> Iterator[int]:
    """Where NtQuerySystemInformation is, on a machine with so many bytes of memory."""
    if not LAB:
        if system.windows().wine:
            pytest.skip("Wine has no such pages, and NTPAGES_LAB_DLL names no laboratory")
        address = ctypes.windll.kernel32.GetProcAddress
        address.restype = ctypes.c_void_p
        ntdll = ctypes.c_void_p(ctypes.windll.ntdll._handle)
        with privileges.enabled(PROFILE):
            yield address(ntdll, b"NtQuerySystemInformation")
        return
    from ntlab.model_physical import Stretch  # noqa: PLC0415 (only where it was built)

    lab = laboratory()
    lab.reset()
    door = lab.model("physical")
    lab.model("privileges").hold(PROFILE, enabled=True)
    door.ranges((FIRST, size // PAGE))
    count = size // PAGE // 4096
    door.lay(
        *(
            Stretch(
                pages=4096,
                use=each % 12,
                list=6 if each % 3 else 2,
                priority=each % 8,
                owner=4 * (each % 200),
                detail=0xFFFFC00000000000 + each % 5000 * 0x200,
            )
            for each in range(count)
        )
    )
    yield lab.look_up("ntdll.dll", "NtQuerySystemInformation")
    lab.reset()


WAYS: dict[str, Callable[[int, int], Any]] = {
    "bare": lambda query, pages: bare.active_pages(query, FIRST, pages),
    "ntpages": lambda *_: physical.summary(),
    "ntpages, by process and file": lambda *_: physical.summary(processes=True, files=True),
    "ntpages, as a table": lambda *_: physical.pages(),
}


def _active(found: Any) -> int:
    if isinstance(found, int):
        return found
    if isinstance(found, physical.Summary):
        return int(sum(found.uses["active"].tolist())) // PAGE
    return int(sum(memoryview(found["list"] == "active").cast("B")))


@pytest.mark.sizes(1 << 30, 64 << 30)
@pytest.mark.parametrize("way", WAYS)
def bench_census(race: Race, way: str, size: int, query: int) -> None:
    """How many pages of so many bytes of memory are active?"""
    race(partial(WAYS[way], query, size // PAGE), answer=_active)
