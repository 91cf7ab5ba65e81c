"""The machine as ``ntpages top`` sees it: all that is asked of Windows, and told it, is here."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ntpages import (
    heaps,
    memory_lists,
    physical,
    privileges,
    processes,
    regions,
    system,
    working_sets,
)
from ntpages.errors import NtError, explain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

    from ntpages.memory_lists import CleanReport, MemoryLists, Step
    from ntpages.physical import Compression
    from ntpages.system import FaultCounters, SystemMemory
    from ntpages.table import Table
    from ntpages.working_sets import Limits, Trimmed

_SLOWLY = 5.0
"""Seconds for which what changes seldom is believed: limits, what is compressed."""
_HEAPS_TIMEOUT = 5.0
_PROFILE = "SeProfileSingleProcessPrivilege"


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the machine."""

    time: float
    """Seconds, on a clock that nobody sets."""
    processes: Table[Any]
    """All of them, with their limits."""
    memory: SystemMemory
    faults: FaultCounters | None
    """``None`` where Windows does not count."""
    lists: MemoryLists | None
    """``None`` where they can't be read."""
    compression: Compression | None
    """``None`` where nothing is compressed, or nobody may know."""
    slow: float
    """When last was asked for what changes seldom."""


@dataclass(frozen=True, slots=True)
class Space:
    """The address space of a process in one look."""

    regions: Table[Any]
    totals: Table[Any]
    seconds: float
    """Time the look took."""


class Machine:
    """This machine. In a ``with`` block its privilege is enabled once, not for each look."""

    def __init__(self) -> None:
        """Ask nothing yet."""
        self._scope = ExitStack()

    def __enter__(self) -> Self:
        """Enable what looking takes, where it is held."""
        self._scope.enter_context(privileges.enabled_if_held(_PROFILE))
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the token as it was."""
        self._scope.close()

    def sample(self, earlier: Sample | None = None, *, anew: bool = False) -> Sample:
        """Look at everything.

        Args:
            earlier: The look before: what changes seldom is taken over from it for a while.
            anew: Take nothing over.

        Raises:
            NtError: Windows refused the processes or its totals.
        """
        now = time.monotonic()
        kept = earlier if earlier and not anew and now - earlier.slow < _SLOWLY else None
        table = processes.list_processes(limits=kept.processes if kept else True)
        memory = system.memory()
        faults = lists = compression = None
        with suppress(NtError):
            faults = system.fault_counters()
        with suppress(NtError):
            lists = memory_lists.query()
        if kept:
            compression = kept.compression
        else:
            with suppress(NtError):
                compression = physical.compression()
        return Sample(
            now, table, memory, faults, lists, compression, slow=kept.slow if kept else now
        )

    def space(self, pid: int) -> Space:
        """Walk the address space of a process.

        Raises:
            NtError: It can't be opened, or has exited.
        """
        begun = time.monotonic()
        walked = regions.walk(pid, names=False, resident=True)
        return Space(walked, regions.totals(walked), time.monotonic() - begun)

    def heaps(self, pid: int) -> Sequence[heaps.ProcessHeap]:
        """Have a process tell its heaps: for a moment, a thread of Windows' runs in it.

        Raises:
            NtError: It refused, or did not answer.
        """
        return heaps.walk_process(pid, blocks=False, timeout=_HEAPS_TIMEOUT).heaps

    def clean(self, steps: Sequence[Step]) -> CleanReport:
        """Give these commands, in their order, up to the first that is refused."""
        return memory_lists.clean(steps)

    def faults(self) -> FaultCounters | None:
        """Count page faults, for the price of what was done."""
        with suppress(NtError):
            return system.fault_counters()
        return None

    def holds(self, step: Step) -> bool:
        """Return whether the token has what a step needs."""
        if step.elevated:
            return privileges.is_elevated()
        if step.privilege is None:
            return True
        return any(each.name == step.privilege for each in privileges.held())

    def trim(self, pid: int) -> Trimmed:
        """Empty the working set of a process.

        Raises:
            NtError: Windows refused.
        """
        return working_sets.trim(pid)

    def limits(self, pid: int) -> Limits:
        """Return the limits of a working set.

        Raises:
            NtError: Windows refused.
        """
        return working_sets.limits(pid)

    def set_limits(self, pid: int, wanted: dict[str, Any]) -> Limits:
        """Change the limits of a working set, and return those that hold.

        Raises:
            NtError: Windows refused.
            ValueError: They can't be.
        """
        return working_sets.set_limits(pid, **wanted)


def words_of_refusal(wrong: BaseException) -> str:
    """Return why something was not done."""
    if isinstance(wrong, NtError):
        return explain(wrong)
    return str(wrong) or "there is not enough memory for this"
