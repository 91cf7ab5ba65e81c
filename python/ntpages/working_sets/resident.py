"""How much is in a working set, and of which kind."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ntpages import arguments
from ntpages._native import working_sets as native

if TYPE_CHECKING:
    from ntpages._native.working_sets import Resident

__all__ = ["resident"]


def resident(pid: int | None = None) -> Resident:
    """Return what of a process is in its working set: private, shareable, shared, locked, large.

    Every committed page is asked for, a batch at a time, and nothing is kept of any. Region by
    region tells ``ntpages.regions.walk(resident=True)``, page by page ``pages()``. The working set
    changes meanwhile; pages of the kernel's that Windows counts as well (tables of pages) are
    none of the address space, so ``total`` is a little less than what ``list_processes()`` says.

    Args:
        pid: Its id; None for the caller.

    Needs: ``PROCESS_QUERY_INFORMATION``.

    Raises:
        ValueError: ``pid`` can't be an id.
        NoSuchProcessError: There is no such process, or it exited meanwhile.
        AccessDeniedError: It may not be looked at.
        OutOfMemoryError: There is no memory for a batch.

    Source: ``QueryWorkingSetEx`` (``psapi.h``), Windows Vista.
    """
    return native.count_resident(os.getpid() if pid is None else arguments.pid("pid", pid))
