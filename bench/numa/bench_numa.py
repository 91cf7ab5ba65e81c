"""How fast is the node of a page?"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import pytest

from ntpages import numa
from ntpages.regions import Region

from .._bare import numa as bare

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..conftest import Race


def _node_by_ctypes(region: Region) -> Callable[[], int]:
    kernel: Any = ctypes.WinDLL("kernel32")
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    query = kernel.K32QueryWorkingSetEx
    query.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]
    process, page = kernel.GetCurrentProcess(), (ctypes.c_uint64 * 2)(region.address)

    def node() -> int:
        query(process, page, 16)
        return page[1] >> 16 & 0x3F

    return node


WAYS: dict[str, Callable[[Region], Callable[[], object]]] = {
    "bare": lambda region: lambda: bare.node_of(region.address),
    "ntpages": lambda region: lambda: numa.node_of(region),
    "ctypes": _node_by_ctypes,
}


@pytest.mark.parametrize("way", WAYS)
def bench_node_of_a_page(race: Race, way: str) -> None:
    """Which node is a page's?"""
    with Region(4096) as region:
        region.view()[0] = 1  # it has memory from now on
        race(WAYS[way](region))
