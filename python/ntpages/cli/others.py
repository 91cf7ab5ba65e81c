"""Processes of others: what it takes to look into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import privileges

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def debug_privilege() -> AbstractContextManager[None]:
    """Enable SeDebugPrivilege, where the token holds it.

    Administrators hold it disabled: without it, they are refused the services that run as SYSTEM
    and whatever belongs to another user. Who does not hold it does as well as they can without.
    """
    return privileges.enabled_if_held("SeDebugPrivilege")
