"""Between what sizes a working set is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import arguments, privileges
from ntpages._native import working_sets as native

if TYPE_CHECKING:
    from ntpages._native.working_sets import Limits

__all__ = ["limits", "set_limits"]


def limits(pid: int) -> Limits:
    """Return the working-set limits of a process.

    Args:
        pid: Its id.

    Needs: ``PROCESS_QUERY_LIMITED_INFORMATION``.

    Raises:
        ValueError: ``pid`` can't be an id.
        NoSuchProcessError: There is no such process.
        AccessDeniedError: It may not be looked at.

    Source: ``GetProcessWorkingSetSizeEx`` (``memoryapi.h``), Windows Vista.
    """
    return native.working_set_limits(arguments.pid("pid", pid))


def set_limits(
    pid: int,
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    hard_minimum: bool | None = None,
    hard_maximum: bool | None = None,
) -> Limits:
    """Change the working-set limits of a process, and return those that hold now.

    What is not given stays as it is, and Windows refuses a minimum above the maximum: to raise the
    one beyond the other, give both. Limits that are not hard are wishes: a process gets more
    than its maximum when there is plenty, and keeps less than its minimum when memory is short.
    (``trim()`` empties a working set.)

    Args:
        pid: Its id.
        minimum: Bytes; Windows wants 20 pages at least.
        maximum: Bytes; Windows wants 13 pages at least, and more than the minimum.
        hard_minimum: Keep the minimum also when memory is short.
        hard_maximum: Keep the maximum also when there is plenty: what goes beyond pushes other
            pages of the process out.

    Needs: ``PROCESS_SET_QUOTA``; to raise the maximum, ``SeIncreaseWorkingSetPrivilege``, which
    everybody holds, disabled. It is enabled for the call: the kernel asks for it, and no document
    says of any Windows that its kernel32 would enable it by itself.

    Raises:
        ValueError: Nothing is given, a size is not above 0, or the minimum above the maximum.
        NtError: Windows takes no such limits.
        NoSuchProcessError: There is no such process.
        AccessDeniedError: It may not be changed.

    Source: ``SetProcessWorkingSetSizeEx`` (``memoryapi.h``), Windows Vista.
    """
    pid = arguments.pid("pid", pid)
    minimum = None if minimum is None else arguments.size("minimum", minimum)
    maximum = None if maximum is None else arguments.size("maximum", maximum)
    if minimum is not None and maximum is not None and minimum > maximum:
        msg = f"minimum must not be above maximum, and {minimum} is above {maximum}"
        raise ValueError(msg)
    hard_minimum = None if hard_minimum is None else arguments.boolean("hard_minimum", hard_minimum)
    hard_maximum = None if hard_maximum is None else arguments.boolean("hard_maximum", hard_maximum)
    if minimum is maximum is hard_minimum is hard_maximum is None:
        msg = "nothing to set: give minimum, maximum, hard_minimum or hard_maximum"
        raise ValueError(msg)
    with privileges.enabled_if_held("SeIncreaseWorkingSetPrivilege"):
        return native.set_working_set_limits(pid, minimum, maximum, hard_minimum, hard_maximum)
