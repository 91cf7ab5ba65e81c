"""The pages of a process, and where each of them is."""

from __future__ import annotations

import os
from typing import NamedTuple

from ntpages import arguments
from ntpages._native import working_sets as native
from ntpages.arguments import LAST_ADDRESS
from ntpages.regions import Protection
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

__all__ = ["PageRow", "pages"]


@shows_addresses
class PageRow(NamedTuple):
    """A page, as ``pages()`` tells of it."""

    address: Address
    valid: bool
    shared: bool
    share_count: int
    protection: Protection
    node: int
    locked: bool
    large: bool
    priority: int
    bad: bool
    location: str


def pages(
    pid: int | None = None,
    *,
    address: int = 0,
    size: int | None = None,
    valid_only: bool = False,
) -> Table[PageRow]:
    """Return what Windows knows of the committed pages of a process.

    Columns: ``address``; ``valid``, in the working set; ``shared``; ``share_count``, by how many
    working sets, 7 for more; ``protection``; ``node``, the NUMA node; ``locked``; ``large``, part
    of a large page; ``priority``, 0 to 7; ``bad``; ``location``: ``"working set"``, or, where it
    is not there, ``"memory"``, ``"page file"``, ``"reserved"`` or ``"nowhere"``. Of pages that
    are not valid Windows tells no protection, node or lock.

    Args:
        pid: Its id; None for the caller.
        address: Where to begin.
        size: Bytes; None for all of the address space behind.
        valid_only: Leave out pages that are not in the working set.

    Needs: ``PROCESS_QUERY_INFORMATION``.

    Raises:
        ValueError: ``pid``, ``address`` or ``size`` can't be.
        NoSuchProcessError: There is no such process.
        AccessDeniedError: It may not be looked at.

    Source: ``QueryWorkingSetEx`` (``psapi.h``), Windows Vista; ``priority``, ``bad`` and
    ``location`` are undocumented (phnt ``ntmmapi.h``).
    """
    pid = os.getpid() if pid is None else arguments.pid("pid", pid)
    address = arguments.address("address", address)
    end = LAST_ADDRESS
    if size is not None:
        end = min(address + arguments.size("size", size, least=0), LAST_ADDRESS)
    return adopt(
        native.working_set_pages(pid, address, end, arguments.boolean("valid_only", valid_only)),
        PageRow,
    )
