"""One harmless call of everything public about guards, on the modelled machine."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from ntpages import guard
from ntpages.guard import Account, Guard, Policy, Price, ProgramFaults, RunState

if TYPE_CHECKING:
    from contextlib import ExitStack

    from house.calls import Calls

Thing = TypeVar("Thing")

POLICY = """
every = "100ms"
watch = "100ms"
[[rule]]
name = "nothing is free"
when = { free = "< 1", standby = "> 1 GiB", hard-faults = "> 1000000/s", kernel = "low-memory" }
for = "1h"
do = ["purge-standby", { trim = "nobody.exe" }]
"""


class Kept:
    """What of the stage a guard has to do with."""

    if TYPE_CHECKING:  # the stage itself has it
        _ends: ExitStack

        def keep(self, thing: Thing) -> Thing: ...

    @cached_property
    def policy(self) -> Policy:
        return Policy.parse(POLICY)

    @cached_property
    def policy_file(self) -> str:
        path = Path(self.folder) / "policy.toml"
        path.write_text(POLICY, encoding="utf-8")
        return str(path)

    @cached_property
    def folder(self) -> str:
        return self._ends.enter_context(TemporaryDirectory())

    @cached_property
    def guard(self) -> Guard:
        return self.keep(Guard(self.policy, store=f"{self.folder}/guard.db"))

    @cached_property
    def other_guard(self) -> Guard:
        return self.keep(Guard(self.policy, store=f"{self.folder}/other.db"))

    @cached_property
    def written(self) -> str:
        """Where a guard has written."""
        self.guard.step()
        return f"{self.folder}/guard.db"

    @cached_property
    def run(self) -> Account:
        lists = {"free": 1 << 20, "standby 5": 1 << 30}
        price = Price(30.0, 4096, 10, 0, 4096, (ProgramFaults("a.exe", 8, 1, 9),))
        after = {"free": 1 << 30, "standby 5": 0}
        return Account(
            *(1, "a", 0.0, "b", RunState.DONE, ("c",)),
            (),
            (),
            lists,
            after,
            after,
            price,
            short=False,
            judged=True,
        )


OBJECTS: Calls = {
    "guard.Account": lambda stage: stage.run,
    "guard.Guard": lambda stage: stage.guard,
    "guard.Numbers": lambda _: guard.Numbers(0.0, 0.0, standby=(1,) * 8),
    "guard.Policy": lambda stage: stage.policy,
    "guard.Price": lambda stage: stage.run.price,
    "guard.Rule": lambda stage: stage.policy.rules[0],
    "guard.RuleSummary": lambda stage: guard.summarize([stage.run])[0],
}

CALLS: Calls = {
    "guard.Account.words": lambda stage: stage.run.words(),
    "guard.Guard": lambda stage: stage.other_guard,
    "guard.Guard.close": lambda stage: stage.guard.close(),
    "guard.Guard.finish": lambda stage: stage.guard.finish(),
    "guard.Guard.note": lambda stage: stage.guard.note("a", "b"),
    "guard.Guard.run": lambda stage: stage.guard.run(once=True),
    "guard.Guard.step": lambda stage: stage.guard.step(),
    "guard.Guard.stop": lambda stage: stage.guard.stop(),
    "guard.Guard.take": lambda stage: stage.guard.take(stage.policy),
    "guard.Guard.wait": lambda stage: stage.guard.wait(0.01),
    "guard.Policy.load": lambda stage: guard.Policy.load(stage.policy_file),
    "guard.Policy.parse": lambda _: guard.Policy.parse(POLICY),
    "guard.Policy.ready": lambda _: guard.Policy.ready("gaming"),
    "guard.Policy.ready_names": lambda _: guard.Policy.ready_names(),
    "guard.Policy.ready_text": lambda _: guard.Policy.ready_text("gaming"),
    "guard.Rule.words": lambda stage: stage.policy.rules[0].words(),
    "guard.RuleSummary.conclusion": lambda stage: guard.summarize([stage.run])[0].conclusion(),
    "guard.check": lambda stage: guard.check(stage.policy),
    "guard.read_log": lambda stage: guard.read_log(stage.written),
    "guard.summarize": lambda stage: guard.summarize([stage.run]),
}
