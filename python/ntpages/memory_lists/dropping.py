"""Dropping what is cached of one file: benchmarks need it cold."""

from __future__ import annotations

from dataclasses import dataclass
from os import path as paths

from ntpages import arguments, physical
from ntpages._native import memory_lists as native
from ntpages.errors import NtError

__all__ = ["DroppedFile", "drop_file"]


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """What became of the cache of a file."""

    path: str
    """The file, with all links resolved."""
    before: int | None
    """Bytes of it that were in memory; ``None`` where nobody could look. 0 as well where Windows
    does not know the file by its name."""
    after: int | None
    """Bytes of it that still are: somebody has them mapped, or they are not written yet."""
    refused: NtError | None
    """Why nobody could look."""

    @property
    def dropped(self) -> bool | None:
        """Whether nothing is left; ``None`` where nobody could look."""
        return None if self.after is None else self.after == 0


def drop_file(path: str, *, verify: bool = True) -> DroppedFile:
    """Drop what is cached of one file, so that the next who reads it reads the disk.

    Opening a file without buffering makes Windows write and purge what is cached of it, as long as
    nobody has it mapped. Windows does not say whether it did: the pages of the machine do, before
    and after.

    Args:
        path: Of the file.
        verify: Look at all pages before and after, a second or so for each 64 GiB of memory.

    Returns:
        How much of it was in memory, and is.

    Raises:
        AccessDeniedError: The file may not be read.
        NtError: There is no such file, or Windows refused.

    Needs: to read the file; to verify it, ``SeProfileSingleProcessPrivilege``.

    Source: ``CreateFileW`` with ``FILE_FLAG_NO_BUFFERING`` (fileapi.h), Windows XP;
    ``NtQuerySystemInformation`` class 79, 6 (undocumented), Windows Vista.
    """
    path = paths.realpath(arguments.name("path", path))
    verify = arguments.boolean("verify", verify)
    before, refused = _in_memory(path) if verify else (None, None)
    native.purge_file(path)
    after, still_refused = _in_memory(path) if before is not None else (None, None)
    return DroppedFile(path, before, after, refused or still_refused)


def _in_memory(path: str) -> tuple[int | None, NtError | None]:
    """Return how much of a file is in memory, or why nobody can say."""
    try:
        found = physical.summary(files=True)
    except NtError as refused:
        return None, refused
    if found.names_refused or found.files is None:
        return None, found.names_refused
    wanted = path.casefold()
    totals = zip(found.files["path"], found.files["total"], strict=True)
    return sum(total for each, total in totals if each.casefold() == wanted), None
