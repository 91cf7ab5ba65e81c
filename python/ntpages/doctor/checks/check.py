"""What a check is: a question to Windows, what ntpages counts on, and what came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ntpages import privileges
from ntpages.doctor.answers import ask
from ntpages.errors import NtError
from ntpages.privileges import PrivilegeState

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Check", "NotHereError", "Room", "Seen", "code_of", "lengths", "needs"]


class NotHereError(Exception):
    """What a check takes is missing here; the text says what."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a check saw."""

    holds: bool
    """Whether it is what ntpages counts on."""
    came: str
    """In numbers alone: reports are published."""
    answer: bytes = b""
    """What the kernel wrote, where it is of a length that nobody knows."""


@dataclass(frozen=True, slots=True)
class Check:
    """A question to Windows."""

    name: str
    """Noun and subject, as ``"memory_lists.lengths"``."""
    expects: str
    """What ntpages counts on."""
    changes: str
    """What it does to the machine; empty if nothing."""
    run: Callable[[], Seen]


class Room:
    """Collects the checks of a noun."""

    def __init__(self, noun: str) -> None:
        """Begin with none."""
        self._noun = noun
        self.checks: list[Check] = []

    def check(self, *, changes: str = "") -> Callable[[Callable[[], Seen]], Callable[[], Seen]]:
        """Make a function one of the checks: its docstring is what ntpages counts on."""

        def add(run: Callable[[], Seen]) -> Callable[[], Seen]:
            expects = (run.__doc__ or "").rstrip(".")
            self.checks.append(Check(f"{self._noun}.{run.__name__}", expects, changes, run))
            return run

        return add


def needs(privilege: str) -> None:
    """Go on only where the token holds a privilege.

    Args:
        privilege: Its name.

    Raises:
        NotHereError: It does not.
    """
    if privileges.state(privilege) is PrivilegeState.NOT_HELD:
        msg = f"the token lacks {privilege}"
        raise NotHereError(msg)


def lengths(information: int, known: tuple[int, ...], *, longest: int) -> Seen:
    """Ask for a class of ``NtQuerySystemInformation`` with each known length, and a longer one.

    It holds if the kernel takes one of them at least and never says that it wrote more than that.
    """
    said = []
    accepted = False
    unknown = b""
    for size in (*known, longest):
        answer = ask(information, size)
        said.append(f"{size}: 0x{answer.status:08X}, {answer.returned} bytes")
        if answer.status == 0:
            accepted = accepted or answer.returned in known
            unknown = b"" if answer.returned in known else answer.content
    return Seen(accepted and not unknown, "; ".join(said), unknown)


def code_of(call: Callable[[], object]) -> int:
    """Return the Win32 code that Windows refuses a call with; 0 if it does not."""
    try:
        call()
    except NtError as refused:
        return refused.code
    return 0
