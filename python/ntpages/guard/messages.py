"""Messages: what a guard says in the event log of Windows, by the kinds of its notes.

The compiled half carries them as a table (``native/guard/messages.py`` makes it of this file), from
which the event viewer takes the words.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["MESSAGES", "Message"]

_INFORMATION, _WARNING, _ERROR = 1, 2, 3  # severities, as in an HRESULT's first bits
_TYPES = {_INFORMATION: 4, _WARNING: 2, _ERROR: 1}  # EVENTLOG_INFORMATION_TYPE and so on


class Message(NamedTuple):
    """One kind of event."""

    number: int
    """As people see it; it keeps its meaning in every version."""
    severity: int
    text: str
    """With ``%1`` for the words of a note, and ``%2`` for its rule."""

    @property
    def id(self) -> int:
        """Return the number with its severity, as Windows looks messages up."""
        return self.severity << 30 | self.number

    @property
    def type(self) -> int:
        """Return whether it informs, warns, or tells of an error, in Windows' numbers."""
        return _TYPES[self.severity]


MESSAGES = {
    "begins": Message(1, _INFORMATION, "The guard begins: it %1."),
    "ends": Message(2, _INFORMATION, "The guard ends: %1."),
    "ran": Message(3, _INFORMATION, "The rule %2 ran: %1."),
    "backs off": Message(4, _WARNING, "The rule %2 backs off: %1."),
    "recovers": Message(5, _INFORMATION, "The rule %2 recovers: %1."),
    "store": Message(6, _WARNING, "The guard's store: %1."),
    "policy": Message(7, _ERROR, "A policy was refused, and %1."),
    "fails": Message(8, _ERROR, "The guard could not go on: %1."),
}
"""By the kind of a note; what is only said and never done (``would run``) has none."""
