"""Checks: what a policy would do now, in words, and nothing done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ntpages import guard
from ntpages.guard import Policy

if TYPE_CHECKING:
    from ntlab import Lab

pytestmark = pytest.mark.lab


@pytest.fixture(autouse=True)
def machine(lab: Lab) -> None:
    for model in ("events", "memory_lists", "processes", "system"):
        lab.model(model)


def checked(when: str, *more: str) -> guard.CheckedRule:
    lines = ["[[rule]]", 'name = "a"', f"when = {when}", 'do = "purge-standby"', *more]
    [rule] = guard.check(Policy.parse("\n".join(lines))).rules
    return rule


@pytest.mark.parametrize(
    ("when", "more", "holds", "would"),
    [
        ('{ standby = "> 1" }', (), True, "Now: purge standby."),
        ('{ standby = "> 1" }', ('for = "5s"',), True, "If this goes on: purge standby."),
        ('{ standby = "< 1" }', (), False, "Nothing: its condition does not hold."),
        ('{ foreground = "a" }', (), None, "Not known: the machine does not say enough."),
        ('{ every = "1d" }', (), True, "Now: purge standby."),
    ],
)
def test_it_says_what_a_rule_would_do(
    when: str,
    more: tuple[str, ...],
    holds: bool | None,  # noqa: FBT001
    would: str,
) -> None:
    rule = checked(when, *more)
    assert (rule.holds, rule.would) == (holds, would)


def test_it_says_what_each_condition_is_held_against(lab: Lab) -> None:
    pages = lab.model("memory_lists").pages
    rule = checked('{ free = "< 1 GiB", any = [{ kernel = "low-memory" }, { runs = "nobody" }] }')
    free = (pages.zero + pages.free) * 4096 / (1 << 20)
    assert [(each.condition, each.now) for each in rule.conditions] == [
        ("free memory is below 1 GiB", f"{free:.4g} MiB"),
        ("the kernel says that memory is short", "it does not"),
        ("nobody runs", "none"),
    ]


def test_it_says_which_rules_are_shown_and_that_a_service_shows_none() -> None:
    when = '{ standby = "> 1" }'
    silent, shown = checked(when), checked(when, "notify = true")
    assert shown.words.removeprefix(silent.words) == (
        " Each run is shown to you as a notification; a guard without a desktop, a service, shows"
        " none."
    )


def test_it_does_nothing(lab: Lab) -> None:
    checked('{ standby = "> 1" }')
    assert lab.count("NtSetSystemInformation") == 0


def test_what_the_machine_would_not_say_is_told(lab: Lab) -> None:
    lab.fail("NtQuerySystemInformation", every=True, code=0xC0000061)
    lab.fail("NtManagePartition", every=True)
    policy = Policy.parse('[[rule]]\nname = "a"\nwhen = { free = "< 1" }\ndo = "purge-standby"')
    found = guard.check(policy)
    assert found.rules[0].holds is None
    assert found.refused[0].startswith("memory lists: ")
