"""Machines of a model, hour after hour: what the ready policies gain and cost there.

A timer cleans every five minutes beside them, as other tools do. What each costs in truth is what
the programs wait longer than on the same machine without any of it; the model knows that, a guard
does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from guard.machines import MACHINES, Model
from ntpages.guard.deeds import Clean
from ntpages.guard.engine import Engine
from ntpages.guard.policy import Policy
from ntpages.guard.store import Store
from ntpages.memory_lists import DEFRAG

HOURS = 2
TICK = 2.0
GIB = 1 << 30
PAGE = Path(__file__).parents[2] / "docs" / "howto" / "guard.md"
NAMES = {make.__name__: make for make in MACHINES}
BLIND = """
[[rule]]
name = "clean"
when = { every = "5m" }
cooldown = "5m"
do = ["empty-working-sets", "flush-modified", "purge-standby"]
"""


@dataclass(frozen=True)
class Lived:
    """What two hours of a machine came to."""

    runs: int = 0
    gained: float = 0.0
    """GiB; as the accounts have it."""
    saved: float = 0.0
    """Seconds; as the accounts have it, too."""
    waited: float = 0.0
    stalled: float = 0.0
    """Seconds that programs waited for memory, as the model has it."""


def made(name: str) -> Model:
    machine = NAMES[name]()
    machine.tick = TICK
    return machine


@cache
def alone(name: str) -> Lived:
    machine = made(name)
    while machine.now < HOURS * 3600:
        machine.advance()
    return Lived(stalled=machine.stalled)


@cache
def with_timer(name: str) -> Lived:
    machine = made(name)
    runs, gained = 0, 0.0
    while machine.now < HOURS * 3600:
        machine.advance()
        if machine.now % 300 == 0:
            free = machine.free
            machine.do(Clean(DEFRAG))
            runs += 1
            gained += machine.free - free
    return Lived(runs, gained / 1024, stalled=machine.stalled)


@cache
def guarded(name: str, text: str) -> Lived:
    machine = made(name)
    store = Store(":memory:")
    engine = Engine(Policy.parse(text), machine, store)
    while machine.now < HOURS * 3600:
        machine.wait(engine.step())
    engine.close()
    accounts = store.accounts()
    return Lived(
        len(accounts),
        sum(each.gained or 0 for each in accounts) / GIB,
        sum(each.saved or 0.0 for each in accounts),
        sum(each.price.waited for each in accounts if each.price),
        machine.stalled,
    )


def line(machine: str, way: str, lived: Lived, *, accounts: bool = True) -> str:
    more = lived.stalled - alone(machine).stalled
    told = [lived.saved, lived.waited] if accounts else []
    cells = [f"{each:.0f}" for each in told] or ["-", "-"]
    waited = f"{more:+.0f}" if abs(more) >= 0.5 else "0"
    row = [machine, way, str(lived.runs), f"{lived.gained:.1f}", *cells, waited]
    return f"| {' | '.join(row)} |"


def table() -> list[str]:
    lines = []
    for machine in NAMES:
        lines.append(line(machine, "a timer, every 5 min", with_timer(machine), accounts=False))
        lines.append(line(machine, "the same as a rule", guarded(machine, BLIND)))
        lines += [
            line(machine, f"`{name}`", guarded(machine, Policy.ready_text(name)))
            for name in Policy.ready_names()
        ]
    return lines


pytestmark = pytest.mark.slow


def test_the_page_has_the_table_that_the_model_gives() -> None:
    lines = table()
    print("\n".join(lines))  # noqa: T201 (what the page is made of)
    page = PAGE.read_text(encoding="utf-8")
    assert [each for each in lines if each not in page] == []


@pytest.mark.parametrize("machine", NAMES)
def test_no_ready_policy_makes_programs_wait_longer(machine: str) -> None:
    for name in Policy.ready_names():
        lived = guarded(machine, Policy.ready_text(name))
        assert lived.stalled <= alone(machine).stalled * 1.01 + 1, name


@pytest.mark.parametrize("machine", NAMES)
def test_a_timer_does_harm_on_every_machine_and_the_model_shows_it(machine: str) -> None:
    assert with_timer(machine).gained > 10
    assert with_timer(machine).stalled > alone(machine).stalled * 1.5 + 60


@pytest.mark.parametrize("machine", NAMES)
def test_a_guard_finds_out_that_the_same_steps_hurt_and_does_them_less_often(machine: str) -> None:
    blind, timer = guarded(machine, BLIND), with_timer(machine)
    assert blind.waited > blind.saved
    assert blind.runs < timer.runs / 2
    assert blind.stalled - alone(machine).stalled < (timer.stalled - alone(machine).stalled) / 2
