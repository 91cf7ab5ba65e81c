"""Guard: rules that keep a machine well, prove their worth, and stop when they hurt.

A policy is a TOML file of rules: when something is so, something is done. Each run has an account:
what it gave back by list, and, for half a minute after it, what it cost: pages that had to be read
again, hard and soft faults, and whose. A rule that costs more than it gains three times in a row
backs off. It may well turn out that cleaning does nothing for a machine; then the report says so.
"""

from __future__ import annotations

from ntpages.guard.account import Account, Price, ProgramFaults, RunState
from ntpages.guard.checking import CheckedCondition, CheckedRule, PolicyCheck, check
from ntpages.guard.engine import Standing
from ntpages.guard.guard import Guard
from ntpages.guard.numbers import Numbers
from ntpages.guard.policy import Policy, Rule
from ntpages.guard.problems import PolicyError, Problem
from ntpages.guard.store import Note, read_log
from ntpages.guard.summary import RuleSummary, summarize

__all__ = [
    "Account",
    "CheckedCondition",
    "CheckedRule",
    "Guard",
    "Note",
    "Numbers",
    "Policy",
    "PolicyCheck",
    "PolicyError",
    "Price",
    "Problem",
    "ProgramFaults",
    "Rule",
    "RuleSummary",
    "RunState",
    "Standing",
    "check",
    "read_log",
    "summarize",
]

__dir__ = __all__.copy
