"""Accounts: what each run gained, and what it cost afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from ntpages.arguments import PAGE
from ntpages.guard.quantities import size_words, words_of_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ntpages.guard.numbers import Program

__all__ = ["Account", "Counts", "Price", "ProgramFaults", "Rates", "RunState", "price_of"]

_WRAPS = 2**32  # where the kernel's counters begin again
READ = 100e-6
"""Seconds that a program waits for a page from a fast disk; a slow one takes far longer."""
SOFT = 1e-6
"""Seconds that a soft fault takes, and about what a page that is free saves its next owner."""
_SHORT = 0.05  # of all memory: with less than this available, who needs a page waits for a disk
_MOST_PROGRAMS = 10  # that an account names


@dataclass(frozen=True, slots=True)
class Counts:
    """What a machine counted so far, and its lists. ``None`` is what it would not say."""

    clock: float
    lists: Mapping[str, int] | None = None
    """Bytes of each list: ``zero``, ``free``, ``modified`` ..., ``standby 0`` to ``standby 7``."""
    soft_faults: int | None = None
    """Served from the standby or the modified list."""
    pages_read: int | None = None
    repurposed: int | None = None
    """Bytes of standby pages that were given to somebody else."""
    processes: Mapping[tuple[int, float], Program] | None = None
    total: int | None = None
    """Bytes of memory that there are."""

    @property
    def short(self) -> bool:
        """Return whether so little is available that who needs a page may wait for a disk."""
        if self.available is None or self.total is None:
            return False
        return self.available < self.total * _SHORT

    @property
    def free(self) -> int | None:
        """Return bytes ready for use."""
        return None if self.lists is None else _free(self.lists)

    @property
    def available(self) -> int | None:
        """Return bytes that are ready, or can be given up at once."""
        if self.lists is None:
            return None
        standby = (size for name, size in self.lists.items() if name.startswith("standby"))
        return _free(self.lists) + sum(standby)


def _free(lists: Mapping[str, int]) -> int:
    return lists.get("zero", 0) + lists.get("free", 0)


@dataclass(frozen=True, slots=True)
class Rates:
    """What a machine did anyway, a second, before a run: none of that is its price."""

    soft_faults: float
    pages_read: float
    repurposed: float

    @classmethod
    def between(cls, before: Counts, now: Counts) -> Rates | None:
        """Return the rates between two looks; ``None`` where they can't be had."""
        gone = now.clock - before.clock
        if gone <= 0 or before.pages_read is None or before.soft_faults is None:
            return None
        if now.pages_read is None or now.soft_faults is None:
            return None
        repurposed = (now.repurposed or 0) - (before.repurposed or 0)
        return cls(
            (now.soft_faults - before.soft_faults) % _WRAPS / gone,
            (now.pages_read - before.pages_read) % _WRAPS / gone,
            max(0, repurposed) / gone,
        )


class RunState(Enum):
    """How far a run has come."""

    ACTING = "acting"
    """Its deeds are being done."""
    WATCHING = "watching"
    """They are done, and the price is being counted."""
    DONE = "done"
    CUT = "cut"
    """The guard ended meanwhile: how it went is not known."""


@dataclass(frozen=True, slots=True)
class ProgramFaults:
    """What a process faulted in after a run."""

    program: str
    pid: int
    hard: int
    soft: int


@dataclass(frozen=True, slots=True)
class Price:
    """What a run cost: what came back while it was watched, beyond what the machine did anyway."""

    watched: float
    """Seconds."""
    read_back: int
    """Bytes that had to be read."""
    soft_faults: int
    repurposed: int
    """Bytes of standby pages that somebody else took."""
    came_back: int = 0
    """Bytes that were faulted in, from a disk or not, what the machine does anyway with them."""
    programs: tuple[ProgramFaults, ...] = ()
    """Who faulted most, the hard ones first; all faults, whatever they are from."""

    @property
    def waited(self) -> float:
        """Return the seconds that programs waited for it, by what faults take on a fast disk."""
        return self.read_back / PAGE * READ + self.soft_faults * SOFT


