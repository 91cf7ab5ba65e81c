"""Conditions: when a rule runs. Pure: what they are held against is a ``Numbers``."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from ntpages.guard.quantities import words_of_seconds
from ntpages.processes.names import Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ntpages.guard.numbers import Numbers
    from ntpages.guard.quantities import Bound

__all__ = [
    "KERNEL",
    "Between",
    "Condition",
    "Days",
    "Every",
    "Idle",
    "Kernel",
    "Measure",
    "Measured",
    "Need",
    "Not",
    "Programs",
    "Several",
    "StandbyOf",
    "leaves",
]


class Need(Enum):
    """A question that a condition asks the machine. Those that nobody needs are not asked."""

    LISTS = "memory lists"
    COMMIT = "commit"
    STORE = "compression"
    FAULTS = "hard faults"
    PROCESSES = "processes"
    FOREGROUND = "foreground"
    KERNEL = "kernel conditions"


_NOTHING: frozenset[Need] = frozenset()


class Condition(Protocol):
    """What a rule waits for."""

    @property
    def needs(self) -> frozenset[Need]:
        """What the machine must be asked for it."""

    @property
    def momentary(self) -> bool:
        """Whether it holds for a moment alone, so that it can't hold for a time."""

    def holds(self, numbers: Numbers, waited: float) -> bool | None:
        """Return whether it holds, ``None`` where that is not known.

        Args:
            numbers: Of the machine, now.
            waited: Seconds since the rule ran, or since the guard began.
        """

    def words(self) -> str:
        """Return it as people say it."""

    def now(self, numbers: Numbers) -> str:
        """Return what it is held against, as people say it."""


class Measure(Enum):
    """A number of the machine: its key in a policy, and what it is in words."""

    AVAILABLE = "available"
    FREE = "free"
    STANDBY = "standby"
    MODIFIED = "modified"
    COMPRESSED = "compressed"
    COMMIT = "commit"
    HARD_FAULTS = "hard-faults"
    REPURPOSED = "repurposed"


