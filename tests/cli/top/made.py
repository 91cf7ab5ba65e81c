"""A made-up machine for ``ntpages top``: 64 GiB that serve files, with a game and a browser on it.

It has what ``ntpages.cli.top.machine.Machine`` has, answers from what a test puts there, and keeps
what it was told.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace as Some
from typing import TYPE_CHECKING, Any

from ntpages.cli.top.machine import Sample, Space
from ntpages.regions import State, Use
from ntpages.table import Table
from ntpages.working_sets import Limits, Trimmed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ntpages.memory_lists import Step

GIB, MIB, KIB = 1 << 30, 1 << 20, 1 << 10


@dataclass(frozen=True)
class Faults:
    """The system's fault counters."""

    page_reads: int = 0
    pages_read: int = 0
    transition_faults: int = 0
    demand_zero_faults: int = 0

    def since(self, earlier: Faults) -> Faults:
        return Faults(
            self.page_reads - earlier.page_reads,
            self.pages_read - earlier.pages_read,
            self.transition_faults - earlier.transition_faults,
        )


def processes(count: int = 4, **changed: list[Any]) -> Table:
    """Return made-up processes: the first has the largest working set, the second is shut."""
    columns: dict[str, list[Any]] = {
        "pid": [4 * i + 100 for i in range(count)],
        "parent": [0, *([100] * (count - 1))],
        "name": [("alpha.exe", "beta.exe", "gamma.exe", "beta2.exe")[i % 4] for i in range(count)],
        "working_set": [(count - i) * MIB for i in range(count)],
        "private": [i * MIB for i in range(count)],
        "faults": [1000 + i for i in range(count)],
        "hard_faults": [10 + i for i in range(count)],
        "cpu_time": [float(i) for i in range(count)],
        "threads": [8] * count,
        "started": [float(i) for i in range(count)],
        "accessible": [i != 1 for i in range(count)],
        "minimum": [200 * KIB] * count,
        "maximum": [1380 * KIB] * count,
        "hard_minimum": [False] * count,
        "hard_maximum": [False] * count,
    }
    return Table("Process", columns | changed)


def lists(**changed: Any) -> Some:
    """Return page lists of a machine of 64 GiB."""
    standby = (2 * GIB, 800 * MIB, 12 * MIB, 0, 130 * MIB, 24 * GIB, 700 * MIB, 300 * MIB)
    known: dict[str, Any] = {
        "zero": 500 * MIB,
        "free": 238 * MIB,
        "ready": 738 * MIB,
        "modified": 2 * GIB,
        "modified_no_write": 3 * MIB,
        "standby": standby,
        "standby_total": sum(standby),
        "partial": False,
    }
    return Some(**(known | changed))


def memory(**changed: Any) -> Some:
    """Return the totals of that machine."""
    known = {
        "total": 64 * GIB,
        "available": lists().standby_total + lists().ready,
        "committed": 31 * GIB,
        "commit_limit": 73 * GIB,
        "cache": 20 * GIB,
        "dirty_cache": 12 * MIB,
    }
    return Some(**(known | changed))


class Made:
    """A machine whose looks are given; the last one for ever. A second passes with each."""

    def __init__(self, *tables: Table, **more: Any) -> None:
        self.tables = list(tables) or [processes()]
        self.more = more
        """What else a look has, not the usual: a value, or a function of which look it is."""
        self.looks = 0
        self.anew: list[bool] = []
        self.told: list[tuple[Any, ...]] = []
        """What it was told to do."""
        self.refuses: Exception | None = None
        """What it answers instead of anything."""
        self.cleaned: Any = None
        self.held = True

    def sample(self, earlier: Sample | None = None, *, anew: bool = False) -> Sample:
        del earlier
        self._refuse()
        self.looks += 1
        self.anew.append(anew)
        table = self.tables.pop(0) if len(self.tables) > 1 else self.tables[0]
        looks = self.looks
        parts: dict[str, Any] = {
            "memory": memory(),
            "faults": Faults(20 * looks, 160 * looks, 900 * looks),
            "lists": lists(),
            "compression": None,
        }
        for name, part in self.more.items():
            parts[name] = part(looks) if callable(part) else part
        return Sample(time=float(looks), processes=table, slow=0.0, **parts)

    def _refuse(self) -> None:
        if self.refuses:
            raise self.refuses

    def space(self, pid: int) -> Space:
        self._refuse()
        self.told.append(("space", pid))
        totals: list[Any] = [
            Some(use=use, committed=committed, resident=resident, reserved=reserved, size=0)
            for use, committed, resident, reserved in (
                (Use.FREE, 0, 0, 0),
                (Use.IMAGE, 142 * MIB, 60 * MIB, 0),
                (Use.PRIVATE, 812 * MIB, 700 * MIB, 4 * GIB),
                (Use.HEAP, 210 * MIB, 180 * MIB, 100 * MIB),
                (Use.STACK, 12 * MIB, 3 * MIB, 41 * MIB),
            )
        ]
        regions: list[Any] = [
            Some(use=Use.HEAP, allocation_base=0x1F0000 * (1 + at), state=State.COMMIT, size=size)
            for at, size in enumerate((3 * MIB, 190 * MIB))
        ]
        return Space(regions, totals, seconds=0.01)  # type: ignore[arg-type]

    def heaps(self, pid: int) -> Sequence[Any]:
        self._refuse()
        self.told.append(("heaps", pid))
        return [Some(address=0x1F0000, kind=None, committed=3 * MIB, allocated=2 * MIB)]

    def clean(self, steps: Sequence[Step]) -> Any:
        self._refuse()
        self.told.append(("clean", *steps))
        return self.cleaned

    def faults(self) -> Faults:
        return Faults(20 * self.looks, 160 * self.looks, 900 * self.looks)

    def holds(self, step: Step) -> bool:
        del step
        return self.held

    def trim(self, pid: int) -> Trimmed:
        self._refuse()
        self.told.append(("trim", pid))
        return Trimmed(pid, "", 8 * MIB, MIB, 12, 0)

    def limits(self, pid: int) -> Limits:
        self._refuse()
        self.told.append(("limits", pid))
        return Limits(2 * MIB, 8 * MIB, hard_minimum=False, hard_maximum=False)

    def set_limits(self, pid: int, wanted: dict[str, Any]) -> Limits:
        self.told.append(("set_limits", pid, wanted))
        return Limits(2 * MIB, 8 * MIB, hard_minimum=False, hard_maximum=False)
