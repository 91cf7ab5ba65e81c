"""Deeds: what a rule does. Pure: a machine does them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ntpages.guard.quantities import size_words, words_of_seconds

if TYPE_CHECKING:
    from ntpages.memory_lists import Step
    from ntpages.working_sets import MemoryPriority

__all__ = ["Clean", "Command", "Deed", "Limit", "Prioritize", "Trim", "TrimStore"]


@dataclass(frozen=True, slots=True)
class Clean:
    """Run steps of the memory lists, in the order in which they help each other."""

    steps: tuple[Step, ...]
    frees = True

    def words(self) -> str:
        """Return the steps."""
        return ", ".join(step.value.replace("-", " ") for step in self.steps)


@dataclass(frozen=True, slots=True)
class Trim:
    """Empty the working sets of programs."""

    include: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    floor: int = 0
    """Bytes; a smaller working set is not worth it."""
    idle: float = 0.0
    """Seconds; a process that runs meanwhile is left alone."""
    foreground: bool = False
    """Whether the program in the foreground is trimmed, too."""
    frees = True

    def words(self) -> str:
        """Return whose."""
        whose = "all programs" if "*" in self.include else " and ".join(self.include)
        spared = [*self.exclude, *([] if self.foreground else ["the program in the foreground"])]
        parts = [f"trim {whose}"]
        if self.floor:
            parts.append(f"above {size_words(self.floor)}")
        if self.idle:
            parts.append(f"idle for {words_of_seconds(self.idle)}")
        if spared:
            parts.append(f"but not {' or '.join(spared)}")
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Limit:
    """Keep the working sets of programs between limits."""

    include: tuple[str, ...]
    minimum: int | None = None
    maximum: int | None = None
    hard: bool = False
    """Whether Windows keeps the limits in any case, instead of as wishes."""

    @property
    def frees(self) -> bool:
        """Return whether memory comes free: a maximum takes it."""
        return self.maximum is not None

    def words(self) -> str:
        """Return whose, and which."""
        parts = [] if self.minimum is None else [f"above {size_words(self.minimum)}"]
        parts += [] if self.maximum is None else [f"below {size_words(self.maximum)}"]
        kept = "hold" if self.hard else "wish to hold"
        return f"{kept} {' and '.join(self.include)} {' and '.join(parts)}"


@dataclass(frozen=True, slots=True)
class Prioritize:
    """Change the memory priority of programs."""

    include: tuple[str, ...]
    priority: MemoryPriority
    frees = False

    def words(self) -> str:
        """Return whose, and to what."""
        name = self.priority.name.lower().replace("_", " ")
        return f"set the memory priority of {' and '.join(self.include)} to {name}"


@dataclass(frozen=True, slots=True)
class TrimStore:
    """Have the compression store write pages out."""

    size: int
    """Bytes."""
    frees = True

    def words(self) -> str:
        """Return how much."""
        return f"trim the compression store by {size_words(self.size)}"


@dataclass(frozen=True, slots=True)
class Command:
    """Run a program, and wait for it."""

    line: tuple[str, ...]
    """The program's path, and its arguments."""
    timeout: float = 60.0
    """Seconds; it is ended after that."""
    frees = False

    def words(self) -> str:
        """Return its command line."""
        return f"run {' '.join(self.line)}"


Deed = Clean | Trim | Limit | Prioritize | TrimStore | Command
"""What a rule does."""
