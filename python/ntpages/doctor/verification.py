"""Verification: what only Windows can prove, asked one check at a time."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import ntpages
from ntpages import arguments, privileges, system
from ntpages.doctor import checks
from ntpages.errors import (
    AccessDeniedError,
    Interrupted,
    NtError,
    PrivilegeNotHeldError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ntpages.doctor.checks import Check
    from ntpages.system import WindowsVersion

__all__ = ["Checked", "Verdict", "Verification", "verify"]

_NOT_HERE = (AccessDeniedError, PrivilegeNotHeldError, UnavailableError)


class Verdict(Enum):
    """What became of a check."""

    EXPECTED = "as expected"
    OTHERWISE = "otherwise"
    """Windows did something else: whoever writes ntpages wants to know."""
    NOT_HERE = "not here"
    """What the check takes is missing: a privilege, an elevated token, the hardware."""
    NOT_RUN = "not run"
    """It changes the machine, and nobody asked for that; or Ctrl-C came first."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One check, and what came of it."""

    name: str
    """As ``"memory_lists.lengths"``."""
    expects: str
    """What ntpages counts on."""
    changes: str
    """What it does to the machine; empty if nothing."""
    verdict: Verdict
    came: str
    """What Windows did, in numbers; never a name, a path or content of anybody's."""
    answer: bytes = b""
    """What the kernel wrote where its length is not one that ntpages knows."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found."""

    version: str
    """Of ntpages."""
    python: str
    windows: WindowsVersion
    processor: str
    elevated: bool
    effects: bool
    """Whether checks that change the machine were run."""
    seconds: float
    """Time it took."""
    checks: tuple[Checked, ...]
    interrupted: bool = False
    """Whether Ctrl-C kept checks from being run."""

    @property
    def surprises(self) -> tuple[Checked, ...]:
        """The checks where Windows did something else."""
        return tuple(each for each in self.checks if each.verdict is Verdict.OTHERWISE)


def verify(
    *, effects: bool = False, on_check: Callable[[Check], object] | None = None
) -> Verification:
    """Ask this Windows for what neither Wine nor a model of the kernel can prove.

    Nothing is emptied, and no process is touched but children that are started for it.

    Args:
        effects: Run the checks as well that change the machine: each says how in ``changes``.
        on_check: Called with each check before it runs.

    Returns:
        Every check with what was expected and what came. A refusal is an answer, not an error.

    Raises:
        ValueError: ``effects`` is no bool.
        Interrupted: Ctrl-C came meanwhile; it has the report of what was found until then.

    Source: what each check calls; ``NtQuerySystemInformation``, Windows XP.
    """
    wished = arguments.boolean("effects", effects)
    begin = time.monotonic()
    checked = []
    interrupted = False
    for check in checks.CHECKS:
        if interrupted:
            checked.append(_about(check, Verdict.NOT_RUN, "interrupted before"))
            continue
        if check.changes and not wished:
            checked.append(_about(check, Verdict.NOT_RUN, "it changes the machine"))
            continue
        try:
            if on_check is not None:
                on_check(check)
            checked.append(run(check))
        except KeyboardInterrupt:
            interrupted = True
            checked.append(_about(check, Verdict.NOT_RUN, "interrupted"))
    found = Verification(
        version=ntpages.__version__,
        python=platform.python_version(),
        windows=system.windows(),
        processor=platform.machine(),
        elevated=privileges.is_elevated(),
        effects=wished,
        seconds=time.monotonic() - begin,
        checks=tuple(checked),
        interrupted=interrupted,
    )
    if interrupted:
        raise Interrupted(found)
    return found


def _about(check: Check, verdict: Verdict, came: str, answer: bytes = b"") -> Checked:
    return Checked(check.name, check.expects, check.changes, verdict, came, answer)


def run(check: Check) -> Checked:
    """Run one check, and return what came of it. Whatever it meets is an answer."""
    try:
        seen = check.run()
    except checks.NotHereError as missing:
        return _about(check, Verdict.NOT_HERE, str(missing))
    except _NOT_HERE as refused:
        return _about(check, Verdict.NOT_HERE, _refusal(refused))
    except NtError as refused:
        return _about(check, Verdict.OTHERWISE, _refusal(refused))
    except Exception as wrong:  # the report goes on: this is what it is for
        return _about(check, Verdict.OTHERWISE, f"{type(wrong).__name__} in the check itself")
    verdict = Verdict.EXPECTED if seen.holds else Verdict.OTHERWISE
    return _about(check, verdict, seen.came, seen.answer)


def _refusal(error: NtError) -> str:
    """A refusal in numbers: its words may hold names."""
    return f"{error.call}: error {error.code}, status 0x{error.status:08X}"
