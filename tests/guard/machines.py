"""Machines to guard, of which each minute takes no time: a model of what Windows does with memory.

Amounts are MiB, and fractions of one flow as whole ones do. What is modelled: pages are taken from
the free list, then from the standby lists, the lowest priority first, whose content is lost
(repurposed); a touch of what is on a list is a soft fault, of what is on none a hard one; a working
set that is emptied leaves its files on the standby list and half of its private pages on the
modified one; a purge loses the content of all standby pages, whoever wants it again. So cleaning
can do harm here, and ``stalled`` says how much, whatever the accounts of the guard say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ntpages.guard import deeds
from ntpages.guard.account import Counts
from ntpages.guard.machine import Outcome
from ntpages.guard.numbers import Look, Program
from ntpages.memory_lists import Step
from ntpages.processes.names import Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ntpages.guard.conditions import Need

MIB = 1 << 20
PAGES = 256  # in a MiB
CLUSTER = 8  # pages that a hard fault reads
READ, SOFT, TAKEN_FREE, TAKEN_STANDBY, WRITTEN = (each * 1e-6 for each in (80, 1, 0.3, 0.6, 100))


@dataclass
class Pool:
    """Pages of one program that are used alike."""

    program: str
    size: float
    rate: float
    """Which part of it is touched in a second."""
    file: bool = False
    """Whether its content is in a file anyway, so that it need not be written."""
    priority: int = 5
    growth: float = 0.0
    """MiB that it grows by in a second."""
    resident: float = 0.0
    standby: float = 0.0
    modified: float = 0.0

    @property
    def on_disk(self) -> float:
        return max(0.0, self.size - self.resident - self.standby - self.modified)


@dataclass
class Stream:
    """A copy: files that are read once, through the cache."""

    program: str
    read: float
    """MiB in a second."""
    written: float = 0.0
    priority: int = 5


@dataclass
class Counted:
    """What a program counted, in pages and seconds."""

    soft: float = 0.0
    hard: float = 0.0
    busy: float = 0.0


@dataclass
class Model:
    """A machine."""

    total: float = 16384.0
    kernel: float = 1500.0
    pools: list[Pool] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    busy: dict[str, float] = field(default_factory=dict)
    """Processors that a program keeps busy."""
    foreground: str = ""
    events: list[tuple[float, Callable[[Model], None]]] = field(default_factory=list)
    tick: float = 1.0
    processors: int = 8

    def __post_init__(self) -> None:
        self.now = 0.0
        self.dead = [0.0] * 8  # standby pages whose content nobody wants again
        self.to_write = 0.0  # modified pages of that kind
        self.repurposed = [0.0] * 8
        self.read = self.soft = self.stalled = 0.0
        self.counted: dict[str, Counted] = {}
        self.stopped = False
        self.notices: list[tuple[str, str]] = []
        self.no_notices = ""  # why none is shown
        self.conditions: set[str] = set()
        self.heard: set[str] = set()
        self.free = (
            self.total
            - self.kernel
            - sum(pool.resident + pool.standby + pool.modified for pool in self.pools)
        )
        assert self.free >= 0

    # ---- What Windows does -----------------------------------------------------------------------

    def fill_standby(self, amount: float, priority: int = 5) -> None:
        """Leave files that nobody wants again on a standby list."""
        self.free -= amount
        self.dead[priority] += amount

    @property
    def standby(self) -> list[float]:
        lists = list(self.dead)
        for pool in self.pools:
            lists[pool.priority] += pool.standby
        return lists

    @property
    def modified(self) -> float:
        return self.to_write + sum(pool.modified for pool in self.pools)

    @property
    def in_use(self) -> float:
        return sum(pool.resident for pool in self.pools)

    @property
    def available(self) -> float:
        return self.free + sum(self.standby)

    def allocate(self, amount: float) -> None:
        """Take pages: the free ones, those of the lowest priority, then by force from programs."""
        taken = min(self.free, amount)
        self.free -= taken
        self.stalled += taken * PAGES * TAKEN_FREE
        amount -= taken
        for priority in range(8):
            if amount <= 1e-9:
                return
            amount -= self._repurpose(priority, amount)
        if amount > 1e-9:
            self._trim(amount)
            self._write(amount, waited_for=True)
            for priority in range(8):
                amount -= self._repurpose(priority, amount)

    def _repurpose(self, priority: int, amount: float) -> float:
        pools = [pool for pool in self.pools if pool.priority == priority and pool.standby > 0]
        there = self.dead[priority] + sum(pool.standby for pool in pools)
        taken = min(there, amount)
        if taken <= 0:
            return 0.0
        part = taken / there
        self.dead[priority] *= 1 - part
        for pool in pools:
            pool.standby *= 1 - part
        self.repurposed[priority] += taken
        self.stalled += taken * PAGES * TAKEN_STANDBY
        return taken

    def _trim(self, amount: float) -> None:
        """Take what is used least from whoever has it."""
        for pool in sorted(self.pools, key=lambda each: each.rate):
            taken = min(pool.resident, amount)
            self._leave(pool, taken)
            amount -= taken
            if amount <= 1e-9:
                return

    @staticmethod
    def _leave(pool: Pool, amount: float) -> None:
        """Move pages out of a working set: changed ones must be written first."""
        changed = 0.0 if pool.file else amount / 2
        pool.resident -= amount
        pool.modified += changed
        pool.standby += amount - changed

    def _write(self, amount: float, *, waited_for: bool = False) -> None:
        there = self.modified
        written = min(there, amount)
        if written <= 0:
            return
        part = written / there
        self.dead[5] += self.to_write * part
        self.to_write *= 1 - part
        for pool in self.pools:
            pool.standby += pool.modified * part
            pool.modified *= 1 - part
        if waited_for:
            self.stalled += written * PAGES * WRITTEN

    def advance(self) -> None:
        """Let a tick go by."""
        self.now += self.tick
        while self.events and self.events[0][0] <= self.now:
            self.events.pop(0)[1](self)
        for pool in self.pools:
            self._touch(pool)
        for stream in self.streams:
            self._copy(stream)
        for program, processors in self.busy.items():
            self._of(program).busy += processors * self.tick
        if self.modified > self.total / 100:
            self._write(100 * self.tick)
        low = self.total * 0.03
        if self.available < low:
            self._trim(low - self.available + self.total / 100)

    def _of(self, program: str) -> Counted:
        return self.counted.setdefault(program, Counted())

    def _touch(self, pool: Pool) -> None:
        part = 1 - math.exp(-pool.rate * self.tick)
        soft = part * (pool.standby + pool.modified)
        pool.standby *= 1 - part
        pool.modified *= 1 - part
        pool.resident += soft
        hard = part * pool.on_disk
        new = pool.growth * self.tick
        if hard + new > 0:
            self.allocate(hard + new)
            pool.size += new
            pool.resident += hard + new
        self.read += hard
        self.soft += soft
        self.stalled += soft * PAGES * SOFT + hard * PAGES * READ
        counted = self._of(pool.program)
        counted.soft += (soft + new) * PAGES
        counted.hard += hard * PAGES / CLUSTER

    def _copy(self, stream: Stream) -> None:
        amount = stream.read * self.tick
        self.allocate(amount + stream.written * self.tick)
        self.dead[stream.priority] += amount
        self.to_write += stream.written * self.tick
        self.read += amount
        self._of(stream.program).hard += amount * PAGES / CLUSTER

    def clean(self, step: Step) -> None:
        if step is Step.EMPTY_WORKING_SETS:
            for pool in self.pools:
                self._leave(pool, pool.resident)
        elif step is Step.FLUSH_MODIFIED:
            self._write(self.modified)
        elif step is Step.PURGE_STANDBY:
            self._purge(range(8))
        elif step is Step.PURGE_LOW_PRIORITY_STANDBY:
            self._purge(range(1))

    def _purge(self, priorities: Iterable[int]) -> None:
        for priority in priorities:
            self.free += self.standby[priority]
            self.dead[priority] = 0.0
            for pool in self.pools:
                if pool.priority == priority:
                    pool.standby = 0.0

    def program(self, name: str) -> float:
        return sum(pool.resident for pool in self.pools if pool.program == name)

    # ---- What a guard asks of it -----------------------------------------------------------------

    def time(self) -> float:
        return 1_760_000_000.0 + self.now

    def clock(self) -> float:
        return self.now

    def listen(self, kernel: Iterable[str]) -> None:
        self.heard = set(kernel)

    def notify(self, title: str, text: str) -> str:
        if not self.no_notices:
            self.notices.append((title, text))
        return self.no_notices

    def stop(self) -> None:
        self.stopped = True

    def wait(self, seconds: float) -> None:
        before = self.holding() & self.heard
        end = self.now + seconds
        while self.now < end and not self.stopped:
            self.advance()
            if (self.holding() & self.heard) - before:
                return

    def holding(self) -> set[str]:
        """Those of the kernel's conditions that hold: the thresholds are Microsoft's."""
        low = min(64.0, self.total / 4096 * 32)
        found = set(self.conditions)
        found |= {"low-memory"} if self.available < low else set()
        found |= {"high-memory"} if self.available > 3 * low else set()
        return found

    def _programs(self) -> dict[tuple[int, float], Program]:
        names = {pool.program for pool in self.pools} | {each.program for each in self.streams}
        found = {}
        for name in names | {*self.busy}:
            counted = self._of(name)
            key = (1000 + sum(map(ord, name)), 1.0)
            faults = int(counted.soft + counted.hard) % 2**32
            found[key] = Program(name, faults, int(counted.hard) % 2**32, counted.busy)
        return found

    def look(self, needs: frozenset[Need]) -> Look:
        del needs
        return Look(
            time=self.time(),
            clock=self.now,
            total=int(self.total * MIB),
            free=int(self.free * MIB),
            standby=tuple(int(each * MIB) for each in self.standby),
            modified=int(self.modified * MIB),
            repurposed=tuple(int(each * MIB) for each in self.repurposed),
            committed=int((self.kernel + sum(pool.size for pool in self.pools)) * MIB),
            commit_limit=int(self.total * 1.5 * MIB),
            compressed=0,
            page_reads=int(self.read * PAGES / CLUSTER) % 2**32,
            processes=self._programs(),
            foreground=frozenset({self.foreground} if self.foreground else ()),
            kernel={name: name in self.holding() for name in self.heard},
            processors=self.processors,
        )

    def count(self, *, processes: bool) -> Counts:
        named = {f"standby {each}": int(size * MIB) for each, size in enumerate(self.standby)}
        return Counts(
            clock=self.now,
            lists={
                "zero": 0,
                "free": int(self.free * MIB),
                "modified": int(self.modified * MIB),
                **named,
            },
            soft_faults=int(self.soft * PAGES) % 2**32,
            pages_read=int(self.read * PAGES) % 2**32,
            repurposed=int(sum(self.repurposed) * MIB),
            processes=self._programs() if processes else None,
            total=int(self.total * MIB),
        )

    def do(self, deed: deeds.Deed) -> Outcome:
        if isinstance(deed, deeds.Clean):
            for step in deed.steps:
                self.clean(step)
        elif isinstance(deed, deeds.Trim):
            for name in {pool.program for pool in self.pools}:
                if self._fits(deed, name):
                    for pool in self.pools:
                        if pool.program == name:
                            self._leave(pool, pool.resident)
        else:
            return Outcome(refused=(f"{deed.words()}: not on this machine",))
        return Outcome(deed.words())

    def _fits(self, deed: deeds.Trim, name: str) -> bool:
        spared = name == self.foreground and not deed.foreground
        idle = not self.busy.get(name)
        return (
            Names(deed.include).match(name)
            and not Names(deed.exclude).match(name)
            and not spared
            and (idle or not deed.idle)
            and self.program(name) * MIB >= deed.floor
        )


# ---- Machines of several kinds ------------------------------------------------------------------


def steady() -> Model:
    """An office machine: programs that are used, some that are not, and old files in memory."""
    model = Model(
        pools=[
            Pool("browser.exe", 2500, 0.02, resident=2500),
            Pool("browser.exe", 1500, 0.0005, resident=1500),
            Pool("editor.exe", 800, 0.05, resident=800),
            Pool("chat.exe", 700, 0.0, resident=700),
            Pool("editor.exe", 3000, 0.002, file=True, standby=3000),
        ],
        busy={"browser.exe": 0.5, "editor.exe": 0.4},
        foreground="editor.exe",
    )
    model.fill_standby(4500)
    return model


def leaking() -> Model:
    """The same, with a program that keeps what it takes and never looks at it again."""
    model = steady()
    model.pools.append(Pool("leak.exe", 0, 0.0, growth=2.0))
    return model


def copying() -> Model:
    """A server from which large files are copied: they go through the cache once."""
    model = Model(
        pools=[
            Pool("sqlservr.exe", 7000, 0.01, resident=7000),
            Pool("sqlservr.exe", 3000, 0.003, file=True, standby=3000),
            Pool("agent.exe", 600, 0.0, resident=600),
        ],
        streams=[Stream("backup.exe", 200, 40)],
        busy={"sqlservr.exe": 2.0, "backup.exe": 0.5},
    )
    model.fill_standby(2500)
    return model


def playing() -> Model:
    """A game that begins in a minute; the standby list is full, of its own files, too."""
    model = Model(
        pools=[
            Pool("game.exe", 8000, 0.004, file=True, standby=5000),
            Pool("browser.exe", 1800, 0.0, resident=1800),
        ],
        busy={},
    )
    model.fill_standby(2000, priority=0)
    model.fill_standby(model.free - 300)

    def begin(machine: Model) -> None:
        machine.pools.append(Pool("game.exe", 4000, 0.05))
        machine.busy["game.exe"] = 4.0
        machine.foreground = "game.exe"

    model.events = [(60.0, begin)]
    return model


def thrashing() -> Model:
    """A machine whose programs all use more memory than there is."""
    return Model(
        pools=[
            Pool("build.exe", 9000, 0.02, resident=7500),
            Pool("browser.exe", 8000, 0.01, resident=6500),
        ],
        busy={"build.exe": 4.0, "browser.exe": 1.0},
    )


MACHINES = (steady, leaking, copying, playing, thrashing)
