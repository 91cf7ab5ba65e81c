"""Checks: what a policy would do with the numbers of now. Nothing is done."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ntpages import arguments, privileges
from ntpages.guard.conditions import Need, leaves
from ntpages.guard.host import Host
from ntpages.guard.numbers import Numbers, Watch
from ntpages.guard.policy import Policy
from ntpages.memory_lists.cleaning import PROFILE

if TYPE_CHECKING:
    from ntpages.guard.machine import Machine

__all__ = ["CheckedCondition", "CheckedRule", "PolicyCheck", "check"]

_SECOND = 1.0
_NOTIFIES = (
    " Each run is shown to you as a notification; a guard without a desktop, a service, shows none."
)
_OF_TWO_LOOKS = {Need.FAULTS, Need.LISTS, Need.PROCESSES}  # rates, and who does something


@dataclass(frozen=True, slots=True)
class CheckedCondition:
    """A condition and what it is held against."""

    condition: str
    """In words."""
    now: str
    """In words; ``unknown`` where the machine does not say."""
    holds: bool | None
    """``None`` where that is not known."""


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule and how it stands."""

    name: str
    words: str
    """What it does and when, and whether it shows that."""
    reason: str
    conditions: tuple[CheckedCondition, ...]
    holds: bool | None
    """Whether its condition holds as a whole."""
    would: str
    """What it would do now, in words."""


@dataclass(frozen=True, slots=True)
class PolicyCheck:
    """A policy, held against the machine."""

    policy: str
    about: str
    rules: tuple[CheckedRule, ...]
    refused: tuple[str, ...]
    """What the machine would not say, and why."""


def check(policy: Policy) -> PolicyCheck:
    """Hold a policy against the numbers of now, and do nothing.

    It takes a second where rates are asked for.

    Args:
        policy: To be held against them.

    Returns:
        What each rule says, what its conditions are held against, and what it would do.

    Raises:
        NtError: Windows refused to wait.

    Needs: ``SeProfileSingleProcessPrivilege`` for most lists; what is refused is not known.

    Source: as ``memory_lists.query()``, as ``processes.list_processes()``, as ``system.memory()``,
    as ``system.fault_counters()``, as ``physical.compression()``; ``NtOpenEvent`` (wdm.h),
    ``WaitForMultipleObjects`` (synchapi.h), Windows 2000.
    """
    arguments.instance("policy", policy, Policy)
    with Host() as host, privileges.enabled_if_held(PROFILE):
        host.listen(policy.conditions_of_the_kernel)
        numbers = _look(policy, host)
    rules = tuple(_checked(policy, numbers))
    return PolicyCheck(policy.name, policy.about, rules, numbers.refused)


def _look(policy: Policy, machine: Machine) -> Numbers:
    watch = Watch()
    numbers = watch.numbers(machine.look(policy.needs))
    if policy.needs & _OF_TWO_LOOKS:
        machine.wait(_SECOND)
        numbers = watch.numbers(machine.look(policy.needs))
    return numbers


def _checked(policy: Policy, numbers: Numbers) -> list[CheckedRule]:
    checked = []
    for rule in policy.rules:
        # Nobody knows here when it ran last: as if that were long ago.
        conditions = tuple(
            CheckedCondition(each.words(), each.now(numbers), each.holds(numbers, math.inf))
            for each in leaves(rule.when)
        )
        holds = rule.when.holds(numbers, math.inf)
        deeds = "; then ".join(deed.words() for deed in rule.do)
        if holds is None:
            would = "Not known: the machine does not say enough."
        elif not holds:
            would = "Nothing: its condition does not hold."
        elif rule.lasting:
            would = f"If this goes on: {deeds}."
        else:
            would = f"Now: {deeds}."
        words = rule.words() + (_NOTIFIES if rule.notify else "")
        checked.append(CheckedRule(rule.name, words, rule.reason, conditions, holds, would))
    return checked
