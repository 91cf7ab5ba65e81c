"""The last looks at a machine, and what becomes of its numbers from one to the next."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

KEPT = 60
"""Looks: a minute, where there is one each second."""

DERIVED = {
    "working_set_change": ("working_set", False),
    "faults_rate": ("faults", True),
    "hard_faults_rate": ("hard_faults", True),
    "cpu": ("cpu_time", True),
}
"""Columns that take two looks: of which one they are the change, and whether by the second."""

_WRAP = {"faults": 1 << 32, "hard_faults": 1 << 32}  # Windows counts them in so many
_STORES = {"memcompression", "memory compression"}


@dataclass(frozen=True, slots=True)
class Point:
    """The machine in one look. Sizes in bytes; ``None`` for what nobody could say."""

    parts: tuple[tuple[str, int], ...]
    """Physical memory by list, from what is in use to what is free, as Windows calls them."""
    committed: int
    limit: int
    hard_faults: float | None
    """Each second since the look before."""
    store: int
    """What compressed pages take."""


class History:
    """The last ``KEPT`` looks.

    A look has ``time`` in seconds, ``processes``, ``memory``, and ``faults``, ``lists`` and
    ``compression``, each of which may be ``None``.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.points: deque[Point] = deque(maxlen=KEPT)
        self.looks: deque[Any] = deque(maxlen=KEPT)
        self.count = 0
        """Of all looks so far, also those that are no longer kept."""
        self._columns: dict[str, Sequence[Any]] = {}
        self._earlier: dict[str, Sequence[Any]] = {}
        self._places: list[int | None] = []

    @property
    def last(self) -> Any:
        """The last look."""
        return self.looks[-1]

    @property
    def before(self) -> Any | None:
        """The look before the last."""
        return self.looks[-2] if len(self.looks) > 1 else None

    @property
    def names(self) -> tuple[str, ...]:
        """All columns there are of processes."""
        there = self.last.processes.names
        return (*there, *(name for name, (of, _) in DERIVED.items() if of in there))

    def add(self, look: Any) -> None:
        """Take a look in."""
        self._earlier = {n: cells for n, cells in self._columns.items() if n not in DERIVED}
        self._columns = {}
        self.looks.append(look)
        self.count += 1
        self._places = self._find_places()
        self.points.append(self._point())

    def column(self, name: str) -> Sequence[Any]:
        """Return a column of the last look, as ``ntpages ps`` has it or one of ``DERIVED``."""
        found = self._columns.get(name)
        if found is None:
            found = self._derive(name) if name in DERIVED else self._of(self.last, name)
            self._columns[name] = found
        return found

    def earlier(self, name: str) -> Sequence[Any] | None:
        """Return a column of the look before, as it is there; ``None`` for what has none."""
        if self.before is None or name not in self.before.processes.names:
            return None
        found = self._earlier.get(name)
        if found is None:
            found = self._earlier[name] = self._of(self.before, name)
        return found

    def row(self, pid: int, started: float) -> int | None:
        """Return where a process is in the last look; ``None`` if it has exited."""
        pids = self.column("pid")
        at = pids.index(pid) if pid in pids else None
        return at if at is not None and self.column("started")[at] == started else None

    def place(self, row: int) -> int | None:
        """Return where the process of this row was in the look before; ``None`` if it is new."""
        return self._places[row]

    def trend(self, pid: int, started: float, name: str) -> list[int | None]:
        """Return a column of one process look by look; ``None`` where it was not there."""
        found: list[int | None] = []
        for look in self.looks:
            pids = self._of(look, "pid")
            at = pids.index(pid) if pid in pids else None
            same = at is not None and self._of(look, "started")[at] == started
            found.append(self._of(look, name)[at] if same and at is not None else None)
        return found

    @property
    def seconds(self) -> float:
        """Between the last two looks."""
        return max(1e-3, self.last.time - self.before.time) if self.before else 1.0

    def _of(self, look: Any, name: str) -> Any:
        return look.processes.column(name).tolist()

    def _identities(self, look: Any) -> Iterable[tuple[int, float]]:
        return zip(self._of(look, "pid"), self._of(look, "started"), strict=True)

    def _find_places(self) -> list[int | None]:
        now = list(self._identities(self.last))
        if self.before is None:
            return [None] * len(now)
        places = {identity: at for at, identity in enumerate(self._identities(self.before))}
        return [*map(places.get, now)]

    def _derive(self, name: str) -> list[Any]:
        of, each_second = DERIVED[name]
        then = self.earlier(of)
        if then is None:
            return [0] * len(self._places)
        wrap = _WRAP.get(of)
        factor = (100.0 if name == "cpu" else 1.0) / self.seconds if each_second else 1
        found = []
        for now, place in zip(self.column(of), self._places, strict=True):
            more = now - then[place] if place is not None else 0
            found.append((more % wrap if wrap else more) * factor)
        return found

    def _point(self) -> Point:
        memory, faults = self.last.memory, self.last.faults
        reads = None
        if faults and self.before and self.before.faults:
            reads = faults.since(self.before.faults).page_reads / self.seconds
        store = sum(
            size
            for name, size in zip(self.column("name"), self.column("working_set"), strict=True)
            if name.casefold() in _STORES
        )
        return Point(
            parts(memory, self.last.lists), memory.committed, memory.commit_limit, reads, store
        )


def parts(memory: Any, lists: Any | None) -> tuple[tuple[str, int], ...]:
    """Return the lists that physical memory is on, in Windows' words; they sum up to all of it.

    Args:
        memory: The system's totals.
        lists: The page lists; ``None`` where they can't be read, and partial where the privilege
            is missing: what nobody may know is not told apart.
    """
    if lists is None:
        return ("In use", memory.total - memory.available), ("Available", memory.available)
    reusable = [("Standby", lists.standby_total), ("Free", lists.ready)]
    if lists.modified is not None:
        reusable.insert(0, ("Modified", lists.modified + (lists.modified_no_write or 0)))
    rest = max(0, memory.total - sum(size for _, size in reusable))
    return (("In use" if lists.modified is not None else "In use, modified"), rest), *reusable
