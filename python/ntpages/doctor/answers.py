"""Answers of the kernel, as they come: for lengths that nobody checked before asking."""

from __future__ import annotations

from typing import NamedTuple

from ntpages._native import doctor as native


class Answer(NamedTuple):
    """What ``NtQuerySystemInformation`` answered."""

    status: int
    returned: int
    """Bytes that the kernel says it has."""
    content: bytes
    """What it wrote; empty where it refused."""


def ask(information: int, size: int) -> Answer:
    """Ask for a class of ``NtQuerySystemInformation`` with a buffer of ``size`` bytes."""
    return Answer(*native.ask_system(information, size))
