"""How fast is a look at every page, as sums and as a table?

Windows wants a privilege for it, and Wine has no such pages: where the tests' laboratory is at hand
(``NTPAGES_LAB_DLL``), its model of a machine answers, to everybody alike.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections import Counter
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
SUPERFETCH = 0x6B756843_0000002D  # what each question begins with
ACTIVE = 6


@cache
def laboratory() -> Any:
    """The laboratory, whose modelled kernel all ways ask."""
    sys.path.insert(0, str(Path(str(LAB)).parents[2] / "tests"))
    import ntlab  # noqa: PLC0415 (only where it was built)

    return ntlab.Lab(str(LAB), str(_native.__file__))


@pytest.fixture
def query(request: pytest.FixtureRequest, size: int) -> Iterator[int]:
    """Where NtQuerySystemInformation is, on a machine with so many bytes of memory."""
    if LAB and any(item.path.parent != request.path.parent for item in request.session.items):
        # Before: ntpages keeps the address of a function that it has looked up once. Behind: each
        # call of ntpages would go through the laboratory, and none of the bare loops'.
        pytest.skip("the laboratory is for no other question: ask with --noun physical alone")
    if not LAB:
        if system.windows().wine:
            pytest.skip("Wine has no such pages, and NTPAGES_LAB_DLL names no laboratory")
        address = ctypes.windll.kernel32.GetProcAddress
        address.restype = ctypes.c_void_p
        ntdll = ctypes.c_void_p(ctypes.windll.ntdll._handle)
        with privileges.enabled(PROFILE):
            yield address(ntdll, b"NtQuerySystemInformation")
        return
    lab = laboratory()
    from ntlab.model_physical import Stretch  # noqa: PLC0415 (only where it was built)

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


def _by_ctypes(query: int, count: int) -> int:
    """Ask as the bare loop does, and count the lowest byte of each word, where use and list are."""
    ask = ctypes.WINFUNCTYPE(
        ctypes.c_long, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p
    )(query)
    batch, head = 65_536, 8  # entries, of 24 bytes each
    entries = (ctypes.c_uint64 * (3 * (head + batch)))()
    question = (ctypes.c_uint64 * 4)(SUPERFETCH, 6, ctypes.addressof(entries), 0)
    returned = ctypes.c_uint32()
    cells = memoryview(entries).cast("B")
    found: Counter[int] = Counter()
    for start in range(FIRST, FIRST + count, batch):
        pages = min(batch, FIRST + count - start)
        ctypes.memset(entries, 0, ctypes.sizeof(entries))
        entries[0], entries[1] = 1, pages
        entries[3 * head + 1 : 3 * (head + pages) : 3] = [*range(start, start + pages)]
        question[3] = 24 * (head + pages)
        if ask(79, question, ctypes.sizeof(question), ctypes.byref(returned)) < 0:
            raise OSError
        found.update(cells[24 * head : 24 * (head + pages) : 24].tobytes())
    return sum(pages for kind, pages in found.items() if kind >> 4 & 7 == ACTIVE)


WAYS: dict[str, Callable[[int, int], Any]] = {
    "bare": lambda query, pages: bare.active_pages(query, FIRST, pages, 1),
    "bare, two threads": lambda query, pages: bare.active_pages(query, FIRST, pages, 2),
    "bare, kept": lambda query, pages: bare.kept_pages(query, FIRST, pages),
    "ntpages": lambda *_: physical.summary(),
    "ntpages, by process and file": lambda *_: physical.summary(processes=True, files=True),
    "ntpages, as a table": lambda *_: physical.pages(),
    "ctypes": _by_ctypes,
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