_MEASURES: dict[Measure, tuple[Need, str, Callable[[Numbers], float | None], str]] = {
    Measure.AVAILABLE: (Need.LISTS, "available memory is", lambda now: now.available, "total"),
    Measure.FREE: (Need.LISTS, "free memory is", lambda now: now.free, "total"),
    Measure.STANDBY: (Need.LISTS, "the standby list is", lambda now: now.standby_total, "total"),
    Measure.MODIFIED: (Need.LISTS, "the modified list is", lambda now: now.modified, "total"),
    Measure.COMPRESSED: (
        Need.STORE,
        "the compression store is",
        lambda now: now.compressed,
        "total",
    ),
    Measure.COMMIT: (
        Need.COMMIT,
        "the commit charge is",
        lambda now: now.committed,
        "commit_limit",
    ),
    Measure.HARD_FAULTS: (Need.FAULTS, "hard faults are", lambda now: now.hard_faults, ""),
    Measure.REPURPOSED: (Need.LISTS, "repurposed pages are", lambda now: now.repurposed, ""),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A number of the machine keeps a bound."""

    measure: Measure
    bound: Bound
    momentary = False

    @property
    def needs(self) -> frozenset[Need]:
        """Return the number's question."""
        return frozenset({_MEASURES[self.measure][0]})

    def _read(self, numbers: Numbers) -> tuple[float | None, float | None]:
        _, _, read, whole = _MEASURES[self.measure]
        return read(numbers), getattr(numbers, whole) if whole else None

    def holds(self, numbers: Numbers, waited: float) -> bool | None:
        """Return whether the number keeps the bound."""
        del waited
        value, whole = self._read(numbers)
        return None if value is None else self.bound.met(value, whole)

    def words(self) -> str:
        """Return ``free memory is below 1 GiB``."""
        return f"{_MEASURES[self.measure][1]} {self.bound.words()}"

    def now(self, numbers: Numbers) -> str:
        """Return the number."""
        return self.bound.told(*self._read(numbers))


@dataclass(frozen=True, slots=True)
class StandbyOf:
    """The standby lists of some priorities keep a bound."""

    first: int
    last: int
    bound: Bound
    momentary = False
    needs = frozenset({Need.LISTS})

    def _read(self, numbers: Numbers) -> float | None:
        if numbers.standby is None:
            return None
        return sum(numbers.standby[self.first : self.last + 1])

    def holds(self, numbers: Numbers, waited: float) -> bool | None:
        """Return whether their sum keeps the bound."""
        del waited
        value = self._read(numbers)
        return None if value is None else self.bound.met(value, numbers.total)

    def words(self) -> str:
        """Return ``the standby list of priorities 0 to 3 is above 2 GiB``."""
        some = f"ies {self.first} to {self.last}" if self.last > self.first else f"y {self.first}"
        return f"the standby list of priorit{some} is {self.bound.words()}"

    def now(self, numbers: Numbers) -> str:
        """Return their sum."""
        return self.bound.told(self._read(numbers), numbers.total)


KERNEL = ("low-memory", "high-memory", "low-commit", "high-commit", "maximum-commit")
"""The kernel's own conditions, each an event that is set while it holds."""

_KERNEL_WORDS = {
    "low-memory": "the kernel says that memory is short",
    "high-memory": "the kernel says that memory is plentiful",
    "low-commit": "the kernel says that little is committed",
    "high-commit": "the kernel says that much is committed",
    "maximum-commit": "the kernel says that no more can be committed",
}


@dataclass(frozen=True, slots=True)
class Kernel:
    """One of the kernel's own conditions holds."""

    name: str
    momentary = False
    needs = frozenset({Need.KERNEL})

    def holds(self, numbers: Numbers, waited: float) -> bool | None:
        """Return whether its event is set."""
        del waited
        return None if numbers.kernel is None else numbers.kernel.get(self.name)

    def words(self) -> str:
        """Return what the kernel says."""
        return _KERNEL_WORDS[self.name]

    def now(self, numbers: Numbers) -> str:
        """Return whether it says so."""
        known = {None: "unknown", True: "it does", False: "it does not"}
        return known[self.holds(numbers, 0.0)]


_PROGRAM_WORDS = {
    "starts": "{} starts",
    "exits": "{} exits",
    "runs": "{} runs",
    "foreground": "{} is in the foreground",
}


@dataclass(frozen=True, slots=True)
class Programs:
    """A program starts, exits, runs, or is in the foreground."""

    event: str
    names: tuple[str, ...]

    @property
    def momentary(self) -> bool:
        """Return whether it is an event, and no state."""
        return self.event in {"starts", "exits"}

    @property
    def needs(self) -> frozenset[Need]:
        """Return the question: the foreground is known to the kernel alone."""
        return frozenset({Need.FOREGROUND if self.event == "foreground" else Need.PROCESSES})

    def _seen(self, numbers: Numbers) -> Iterable[str] | None:
        return {
            "starts": numbers.started,
            "exits": numbers.exited,
            "runs": numbers.running,
            "foreground": numbers.foreground,
        }[self.event]

    def holds(self, numbers: Numbers, waited: float) -> bool | None:
        """Return whether one of those that were seen is meant."""
        del waited
        seen = self._seen(numbers)
        return None if seen is None else any(map(Names(self.names).match, seen))

    def words(self) -> str:
        """Return ``game.exe starts``."""
        return _PROGRAM_WORDS[self.event].format(" or ".join(self.names))

    def now(self, numbers: Numbers) -> str:
        """Return who was seen, of those that are meant."""
        seen = self._seen(numbers)
        if seen is None:
            return "unknown"
        if self.event == "foreground":
            return ", ".join(sorted(set(seen))) or "nobody"
        return ", ".join(sorted(set(filter(Names(self.names).match, seen)))) or "none"


@dataclass(frozen=True, slots=True)
class Idle:
    """The processors have had next to nothing to do for so long."""

    seconds: float
    momentary = False
    needs = frozenset({Need.PROCESSES})

    def holds(self, numbers: Numbers, waited: float) -> bool | None:
        """Return whether it has lasted."""
        del waited
        return None if numbers.idle is None else numbers.idle >= self.seconds

    def words(self) -> str:
        """Return ``the machine has been idle for 5 min``."""
        return f"the machine has been idle for {words_of_seconds(self.seconds)}"

    def now(self, numbers: Numbers) -> str:
        """Return how long it has been."""
        return "unknown" if numbers.idle is None else f"for {words_of_seconds(numbers.idle)}"


@dataclass(frozen=True, slots=True)
class Every:
    """So much time went by since the rule ran, or since the guard began."""

    seconds: float
    momentary = False
    needs = _NOTHING

    def holds(self, numbers: Numbers, waited: float) -> bool | None:
        """Return whether it went by."""
        del numbers
        return waited >= self.seconds

    def words(self) -> str:
        """Return ``every 30 min``."""
        return f"every {words_of_seconds(self.seconds)}"

    def now(self, numbers: Numbers) -> str:
        """Return what there is to say of now: nothing."""
        del numbers
        return "counted from the last run"


@dataclass(frozen=True, slots=True)
class Between:
    """It is between two times of day, of this machine's clock."""

    start: int
    end: int
    momentary = False
    needs = _NOTHING

    def holds(self, numbers: Numbers, waited: float) -> bool | None:
        """Return whether it is, past midnight too."""
        del waited
        clock = time.localtime(numbers.time)
        now = clock.tm_hour * 60 + clock.tm_min
        if self.start < self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end

    def words(self) -> str:
        """Return ``it is between 22:00 and 06:00``."""
        start, end = (f"{each // 60:02}:{each % 60:02}" for each in (self.start, self.end))
        return f"it is between {start} and {end}"

    def now(self, numbers: Numbers) -> str:
        """Return what time it is."""
        return time.strftime("%H:%M", time.localtime(numbers.time))


@dataclass(frozen=True, slots=True)
class Days:
    """It is one of these days of the week."""

    names: tuple[str, ...]
    momentary = False
    needs = _NOTHING
    ALL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

    def holds(self, numbers: Numbers, waited: float) -> bool | None:
        """Return whether it is."""
        del waited
        return self.ALL[time.localtime(numbers.time).tm_wday] in self.names

    def words(self) -> str:
        """Return ``it is saturday or sunday``."""
        return f"it is {' or '.join(self.names)}"

    def now(self, numbers: Numbers) -> str:
        """Return which day it is."""
        return self.ALL[time.localtime(numbers.time).tm_wday]


# ---- Several -------------------------------------------------------------------------------------
# What is not known makes the whole unknown, unless the others decide it whatever it may be.


@dataclass(frozen=True, slots=True)
class Several:
    """All of them hold, or one of them."""

    conditions: tuple[Condition, ...]
    every: bool
    """Whether all must."""

    @property
    def momentary(self) -> bool:
        """Return whether one of them is."""
        return any(each.momentary for each in self.conditions)

    @property
    def needs(self) -> frozenset[Need]:
        """Return what any of them needs."""
        return _NOTHING.union(*(each.needs for each in self.conditions))

    def holds(self, numbers: Numbers, waited: float) -> bool | None:
        """Return whether they do."""
        each = [condition.holds(numbers, waited) for condition in self.conditions]
        decides = not self.every
        return decides if decides in each else None if None in each else not decides

    def words(self) -> str:
        """Return them with "and" or "or" between them."""
        between = " and " if self.every else " or "
        return between.join(_nested(each) for each in self.conditions)

    def now(self, numbers: Numbers) -> str:
        """Return what each is held against."""
        return "; ".join(f"{each.words()}: {each.now(numbers)}" for each in self.conditions)


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold."""

    condition: Condition

    @property
    def momentary(self) -> bool:
        """Return whether the opposite of a moment is asked for, which lasts."""
        return False

    @property
    def needs(self) -> frozenset[Need]:
        """Return what it needs."""
        return self.condition.needs

    def holds(self, numbers: Numbers, waited: float) -> bool | None:
        """Return whether it does not; what is unknown stays so."""
        held = self.condition.holds(numbers, waited)
        return None if held is None else not held

    def words(self) -> str:
        """Return it with "not" before it."""
        return f"not ({self.condition.words()})"

    def now(self, numbers: Numbers) -> str:
        """Return what it is held against."""
        return self.condition.now(numbers)


def _nested(condition: Condition) -> str:
    several = isinstance(condition, Several) and len(condition.conditions) > 1
    return f"({condition.words()})" if several else condition.words()


def leaves(condition: Condition) -> list[Condition]:
    """Return the conditions that hold no others, from left to right."""
    if isinstance(condition, Not):
        return leaves(condition.condition)
    if isinstance(condition, Several):
        return [leaf for each in condition.conditions for leaf in leaves(each)]
    return [condition]
