"""The files that memory is full of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ntpages.table.rows import Address, shows_addresses

if TYPE_CHECKING:
    from ntpages.physical.pages import Progress
    from ntpages.table import Table

__all__ = ["CachedFileRow", "files"]


@shows_addresses
class CachedFileRow(NamedTuple):
    """What of a file is in memory, as ``files()`` tells of it."""

    key: Address
    path: str
    metafile: bool
    total: int
    data: int
    image: int
    active: int
    standby: int
    modified: int
    other: int
    standby_0: int
    standby_1: int
    standby_2: int
    standby_3: int
    standby_4: int
    standby_5: int
    standby_6: int
    standby_7: int


def files(*, progress: Progress | None = None) -> Table[CachedFileRow]:
    r"""Return what of which file is in memory, the largest first.

    Columns: ``key``, the kernel's own; ``path``, empty where Windows does not tell it;
    ``metafile``, whether it is of a file system; ``total``; ``data`` and ``image``, what of it is
    mapped or cached as data, and as a program or a library; ``active``, in working sets or the
    system's cache, ``standby``, ``modified`` and ``other``, by the list that the pages are on;
    ``standby_0`` to ``standby_7``, what is on standby by priority (all bytes).

    Names are asked of the filter of file systems, which knows them all. Where it refuses, the
    kernel's tracing is had to name the files that are open, in a log that is deleted again; the
    others have none then.

    Args:
        progress: Called now and then with the bytes looked at and the bytes to look at.

    Raises:
        PrivilegeNotHeldError: The token lacks the privilege.
        AccessDeniedError: Windows denies it all the same.
        UnavailableError: The system does not say (Wine).
        NtError: What the kernel wrote makes no sense.

    Needs: ``SeProfileSingleProcessPrivilege``, enabled for the call; ``SeDebugPrivilege`` too,
    where it is held, since newer kernels hide keys without it.

    Source: ``NtQuerySystemInformation`` class 79, 6 (undocumented), Windows Vista;
    ``NtDeviceIoControlFile`` of ``\Device\FileInfo`` (undocumented), Windows 10; where that refuses
    ``StartTraceW`` (evntrace.h), Windows 8.
    """
    from ntpages.physical.census import summary  # noqa: PLC0415 (which knows the rows here)

    found = summary(files=True, progress=progress).files
    assert found is not None
    return found