def price_of(after: Counts, later: Counts, anyway: Rates | None) -> Price | None:
    """Return what happened between two looks, less what would have happened anyway."""
    gone = later.clock - after.clock
    if gone <= 0 or Rates.between(after, later) is None:
        return None
    assert after.pages_read is not None
    assert later.pages_read is not None
    assert after.soft_faults is not None
    assert later.soft_faults is not None
    usual = anyway or Rates(0, 0, 0)
    all_reads = (later.pages_read - after.pages_read) % _WRAPS
    all_soft = (later.soft_faults - after.soft_faults) % _WRAPS
    reads = all_reads - usual.pages_read * gone
    soft = all_soft - usual.soft_faults * gone
    taken = (later.repurposed or 0) - (after.repurposed or 0) - usual.repurposed * gone
    return Price(
        watched=gone,
        read_back=max(0, round(reads)) * PAGE,
        soft_faults=max(0, round(soft)),
        repurposed=max(0, round(taken)),
        came_back=(all_reads + all_soft) * PAGE,
        programs=_programs(after, later),
    )


def _programs(after: Counts, later: Counts) -> tuple[ProgramFaults, ...]:
    found = []
    for key, now in (later.processes or {}).items():
        was = (after.processes or {}).get(key)
        hard = (now.hard_faults - (was.hard_faults if was else 0)) % _WRAPS
        every = (now.faults - (was.faults if was else 0)) % _WRAPS
        if every:
            found.append(ProgramFaults(now.name, key[0], hard, max(0, every - hard)))
    found.sort(key=lambda each: (each.hard, each.soft), reverse=True)
    return tuple(found[:_MOST_PROGRAMS])


@dataclass(frozen=True, slots=True)
class Account:
    """A run of a rule: why, what it did, what it gained, and what it cost."""

    id: int
    rule: str
    time: float
    """When it began, in seconds since 1970."""
    cause: str
    """What was so, in words."""
    state: RunState
    done: tuple[str, ...] = ()
    """What was done, in words."""
    refused: tuple[str, ...] = ()
    """What Windows refused of it."""
    lacking: tuple[str, ...] = ()
    """Privileges without which that was refused."""
    before: Mapping[str, int] | None = field(default=None, hash=False)
    """Bytes of each list."""
    after: Mapping[str, int] | None = field(default=None, hash=False)
    later: Mapping[str, int] | None = field(default=None, hash=False)
    """After it was watched."""
    price: Price | None = None
    short: bool = False
    """Whether memory was short when it ran."""
    judged: bool = False
    """Whether price and gain are compared: it frees memory, and was watched to the end."""

    @property
    def gained(self) -> int | None:
        """Return the bytes that came free, or became available; the more of the two."""
        return _gain(self.before, self.after)

    @property
    def kept(self) -> int | None:
        """Return how much of that was left when it was watched no more."""
        gained, still = self.gained, _gain(self.before, self.later)
        return None if gained is None or still is None else min(gained, still)

    @property
    def used(self) -> int | None:
        """Return how much of that somebody took who would have had to look elsewhere for it."""
        if self.gained is None or self.kept is None or self.price is None:
            return None
        return max(0, self.gained - self.kept - self.price.came_back)

    @property
    def saved(self) -> float | None:
        """Return the seconds of waiting that it saved, at most.

        A page that is free instead of on the standby list saves its next owner a microsecond or so.
        Only where memory is short, whoever takes one would have had to wait for a disk.
        """
        if self.kept is None or self.used is None:
            return None
        return self.kept / PAGE * SOFT + self.used / PAGE * (READ if self.short else SOFT)

    @property
    def paid(self) -> bool | None:
        """Return whether it saved more than it cost; ``None`` where that is not judged."""
        if not self.judged or self.price is None or self.saved is None:
            return None
        return self.saved > self.price.waited

    def words(self) -> str:
        """Return gain and price in a sentence."""
        if self.state is RunState.CUT:
            return "the guard ended meanwhile: how it went is not known"
        if self.refused and not self.done:
            return f"refused: {'; '.join(self.refused)}"
        if self.gained is None:
            said = "what it gained is not known"
        else:
            said = f"gave back {size_words(self.gained)}"
            if self.kept is not None and self.price:
                length = words_of_seconds(round(self.price.watched))
                said += f", of which {size_words(self.kept)} were left {length} later"
        if self.price:
            said += f"; {size_words(self.price.read_back)} had to be read"
            said += f", {self.price.soft_faults:,} soft faults"
            if self.price.programs and self.price.programs[0].hard:
                most = self.price.programs[0]
                said += f", +{most.hard:,} hard faults in {most.program}"
        if self.refused:
            said += f"; refused: {'; '.join(self.refused)}"
        return said


def _gain(before: Mapping[str, int] | None, after: Mapping[str, int] | None) -> int | None:
    if before is None or after is None:
        return None
    first, second = Counts(0, before), Counts(0, after)
    assert first.available is not None
    assert second.available is not None
    free = _free(after) - _free(before)
    return max(0, free, second.available - first.available)
