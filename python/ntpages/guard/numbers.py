"""Numbers: what conditions are held against, worked out of two looks at a machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ntpages.arguments import PAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Look", "Numbers", "Program", "Watch"]

_BUSY = 0.1  # of all processors: a machine that does no more than this is idle
_WRAPS = 2**32  # where the kernel's counters begin again


@dataclass(frozen=True, slots=True)
class Program:
    """A process, as a look saw it."""

    name: str
    faults: int = 0
    """Page faults, so far; the hard ones too."""
    hard_faults: int = 0
    cpu_time: float = 0.0
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a machine said. ``None`` is what it was not asked, or refused. Sizes are bytes."""

    time: float
    """Seconds since 1970."""
    clock: float
    """Seconds since whenever, which no change of the time of day moves."""
    total: int | None = None
    """Memory that there is."""
    free: int | None = None
    """Zero and free pages."""
    standby: tuple[int, ...] | None = None
    """By priority."""
    modified: int | None = None
    repurposed: tuple[int, ...] | None = None
    """Bytes of standby pages that were given to somebody else so far, by priority."""
    committed: int | None = None
    commit_limit: int | None = None
    compressed: int | None = None
    """What the compression store takes."""
    page_reads: int | None = None
    """Reads for hard faults so far."""
    processes: Mapping[tuple[int, float], Program] | None = None
    """By id and when it started: an id is given again."""
    foreground: frozenset[str] | None = None
    """Names of the programs in the foreground."""
    kernel: Mapping[str, bool] | None = None
    """Which of the kernel's conditions hold; those that can't be asked are missing."""
    processors: int = 1
    refused: tuple[str, ...] = ()
    """What the machine would not say, and why."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The machine now. ``None`` is what is not known. Sizes are bytes, rates are per second."""

    time: float
    clock: float
    total: int | None = None
    free: int | None = None
    available: int | None = None
    standby: tuple[int, ...] | None = None
    modified: int | None = None
    compressed: int | None = None
    committed: int | None = None
    commit_limit: int | None = None
    hard_faults: float | None = None
    repurposed: float | None = None
    """Pages."""
    kernel: Mapping[str, bool] | None = None
    running: frozenset[str] | None = None
    started: frozenset[str] | None = None
    """Since the look before; nobody, at the first."""
    exited: frozenset[str] | None = None
    foreground: frozenset[str] | None = None
    idle: float | None = None
    """Seconds that the processors have had next to nothing to do."""
    refused: tuple[str, ...] = ()

    @property
    def standby_total(self) -> int | None:
        """Return bytes on all standby lists."""
        return None if self.standby is None else sum(self.standby)


@dataclass(slots=True)
class Watch:
    """What has to be remembered of one look to make numbers of the next."""

    _before: Look | None = None
    _idle_since: float | None = None

    def numbers(self, look: Look) -> Numbers:
        """Return the numbers of a look, with the rates since the one before."""
        before = self._before or look
        self._before = look
        gone = max(0.0, look.clock - before.clock)
        standby = sum(look.standby) if look.standby is not None else None
        return Numbers(
            time=look.time,
            clock=look.clock,
            total=look.total,
            free=look.free,
            available=None if look.free is None or standby is None else look.free + standby,
            standby=look.standby,
            modified=look.modified,
            compressed=look.compressed,
            committed=look.committed,
            commit_limit=look.commit_limit,
            hard_faults=_rate(before.page_reads, look.page_reads, gone, _WRAPS),
            repurposed=_rate(_pages(before.repurposed), _pages(look.repurposed), gone, 2**64),
            kernel=look.kernel,
            running=_names(look.processes),
            started=_new(before.processes, look.processes),
            exited=_new(look.processes, before.processes),
            foreground=look.foreground,
            idle=self._idle(before, look, gone),
            refused=look.refused,
        )

    def _idle(self, before: Look, look: Look, gone: float) -> float | None:
        if look.processes is None:
            self._idle_since = None
            return None
        known = before.processes or {}
        spent = sum(
            each.cpu_time - (known[key].cpu_time if key in known else 0.0)
            for key, each in look.processes.items()
        )
        if self._idle_since is None or not gone or spent > _BUSY * gone * look.processors:
            self._idle_since = look.clock
        return look.clock - self._idle_since


def _pages(sizes: Iterable[int] | None) -> int | None:
    return None if sizes is None else sum(sizes) // PAGE


def _rate(before: int | None, now: int | None, gone: float, wraps: int) -> float | None:
    if before is None or now is None or gone <= 0:
        return None
    return (now - before) % wraps / gone


def _names(processes: Mapping[tuple[int, float], Program] | None) -> frozenset[str] | None:
    return None if processes is None else frozenset(each.name for each in processes.values())


def _new(
    before: Mapping[tuple[int, float], Program] | None,
    now: Mapping[tuple[int, float], Program] | None,
) -> frozenset[str] | None:
    """Return the names of those that were not there before; nobody is new at the first look."""
    if now is None or before is None:
        return None
    return frozenset(each.name for key, each in now.items() if key not in before)
