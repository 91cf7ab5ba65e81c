from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import Buffer

from ntpages._native.table import Table

def list_processes(full: bool, limits: bool, known_limits: Table | None) -> Table: ...

@dataclass(frozen=True)
class Counters:
    """How much memory a process uses. Bytes."""

    working_set: int
    """Physical memory it can use without a page fault."""
    peak_working_set: int
    """Most that ever was."""
    private_working_set: int
    """The part of it that is not shared. 0 before Windows 10."""
    private: int
    """Memory that only this process can use."""
    commit: int
    """What it is charged for, in memory or in a page file."""
    peak_commit: int
    """Most that ever was."""
    shared_commit: int
    """What it is charged for of memory that is shared. 0 before Windows 10."""
    virtual: int
    """Address space in use."""
    peak_virtual: int
    """Most that ever was."""
    paged_pool: int
    """Kernel memory that it is charged for and that may be paged out."""
    peak_paged_pool: int
    """Most that ever was."""
    nonpaged_pool: int
    """Kernel memory that it is charged for and that stays in RAM."""
    peak_nonpaged_pool: int
    """Most that ever was."""
    faults: int
    """Page faults so far; not bytes."""

class Process:
    def __init__(self, pid: int) -> None: ...
    @property
    def pid(self) -> int:
        """Its id."""
    @property
    def closed(self) -> bool:
        """Whether it has been closed."""
    def close(self) -> None:
        """Let go of the process. Waits for calls of other threads; closing twice is harmless.

        Raises:
            NtError: What a ``protected()`` block could not put back is refused still. It is closed
                all the same.

        Source: ``CloseHandle`` (``handleapi.h``), Windows XP.
        """
    def counters(self) -> Counters:
        """Return how much memory the process uses.

        Needs: ``PROCESS_QUERY_LIMITED_INFORMATION``, which few processes refuse.

        Raises:
            NoSuchProcessError: It has exited.
            AccessDeniedError: It may not be looked at.

        Source: ``NtQueryInformationProcess``, class ``ProcessVmCounters`` (phnt ``ntpsapi.h``),
        Windows XP.
        """
    def _keep_id(self) -> None: ...
    def _read(self, address: int, size: int, partial: bool) -> bytes: ...
    def _read_into(self, address: int, buffer: Buffer, partial: bool) -> int: ...
    def _read_many(
        self, addresses: Sequence[int] | Buffer, size: int
    ) -> tuple[bytes, list[int]]: ...
    def _write(self, address: int, data: Buffer, unprotect: bool) -> None: ...
    def _allocate(self, wishes: tuple[int, ...]) -> int: ...
    def _commit(self, address: int, size: int, protection: int) -> None: ...
    def _decommit(self, address: int, size: int) -> None: ...
    def _reset(self, address: int, size: int) -> None: ...
    def _undo_reset(self, address: int, size: int) -> bool: ...
    def _lock(self, address: int, size: int) -> None: ...
    def _unlock(self, address: int, size: int) -> None: ...
    def _prefetch(self, ranges: list[tuple[int, int]]) -> None: ...
    def _free(self, address: int) -> None: ...
    def _protect(self, address: int, size: int, protection: int) -> int: ...

class ProtectedMemory:
    def __init__(self, process: Process, address: int, size: int, protection: int) -> None: ...
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...

class Scan:
    def __init__(
        self,
        process: Process,
        needles: tuple[tuple[bytes, bytes, int], ...],
        start: int,
        end: int,
        writable: bool,
        limit: int,
        within: Buffer | None,
        threads: int,
    ) -> None: ...
    def advance(self, milliseconds: int) -> bool: ...
    @property
    def scanned(self) -> int: ...
    @property
    def cut_short(self) -> bool: ...
    def matches(self) -> Table: ...
    def holes(self) -> Table: ...

class Values:
    def __init__(
        self,
        process: Process,
        kind: str,
        alignment: int,
        start: int,
        end: int,
        writable: bool,
        threads: int,
    ) -> None: ...
    def begin(self, how: str, low: bytes, high: bytes) -> None: ...
    def advance(self, milliseconds: int) -> bool: ...
    def finish(self) -> None: ...
    def close(self) -> None: ...
    @property
    def closed(self) -> bool: ...
    @property
    def scanned(self) -> int: ...
    @property
    def count(self) -> int: ...
    @property
    def kept(self) -> int: ...
    def matches(self, limit: int) -> Table: ...
    def holes(self) -> Table: ...

class StringSearch:
    def __init__(self, process: Process, start: int, end: int, least: int, limit: int) -> None: ...
    def advance(self, milliseconds: int) -> bool: ...
    @property
    def scanned(self) -> int: ...
    @property
    def cut_short(self) -> bool: ...
    def finish(self) -> Table: ...
