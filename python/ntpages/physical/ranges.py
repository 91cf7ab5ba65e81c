"""Where physical memory is, and where there is none."""

from __future__ import annotations

from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from ntpages import privileges
from ntpages._native import physical as native
from ntpages.memory_lists.cleaning import PROFILE
from ntpages.table import Table, adopt
from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RangeRow", "RangeState", "looking", "ranges"]

_DEBUG = "SeDebugPrivilege"


class RangeState(Enum):
    """Whether memory is behind physical addresses."""

    MEMORY = "memory"
    HOLE = "hole"
    """Firmware and devices have them, or nobody."""


@shows_addresses
class RangeRow(NamedTuple):
    """Physical addresses side by side, with memory behind all of them or behind none."""

    address: Address
    size: int
    state: RangeState


@contextmanager
def looking() -> Iterator[None]:
    """Enable what a look takes: one privilege, and another without which keys may be hidden."""
    with privileges.enabled_if_held(_DEBUG), privileges.enabled(PROFILE):
        yield


def ranges() -> Table[RangeRow]:
    """Return where physical memory is, in the order of addresses, with the holes between.

    Columns: ``address`` and ``size``, bytes; ``state``, ``"memory"`` or ``"hole"``.

    Raises:
        PrivilegeNotHeldError: The token lacks the privilege.
        AccessDeniedError: Windows denies it all the same.
        UnavailableError: The system does not say (Wine).
        NtError: What the kernel wrote makes no sense.

    Needs: ``SeProfileSingleProcessPrivilege``, enabled for the call.

    Source: ``NtQuerySystemInformation`` class 79, 17 (undocumented), Windows Vista.
    """
    with looking():
        return adopt(native.list_ranges(), RangeRow)
