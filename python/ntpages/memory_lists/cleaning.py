"""Cleaning: its steps, and the records it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ntpages._native.memory_lists import MemoryLists
    from ntpages.errors import NtError

__all__ = ["DEFRAG", "CleanReport", "Step", "StepResult"]

PROFILE = "SeProfileSingleProcessPrivilege"
QUOTA = "SeIncreaseQuotaPrivilege"


class Step(Enum):
    """One cleaning command. The order here is the order in which ``clean()`` runs them.

    Each step moves pages to the list that a later one drains. Pages are combined first,
    while they are in working sets; the low-priority purge comes before the full one, after
    which it would find nothing.
    """

    COMBINE_PAGES = "combine-pages"
    RECONCILE_REGISTRY = "reconcile-registry"
    EMPTY_WORKING_SETS = "empty-working-sets"
    EMPTY_FILE_CACHE = "empty-file-cache"
    FLUSH_VOLUMES = "flush-volumes"
    FLUSH_MODIFIED = "flush-modified"
    PURGE_LOW_PRIORITY_STANDBY = "purge-low-priority-standby"
    PURGE_STANDBY = "purge-standby"

    @property
    def privilege(self) -> str | None:
        """The privilege it takes; ``None`` where Windows asks for none: see ``elevated``."""
        return _PRIVILEGES[self]

    @property
    def elevated(self) -> bool:
        """Whether it takes an elevated administrator, instead of a privilege."""
        return self in (Step.RECONCILE_REGISTRY, Step.FLUSH_VOLUMES)


_PRIVILEGES = {
    Step.COMBINE_PAGES: PROFILE,
    Step.RECONCILE_REGISTRY: None,
    Step.EMPTY_WORKING_SETS: PROFILE,
    Step.EMPTY_FILE_CACHE: QUOTA,
    Step.FLUSH_VOLUMES: None,
    Step.FLUSH_MODIFIED: None,
    Step.PURGE_LOW_PRIORITY_STANDBY: PROFILE,
    Step.PURGE_STANDBY: PROFILE,
}

DEFRAG = (Step.EMPTY_WORKING_SETS, Step.FLUSH_MODIFIED, Step.PURGE_STANDBY)
"""Turns all idle memory into free pages."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step did, or why it did not."""

    step: Step
    seconds: float
    """Time the command took."""
    ok: bool
    """Whether Windows accepted the command."""
    error: NtError | None
    """Windows' refusal, with its NTSTATUS; ``None`` if accepted."""
    before: MemoryLists | None
    """The lists just before; ``None`` where they can't be read."""
    after: MemoryLists | None
    """The lists just after; ``None`` where they can't be read."""
    pages_combined: int | None = None
    """Pages; only for ``COMBINE_PAGES``."""


@dataclass(frozen=True, slots=True)
class CleanReport:
    """What a cleaning did, step by step."""

    before: MemoryLists | None
    """The lists before the first step; ``None`` where they can't be read."""
    after: MemoryLists | None
    """The lists after the last step; ``None`` where they can't be read."""
    steps: tuple[StepResult, ...]
    """The steps that were tried, in order. After a refusal the rest are missing from it."""
    skipped: tuple[Step, ...] = ()
    """Steps not tried because an earlier one was refused. After Ctrl-C those that did not end, too,
    the first of which may have been done."""

    @property
    def ok(self) -> bool:
        """Whether every step was accepted. Says nothing of its effect: see ``verified``."""
        return not self.skipped and all(step.ok for step in self.steps)

    @property
    def verified(self) -> bool:
        """Whether the lists could be read back, so that the effect is known."""
        return self.before is not None and self.after is not None

    def raise_if_refused(self) -> None:
        """Raise the first refusal, if there was one."""
        for step in self.steps:
            if step.error is not None:
                raise step.error
