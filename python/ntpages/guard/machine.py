"""Machine: the one seam between a guard and the world, with time, numbers, events and deeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ntpages.guard.account import Counts
    from ntpages.guard.conditions import Need
    from ntpages.guard.deeds import Deed
    from ntpages.guard.numbers import Look

__all__ = ["Machine", "Outcome"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a deed."""

    done: str = ""
    """In words; empty where nothing was."""
    refused: tuple[str, ...] = ()
    """What was refused of it, and why."""
    lacking: frozenset[str] = frozenset()
    """Privileges without which it was refused."""


class Machine(Protocol):
    """A machine that is guarded: Windows, or one in a test in which a week takes a second."""

    def time(self) -> float:
        """Return seconds since 1970."""

    def clock(self) -> float:
        """Return seconds since whenever, which no change of the time of day moves."""

    def look(self, needs: frozenset[Need]) -> Look:
        """Return what is needed of what the machine says. What it refuses is told in there."""

    def count(self, *, processes: bool) -> Counts:
        """Return its lists and what it counted so far; by process, too."""

    def do(self, deed: Deed) -> Outcome:
        """Do something. What is refused is told, not raised."""

    def notify(self, title: str, text: str) -> str:
        """Show whoever sits at it a notification; return what was refused, in words, if anything.

        Where nobody sits, nothing is shown, and that is no refusal.
        """

    def listen(self, kernel: Iterable[str]) -> None:
        """Listen to these conditions of the kernel's from now on."""

    def wait(self, seconds: float) -> None:
        """Wait, at most until a condition that is listened to begins to hold, or ``stop()``."""

    def stop(self) -> None:
        """End every wait, from any thread."""
