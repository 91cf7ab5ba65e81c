"""The kernel's pools by tag: which driver has taken how much."""

from __future__ import annotations

import os
import re
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from ntpages import arguments, privileges
from ntpages._native import physical as native
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

__all__ = ["BigAllocationRow", "PoolRow", "PoolTag", "big_allocations", "pool_tags", "pools"]

_FOLDERS = ("ProgramFiles(x86)", "ProgramFiles", "ProgramW6432")
_PLACES = (
    "Windows Kits/*/Debuggers/*/triage/pooltag.txt",
    "Windows Kits/*/Tools/*/*/pooltag.txt",
    "Debugging Tools for Windows*/triage/pooltag.txt",
)
_LINE = re.compile(r"\s*(\S{1,4}) *- +(\S.*?) +- +(\S.*?)\s*")


class PoolRow(NamedTuple):
    """What is in use under one tag."""

    tag: str
    paged: int
    nonpaged: int
    paged_allocations: int
    paged_frees: int
    nonpaged_allocations: int
    nonpaged_frees: int


@shows_addresses
class BigAllocationRow(NamedTuple):
    """An allocation of a page or more."""

    address: Address
    size: int
    tag: str
    nonpaged: bool


class PoolTag(NamedTuple):
    """Whose tag it is."""

    driver: str
    description: str


def pools() -> Table[PoolRow]:
    """Return what the kernel and its drivers have in their pools, by tag.

    Columns: ``tag``, four characters; ``paged`` and ``nonpaged``, bytes in use; and of both how
    many ``..._allocations`` and ``..._frees`` there were since the system started, which wrap at
    2**32. A tag that grows between two looks, and never shrinks, is a driver that leaks.

    Raises:
        UnavailableError: The system does not say (Wine).
        NtError: Windows refused, or what it wrote makes no sense.

    Source: ``NtQuerySystemInformation`` class 22 (undocumented), Windows XP.
    """
    return adopt(native.list_pools(), PoolRow)


def big_allocations() -> Table[BigAllocationRow]:
    """Return every allocation from the kernel's pools that has pages of its own.

    Columns: ``address``, 0 where Windows hides it; ``size``, bytes; ``tag``; ``nonpaged``.

    Raises:
        UnavailableError: The system does not say (Wine).
        NtError: Windows refused, or what it wrote makes no sense.

    Needs: nothing; newer kernels show addresses to holders of ``SeDebugPrivilege`` alone, which is
    enabled for the call where it is held.

    Source: ``NtQuerySystemInformation`` class 66 (undocumented), Windows Vista.
    """
    with privileges.enabled_if_held("SeDebugPrivilege"):
        return adopt(native.list_big_allocations(), BigAllocationRow)


def pool_tags(path: str | None = None) -> dict[str, PoolTag]:
    """Return whose tags are known, from the list that Microsoft ships with its debuggers.

    Args:
        path: Of a ``pooltag.txt``; ``None`` is the one that is installed, if there is one.

    Returns:
        Drivers and descriptions by tag; empty where no list is installed.

    Raises:
        OSError: There is no such file.
    """
    if path is None:
        installed = _installed()
        if installed is None:
            return {}
        path = installed
    text = Path(arguments.name("path", path)).read_text(encoding="utf-8", errors="replace")
    found = filter(None, map(_LINE.fullmatch, text.splitlines()))
    return {
        match[1].ljust(4): PoolTag(match[2], match[3])
        for match in found
        if not match[1].startswith("//")
    }


def _installed() -> str | None:
    folders = filter(None, map(os.environ.get, _FOLDERS))
    lists = chain.from_iterable(Path(folder).glob(place) for folder in folders for place in _PLACES)
    return next(map(str, lists), None)
