"""Processes of others: what it takes to look into them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from ntpages import privileges
from ntpages.errors import NtError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def debug_privilege() -> Iterator[None]:
    """Enable SeDebugPrivilege, where the token holds it.

    Administrators hold it disabled: without it, they are refused the services that run as SYSTEM
    and whatever belongs to another user. Who does not hold it does as well as they can without.
    """
    with ExitStack() as scope:
        with suppress(NtError):
            scope.enter_context(privileges.enabled("SeDebugPrivilege"))
        yield
