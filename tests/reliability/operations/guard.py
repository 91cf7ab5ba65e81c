"""Waits for the kernel's conditions, and guards, on the modelled machine.

What a guard is refused it writes down, and goes on: tests/guard/test_host.py holds that. What it
asks other nouns for is taken apart there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ntpages import guard
from ntpages._native import guard as native_guard
from ntpages.guard import Policy
from reliability.operations import life, operation

if TYPE_CHECKING:
    from ntlab import Lab

NAMES = ["LowMemoryCondition", "MaximumCommitCondition"]
MODELS = ("events", "memory_lists", "physical", "processes", "system", "privileges")


def hold(lab: Lab) -> None:
    for name in ("SeProfileSingleProcessPrivilege", "SeDebugPrivilege"):
        lab.model("privileges").hold(name)


@operation(models=("events",))
def vigil() -> object:
    waiting = native_guard.Vigil(NAMES)
    try:
        held, came = waiting.look(), waiting.wait(0)
        waiting.stop()
        return held, came, waiting.wait(0)
    finally:
        del waiting  # now, and not when an error lets go of this frame: so its handles are closed


@life(models=("events",))
def short_vigil() -> None:
    native_guard.Vigil(NAMES).look()


@life(models=MODELS, setup=hold, cycles=100)
def dry_guard() -> None:
    with guard.Guard(Policy.ready("gaming"), dry_run=True) as made:
        made.step()
